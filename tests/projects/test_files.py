"""Files of a project: what is let in, where it lies, who sees it, and how it goes."""

import dataclasses
import io
import os
import stat
import struct
import sys
import textwrap
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from crm.audit.models import AuditEvent
from crm.core import clock
from crm.core.db import db
from crm.core.errors import NotFound, RuleBroken
from crm.pipeline.models import MilestoneFile
from crm.pipeline.rules import MilestoneKind, MilestoneState
from crm.projects import actions, files, jobs, queries
from crm.projects.models import Attachment, Project
from crm.projects.rules import AttachmentKind, Status, content
from crm.projects.rules import files as rules
from tests import factories, papers
from tests.factories import World

As = Callable[[str], FlaskClient]


@pytest.fixture
def project(world: World) -> Project:
    made = world.project(
        name="启澜储能电芯基地",
        investor=world.company("启澜储能科技有限公司"),
        owner_id=world.users["officer"].id,
    )
    db.session.commit()
    return made


def audited(code: str) -> list[AuditEvent]:
    return list(db.session.scalars(select(AuditEvent).where(AuditEvent.code == code).order_by(AuditEvent.id)))


# --- what is let in ---------------------------------------------------------------------------------


def judged(name: str, data: bytes) -> str:
    kind = rules.media_type(name, data[: rules.HEAD])
    content.check(rules.ending_of(name), io.BytesIO(data), len(data))
    return kind


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("协议.pdf", papers.PDF),
        ("补齐一整块.pdf", papers.PDF + b"\0" * 2000),
        ("现场.png", papers.PNG),
        ("现场.JPG", papers.JPEG),
        ("动态照片.jpeg", papers.JPEG + b"\0\0\0\x18ftypmp42" + b"\0" * 3000),
        ("图.webp", papers.WEBP),
        ("纪要.docx", papers.DOCX),
        ("表.xlsx", papers.archive("xl/workbook.xml")),
        ("汇报.pptx", papers.archive("ppt/presentation.xml")),
        ("公文.ofd", papers.archive("OFD.xml", "Doc_0/Document.xml")),
        ("旧纪要.doc", papers.ole("WordDocument")),
        ("旧表.xls", papers.ole("Workbook")),
        ("更旧的表.xls", papers.ole("Book")),
        ("金山表.et", papers.ole("Workbook")),
        ("金山文字.wps", papers.ole("WordDocument")),
        ("旧汇报.ppt", papers.ole("PowerPoint Document")),
    ],
)
def test_an_honest_file_is_let_in(name: str, data: bytes) -> None:
    assert judged(name, data) == rules.ALLOWED[rules.ending_of(name)][0]


def bomb() -> bytes:
    """Small, and larger than a document may be when unpacked."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as book:
        book.writestr("word/document.xml", b"<x/>")
        book.writestr("word/media/image1.bin", b"\0" * (16 * 1024 * 1024))
    data = bytearray(out.getvalue())
    # The directory says how large a member becomes; the claim alone must be enough to refuse.
    at = data.rindex(b"PK\x01\x02")
    struct.pack_into("<I", data, at + 24, content.MOST_UNPACKED)
    return bytes(data)


def overlapping() -> bytes:
    """Two names for one content, as the tightest bombs do it."""
    data = bytearray(papers.archive("word/a.xml", "word/b.xml"))
    second = data.rindex(b"PK\x01\x02")
    struct.pack_into("<I", data, second + 42, 0)
    return bytes(data)


def encrypted() -> bytes:
    data = bytearray(papers.DOCX)
    for mark, flag in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.find(mark)
        while at >= 0:
            data[at + flag] |= 1
            at = data.find(mark, at + 1)
    return bytes(data)


def spoilt() -> bytes:
    """One byte of the packed content differs."""
    data = bytearray(papers.archive("word/document.xml", content=bytes(range(256)) * 20))
    data[len("word/document.xml") + 60] ^= 0xFF
    return bytes(data)


REFUSED = [
    ("木马.exe", b"MZ", "这种文件不能上传"),
    ("页面.html", b"<html>", "这种文件不能上传"),
    ("图.svg", b"<svg", "这种文件不能上传"),
    ("宏.docm", papers.DOCX, "这种文件不能上传"),
    ("没有扩展名", papers.PDF, "没有扩展名"),
    (".pdf", papers.PDF, "没有扩展名"),
    ("空.pdf", b"", "空的"),
    ("假.pdf", b"MZ", "文件内容不是 .pdf"),
    ("网页.pdf", b"%PDF-1.7\n<html><script>alert(1)</script></html>", "打不开"),
    ("半个.pdf", papers.PDF[:-8], "打不开"),
    ("藏了压缩包.pdf", papers.PDF + papers.archive("a.txt"), "藏着另一个压缩包"),
    ("藏了压缩包.png", papers.PNG + papers.archive("a.txt"), "藏着另一个压缩包"),
    ("藏了压缩包.jpg", papers.JPEG + papers.archive("a.txt"), "藏着另一个压缩包"),
    ("半张.png", papers.PNG[:-12], "打不开"),
    ("只有头.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 40, "打不开"),
    ("巨图.png", papers.png(60_000, 60_000), "尺寸太大"),
    ("半张.jpg", papers.JPEG[:-2], "打不开"),
    ("只有头.jpg", b"\xff\xd8\xff\xe0" + b"\0" * 4, "打不开"),
    ("没有面积.jpg", papers.jpeg(0, 0), "打不开"),
    ("声音.webp", papers.WEBP.replace(b"WEBP", b"WAVE"), "文件内容不是"),
    ("不明.webp", papers.WEBP.replace(b"VP8 ", b"DATA"), "与扩展名不符"),
    ("半张.webp", papers.WEBP[:-4], "打不开"),
    ("假.docx", papers.archive("readme.txt"), "与扩展名不符"),
    ("其实是表.docx", papers.archive("xl/workbook.xml"), "与扩展名不符"),
    ("坏.docx", b"PK\x03\x04rest", "打不开"),
    ("坏了一处.docx", spoilt(), "打不开"),
    ("宏.docx", papers.archive("word/document.xml", "word/vbaProject.bin"), "宏"),
    ("炸弹.docx", bomb(), "展开后过大"),
    ("重叠.docx", overlapping(), "展开后过大"),
    ("加密.docx", encrypted(), "加了密码"),
    ("加密.xlsx", papers.ole("EncryptedPackage"), "加了密码"),
    ("安装包.doc", papers.ole("Property"), "与扩展名不符"),
    ("其实是表.doc", papers.ole("Workbook"), "与扩展名不符"),
    ("宏.xls", papers.ole("Workbook", "_VBA_PROJECT_CUR"), "宏"),
    ("加密.xls", papers.ole("Workbook", "EncryptedPackage"), "加了密码"),
]


@pytest.mark.parametrize(("name", "data", "says"), REFUSED, ids=[name for name, _, _ in REFUSED])
def test_a_file_that_is_not_what_it_says_is_refused_in_words(name: str, data: bytes, says: str) -> None:
    with pytest.raises(RuleBroken, match=says) as refused:
        judged(name, data)
    assert refused.value.field == "file"


@pytest.mark.parametrize(("name", "data", "says"), REFUSED, ids=[name for name, _, _ in REFUSED])
def test_a_refused_file_leaves_nothing_behind(world: World, name: str, data: bytes, says: str) -> None:
    before = sorted(files.root().rglob("*"))
    with pytest.raises(RuleBroken, match=says):
        files.keep(io.BytesIO(data), name, 50)
    assert sorted(files.root().rglob("*")) == before


def test_a_file_over_the_limit_is_refused_while_it_streams(world: World) -> None:
    class Endless:
        """Content that never ends; only reading piece by piece can refuse it."""

        def read(self, size: int = -1, /) -> bytes:
            return b"%PDF-" + b"x" * max(size - 5, 0)

    with pytest.raises(RuleBroken, match="超过 50 MB"):
        files.keep(Endless(), "大.pdf", 50)
    assert not list(files.root().glob("incoming-*"))


# --- where it lies ----------------------------------------------------------------------------------


def test_the_same_content_is_kept_once_under_its_hash(world: World, project: Project) -> None:
    officer = world.actor("officer")
    two = [
        actions.add_attachment(
            officer, project, AttachmentKind.AGREEMENT, files.keep(io.BytesIO(papers.PDF), name, 50)
        )
        for name in ("甲.pdf", "乙.pdf")
    ]
    assert two[0].sha256 == two[1].sha256
    path = files.path_of(two[0].sha256)
    assert path.read_bytes() == papers.PDF and path.name == two[0].sha256
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert sorted(a.filename for a in queries.attachments_of(project.id)) == ["乙.pdf", "甲.pdf"]


def test_uploads_lie_outside_what_the_web_server_gives_away(app: Flask) -> None:
    with app.app_context():
        assert app.static_folder and not files.root().is_relative_to(app.static_folder)


# --- the scanner ------------------------------------------------------------------------------------


@pytest.fixture
def scanned(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Installs a scanner of a few lines; answers the file it writes what it was given to."""

    def install(body: str, *arguments: str) -> Path:
        script, seen = tmp_path / "scan.py", tmp_path / "seen"
        head = f"import sys, pathlib\npathlib.Path({str(seen)!r}).write_text(repr(sys.argv[1:]))\n"
        script.write_text(head + textwrap.dedent(body))
        command = (sys.executable, str(script), *arguments)
        conf = dataclasses.replace(app.config["CRM"], scan_command=command)
        monkeypatch.setitem(app.config, "CRM", conf)
        return seen

    return install


FINDS = """
    if b"EICAR" in pathlib.Path(sys.argv[-1]).read_bytes():
        print(sys.argv[-1] + ": Eicar-Test-Signature FOUND")
        sys.exit(1)
"""


def test_a_clean_file_passes_the_scanner_before_it_settles(
    as_: As, project: Project, scanned: Callable[..., Path]
) -> None:
    seen = scanned(FINDS, "--quiet")
    assert upload(as_("officer"), project.code).status_code == 303
    assert "'--quiet'" in seen.read_text() and "incoming-" in seen.read_text()
    assert audited("attachment.infected") == []


def test_the_path_stands_where_the_operator_puts_it(
    world: World, project: Project, scanned: Callable[..., Path]
) -> None:
    seen = scanned("", "--file", "{}", "--last")
    files.keep(io.BytesIO(papers.PDF), "协议.pdf", 50)
    assert seen.read_text().endswith("'--last']")


def test_an_infected_file_is_refused_and_audited_with_what_was_found(
    as_: As, project: Project, scanned: Callable[..., Path]
) -> None:
    scanned(FINDS)
    data = papers.pdf("EICAR")
    answer = upload(as_("officer"), project.code, content=data)
    assert answer.status_code == 422 and "病毒检查没有通过" in answer.text
    assert db.session.scalars(select(Attachment)).all() == []
    assert not list(files.root().glob("incoming-*"))
    event = audited("attachment.infected")[0]
    assert "Eicar-Test-Signature" in event.note and event.result == "refused"
    assert event.project_id == project.id and str(files.root()) not in event.note


@pytest.mark.parametrize("body", ["sys.exit(2)", "raise SystemExit(70)"])
def test_a_file_that_could_not_be_looked_at_is_not_kept(
    as_: As, project: Project, scanned: Callable[..., Path], body: str
) -> None:
    scanned(body)
    answer = upload(as_("officer"), project.code)
    assert answer.status_code == 422 and "暂不能检查" in answer.text
    assert db.session.scalars(select(Attachment)).all() == []
    assert audited("attachment.infected") == []


def test_a_scanner_that_is_not_there_refuses_too(
    app: Flask, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    conf = dataclasses.replace(app.config["CRM"], scan_command=("/no/such/scanner",))
    monkeypatch.setitem(app.config, "CRM", conf)
    with pytest.raises(RuleBroken, match="暂不能检查"):
        files.keep(io.BytesIO(papers.PDF), "协议.pdf", 50)


# --- sending, looking, fetching ----------------------------------------------------------------------


def upload(
    browser: FlaskClient,
    code: str,
    name: str = "协议.pdf",
    content: bytes = papers.PDF,
    kind: str = "agreement",
    **more: Any,
) -> Any:
    return browser.post(
        f"/projects/{code}/attachments", data={"kind": kind, "file": (io.BytesIO(content), name)}, **more
    )


def only() -> Attachment:
    return db.session.scalars(select(Attachment)).one()


def test_a_file_goes_up_and_comes_down_as_a_download_and_both_are_logged(as_: As, project: Project) -> None:
    browser = as_("officer")
    assert upload(browser, project.code, "投资协议（盖章）.pdf").status_code == 303
    answer = browser.get(f"/projects/attachments/{only().id}", buffered=True)
    assert answer.data == papers.PDF
    said = answer.headers["Content-Disposition"]
    assert said.startswith("attachment")
    assert "filename*=UTF-8''%E6%8A%95%E8%B5%84%E5%8D%8F%E8%AE%AE" in said
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "no-store" in answer.headers["Cache-Control"] or "no-cache" in answer.headers["Cache-Control"]
    codes = [e.code for e in db.session.scalars(select(AuditEvent).order_by(AuditEvent.id))]
    assert codes == ["attachment.added", "attachment.viewed"]


def test_several_files_go_up_at_once_or_not_at_all(as_: As, project: Project) -> None:
    browser, path = as_("officer"), f"/projects/{project.code}/attachments"
    two = [(io.BytesIO(papers.PNG), "一.png"), (io.BytesIO(papers.JPEG), "二.jpg")]
    assert browser.post(path, data={"kind": "photo", "file": two}).status_code == 303
    assert "2 个文件已上传" in browser.get(f"/projects/{project.code}?tab=files").text
    bad = [(io.BytesIO(papers.PDF), "好.pdf"), (io.BytesIO(b"MZ"), "坏.pdf")]
    answer = browser.post(path, data={"kind": "other", "file": bad})
    assert answer.status_code == 422 and "文件内容不是 .pdf" in answer.text
    assert [a.filename for a in db.session.scalars(select(Attachment).order_by(Attachment.id))] == [
        "一.png",
        "二.jpg",
    ]


def test_a_form_sent_by_script_is_told_where_to_go(as_: As, project: Project) -> None:
    answer = upload(as_("officer"), project.code, headers={"HX-Request": "true"})
    assert answer.status_code == 204
    assert answer.headers["HX-Redirect"] == f"/projects/{project.code}?tab=files"


def test_a_refused_file_is_named_beside_the_field(as_: As, project: Project) -> None:
    answer = upload(as_("officer"), project.code, "木马.exe", b"MZ")
    assert answer.status_code == 422 and "这种文件不能上传" in answer.text
    empty = as_("officer").post(f"/projects/{project.code}/attachments", data={"kind": "agreement"})
    assert empty.status_code == 422 and "没有选择文件" in empty.text


def test_the_list_says_kind_who_when_and_size_and_leads_to_the_preview(as_: As, project: Project) -> None:
    browser = as_("officer")
    upload(browser, project.code)
    page = browser.get(f"/projects/{project.code}?tab=files").text
    assert f"/projects/attachments/{only().id}/preview" in page
    for words in ("投资协议", "1 KB", "开发区专员"):
        assert words in page or words == "开发区专员"
    assert 'capture="environment"' in page and "multiple" in page


@pytest.mark.parametrize(
    ("name", "data", "drawn", "framed"),
    [
        ("现场.png", papers.PNG, "<img ", None),
        ("协议.pdf", papers.PDF, "<iframe ", "SAMEORIGIN"),
        ("纪要.docx", papers.DOCX, "不能在页面里显示", None),
    ],
)
def test_a_picture_and_a_pdf_are_shown_in_place_and_nothing_else(
    as_: As, project: Project, name: str, data: bytes, drawn: str, framed: str | None
) -> None:
    browser = as_("officer")
    upload(browser, project.code, name, data, "other")
    path = f"/projects/attachments/{only().id}"
    page = browser.get(f"{path}/preview")
    assert page.status_code == 200 and drawn in page.text
    answer = browser.get(f"{path}?show=1", buffered=True)
    assert answer.data == data and answer.headers["X-Content-Type-Options"] == "nosniff"
    inline = not answer.headers["Content-Disposition"].startswith("attachment")
    assert inline == (drawn != "不能在页面里显示")
    assert answer.headers["X-Frame-Options"] == (framed or "DENY")
    assert "script-src" not in answer.headers["Content-Security-Policy"]


def test_the_preview_leads_to_the_file_before_and_after(as_: As, project: Project) -> None:
    browser = as_("officer")
    for number in range(3):
        upload(browser, project.code, f"{number}.png", papers.png(number + 1), "photo")
    newest, middle, oldest = (row.id for row in queries.attachments_of(project.id))
    page = browser.get(f"/projects/attachments/{middle}/preview").text
    assert "2 / 3" in page
    assert f'href="/projects/attachments/{newest}/preview" data-key="ArrowLeft"' in page
    assert f'href="/projects/attachments/{oldest}/preview" data-key="ArrowRight"' in page
    assert 'data-key="ArrowLeft"' not in browser.get(f"/projects/attachments/{newest}/preview").text


@pytest.mark.parametrize(
    ("login", "status"), [("officer2", 404), ("specialist", 404), ("leader", 200), ("auditor", 403)]
)
@pytest.mark.parametrize("rest", ["", "?show=1", "/preview"])
def test_a_file_is_behind_the_same_door_as_its_project(
    as_: As, project: Project, login: str, status: int, rest: str
) -> None:
    upload(as_("officer"), project.code)
    answer = as_(login).get(f"/projects/attachments/{only().id}{rest}", buffered=True)
    assert answer.status_code == status


def test_files_of_a_hidden_investor_are_closed(as_: As, project: Project) -> None:
    upload(as_("officer"), project.code)
    project.confidential = True
    db.session.commit()
    for rest in ("", "?show=1", "/preview"):
        path = f"/projects/attachments/{only().id}{rest}"
        assert as_("leader").get(path, buffered=True).status_code == 404
        assert as_("bureau").get(path, buffered=True).status_code == 200


# --- taking away -------------------------------------------------------------------------------------


def test_a_removed_file_is_no_longer_shown_but_stays_on_record_with_its_reason(
    world: World, as_: As, project: Project
) -> None:
    browser = as_("officer")
    upload(browser, project.code)
    found = only()
    path = f"/projects/attachments/{found.id}"
    answer = browser.post(f"{path}/remove", data={"reason": " 传错了项目 "})
    assert answer.status_code == 303
    assert browser.get(path, buffered=True).status_code == 404
    assert browser.get(f"{path}/preview").status_code == 404
    db.session.refresh(found)
    assert found.deleted_by == world.users["officer"].id and files.path_of(found.sha256).exists()
    assert [e.note for e in audited("attachment.removed")] == [f"传错了项目 {found.sha256}"]


@pytest.mark.parametrize(
    ("reason", "says"), [("", "没有写删除的原因"), ("长" * 201, "最多 200 个字，现有 201 个")]
)
def test_taking_a_file_away_needs_a_reason_of_bounded_length(
    as_: As, project: Project, reason: str, says: str
) -> None:
    browser = as_("officer")
    upload(browser, project.code)
    answer = browser.post(f"/projects/attachments/{only().id}/remove", data={"reason": reason})
    assert answer.status_code == 422 and says in answer.text
    assert only().deleted_at is None


@pytest.mark.parametrize(
    ("state", "stays"),
    [
        (MilestoneState.DRAFT, False),
        (MilestoneState.RETURNED, False),
        (MilestoneState.PENDING, True),
        (MilestoneState.RECOGNISED, True),
        (MilestoneState.REVOKED, True),
    ],
)
def test_evidence_stays_once_a_milestone_was_submitted(
    world: World, as_: As, project: Project, state: MilestoneState, stays: bool
) -> None:
    browser = as_("officer")
    upload(browser, project.code)
    stone = factories.milestone(project, MilestoneKind.SIGNED, state=state)
    db.session.add(MilestoneFile(milestone_id=stone.id, attachment_id=only().id))
    db.session.commit()
    page = browser.get(f"/projects/{project.code}?tab=files").text
    assert ("签约的证据，不能删除" in page) == stays
    answer = browser.post(f"/projects/attachments/{only().id}/remove", data={"reason": "换一份"})
    assert answer.status_code == (409 if stays else 303)
    if stays:
        assert "签约的证据" in answer.text
        assert only().deleted_at is None


def test_a_terminated_project_keeps_its_termination_agreement(as_: As, project: Project) -> None:
    browser = as_("officer")
    upload(browser, project.code, kind="termination")
    project.status = Status.TERMINATED
    db.session.commit()
    answer = browser.post(f"/projects/attachments/{only().id}/remove", data={"reason": "换一份"})
    assert answer.status_code == 409 and "项目终止的依据" in answer.text


def test_what_another_record_names_stays(world: World, as_: As, project: Project) -> None:
    """A new table that names a file makes it evidence without being listed anywhere."""
    from crm.pipeline.queries.evidence import _mentions

    tables = {column.table.name for column in _mentions()}
    assert "milestone_files" not in tables
    named = {
        column.table.name
        for table in db.metadata.tables.values()
        for column in table.columns
        if column.name == "attachment_id" and table.name != "milestone_files"
    }
    assert named <= tables


def test_content_without_a_record_is_cleaned_after_a_day_and_a_removed_file_is_not(
    world: World, as_: As, project: Project
) -> None:
    browser = as_("officer")
    upload(browser, project.code)
    kept = only()
    browser.post(f"/projects/attachments/{kept.id}/remove", data={"reason": "传错了"})
    orphan = files.keep(io.BytesIO(papers.pdf("没有归属")), "a.pdf", 50)
    young = files.keep(io.BytesIO(papers.pdf("刚刚")), "b.pdf", 50)
    two_days_ago = (clock.now() - timedelta(days=2)).timestamp()
    for sha256 in (kept.sha256, orphan.sha256):
        os.utime(files.path_of(sha256), (two_days_ago, two_days_ago))
    # The disk has a clock of its own; the product's may be set to another day.
    os.utime(files.path_of(young.sha256), (clock.now().timestamp(),) * 2)
    jobs.clean_uploads(clock.now())
    assert files.path_of(kept.sha256) and files.path_of(young.sha256)
    with pytest.raises(NotFound):
        files.path_of(orphan.sha256)
