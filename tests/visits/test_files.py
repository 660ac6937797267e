"""Photos and papers of a visit: kept once, seen by whoever reads the visit, every download logged."""

import io
import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from crm.audit.models import AuditEvent
from crm.core.db import db
from crm.projects.models import Attachment
from crm.projects.rules import files as rules
from crm.visits.models import Visit
from tests import factories, papers


def _sent(world, **more):
    company = world.company("澜岳储能科技有限公司", zone_code="LYG-ETDZ")
    db.session.commit()
    return {
        "client_id": str(uuid4()), "company": company.name, "company_id": str(company.id), "happened_on": world.today.isoformat(),
        "mode": "inbound", "summary": "来访考察", "no_next_step_reason": "等对方答复", "file": (io.BytesIO(papers.PNG), "签到.png"), **more,
    }  # fmt: skip


def _files() -> int:
    return db.session.scalar(select(func.count()).select_from(Attachment)) or 0


def test_a_visit_is_logged_with_its_photo_in_one_step(world, as_) -> None:
    answer = as_("officer").post("/visits/new", data=_sent(world), content_type="multipart/form-data")
    assert answer.status_code == 303
    page = as_("officer").get(answer.location)
    assert "签到.png" in page.text


def test_sending_the_form_twice_keeps_one_visit_and_one_photo(world, as_) -> None:
    sent = _sent(world)
    for _ in range(2):
        again = {**sent, "file": (io.BytesIO(papers.PNG), "签到.png")}
        assert (
            as_("officer").post("/visits/new", data=again, content_type="multipart/form-data").status_code
            == 303
        )
    assert _files() == 1


def test_a_file_whose_content_is_not_its_ending_is_refused_and_no_visit_is_half_written(world, as_) -> None:
    sent = _sent(world, file=(io.BytesIO(b"MZ not a picture"), "签到.png"))
    answer = as_("officer").post("/visits/new", data=sent, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert "来访考察" in answer.text
    assert _files() == 0 and not db.session.scalar(select(func.count()).select_from(Visit))


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("现场.exe", lambda: io.BytesIO(b"MZ"), "这种文件不能上传"),
        ("现场.png", lambda: io.BytesIO(b"MZ not a picture"), "文件内容不是"),
    ],
    ids=["wrong type", "wrong content"],
)
def test_a_photo_that_cannot_be_kept_is_told_beside_its_field_and_nothing_typed_is_lost(
    world, as_, name: str, content: Callable[[], io.BytesIO], words: str
) -> None:
    _refused(world, as_, (content(), name), words)


#: A picture by its content, one byte more than a photo may have where a megabyte is a kilobyte.
LARGE = papers.PNG.ljust(20 * 1024 + 1, b"0")


def test_a_photo_that_is_too_large_is_told_in_the_same_words_online_offline_and_over_the_api(
    world, as_, monkeypatch
) -> None:
    monkeypatch.setattr(rules, "MB", 1024)
    words = "照片超过 20 MB。请压缩后再传。"
    text = _refused(world, as_, (io.BytesIO(LARGE), "现场.png"), words)
    assert "每个最大 50 MB，照片最大 20 MB" in text and 'data-photo-mb="20"' in text
    officer = world.users["officer"]
    queued = _sent(world, file=(io.BytesIO(LARGE), "现场.png"), offline_user=str(officer.id))
    said = as_("officer").post("/offline/visits", data=queued)
    assert (said.status_code, said.json["errors"][0]["message"]) == (422, words)
    visit = factories.visit(officer, world.company(zone_code="LYG-ETDZ"))
    db.session.commit()
    url = f"/api/v1/visits/{visit.id}/attachments"
    sent = {"file": (io.BytesIO(LARGE), "现场.png")}
    answer = as_("officer").post(url, data=sent, headers=world.token("officer"))
    assert (answer.status_code, answer.json["errors"][0]["message"]) == (422, words)


def test_of_several_files_the_refused_one_is_named_and_the_others_stay_chosen(world, as_) -> None:
    both = [(io.BytesIO(papers.PNG), "签到.png"), (io.BytesIO(b"MZ"), "现场.png")]
    sent = _sent(world, file=both, place="第二会议室")
    page = as_("officer").post("/visits/new", data=sent, content_type="multipart/form-data")
    assert page.status_code == 422 and "现场.png：文件内容不是 .png" in page.text
    # What the page carries for the good one is all that is sent again.
    token = re.findall(r'name="file-token" value="([^"]+)"', page.text)
    assert len(token) == 1 and "签到.png" in page.text
    again = {name: value for name, value in sent.items() if name != "file"} | {"file-token": token[0]}
    assert as_("officer").post("/visits/new", data=again).status_code == 303
    assert _files() == 1


def _refused(world, as_, file: Any, words: str) -> str:
    """Beside the field, with all that was typed still there and nothing kept."""
    sent = _sent(world, file=file, place="第二会议室")
    answer = as_("officer").post("/visits/new", data=sent, content_type="multipart/form-data")
    assert answer.status_code == 422
    beside = re.search(r'id="file-err">(.*?)</p>', answer.text, re.S)
    assert beside is not None and words in beside[1]
    assert all(typed in answer.text for typed in ("来访考察", "第二会议室", "等对方答复", sent["client_id"]))
    assert _files() == 0 and not db.session.scalar(select(func.count()).select_from(Visit))
    return answer.text


def test_another_zone_reaches_neither_the_photo_nor_the_upload(world, as_) -> None:
    visit = factories.visit(world.users["officer"], world.company(zone_code="LYG-ETDZ"))
    db.session.commit()
    made = as_("officer").post(
        f"/api/v1/visits/{visit.id}/attachments",
        data={"file": (io.BytesIO(papers.PNG), "现场.png")},
        headers=world.token("officer"),
    )
    assert made.status_code == 201 and made.json["kind"] == "photo"
    other = as_("officer2")
    assert other.get(made.json["url"]).status_code == 404
    assert other.post(f"/visits/attachments/{made.json['id']}/remove").status_code == 404
    assert other.get(f"/api/v1/visits/{visit.id}/attachments").status_code == 404
    gone, why = f"/api/v1/visits/{visit.id}/attachments/{made.json['id']}/remove", {"reason": "传错了"}
    for login, status in (("officer2", 404), ("officer", 204), ("officer", 404)):
        assert as_(login).post(gone, json=why, headers=world.token(login)).status_code == status


def test_a_download_is_logged_and_a_removed_file_is_gone(world, as_) -> None:
    visit = factories.visit(world.users["officer"], world.company(zone_code="LYG-ETDZ"))
    db.session.commit()
    url = (
        as_("chief")
        .post(f"/visits/{visit.id}/attachments", data={"file": (io.BytesIO(papers.PNG), "现场.png")})
        .location
    )
    file = db.session.scalars(select(Attachment)).one()
    browser = as_("chief")
    with browser.get(f"/visits/attachments/{file.id}") as answer:
        assert answer.data == papers.PNG
    codes = db.session.scalars(select(AuditEvent.code).where(AuditEvent.subject_type == "attachment")).all()
    assert "attachment.viewed" in codes
    assert browser.post(f"/visits/attachments/{file.id}/remove", data={"reason": "传错了"}).status_code == 303
    assert browser.get(f"/visits/attachments/{file.id}").status_code == 404
    assert "现场.png" not in browser.get(url).text
