"""The wizard, from the file to taking it back."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from crm.core.db import db
from crm.core.errors import RuleBroken
from crm.imports import files, jobs
from crm.imports.models import HeadingTemplate, ImportBatch
from crm.imports.rules import BatchState
from crm.projects.models import Project
from crm.tasks.models import Task
from tests.factories import World
from tests.imports.sheets import GOLDEN, csv, ledger, workbook

As = Callable[[str], FlaskClient]


def _upload(
    browser: FlaskClient, content: bytes, filename: str = "在谈.xlsx", kind: str = "projects", **more: str
) -> Any:
    return browser.post(
        f"/imports/new/{kind}",
        data={"file": (io.BytesIO(content), filename), **more},
        content_type="multipart/form-data",
    )


def _batch() -> ImportBatch:
    db.session.expire_all()
    return db.session.scalars(select(ImportBatch).order_by(ImportBatch.id.desc())).first()  # type: ignore[return-value]


def test_the_empty_history_says_what_to_do(as_: As) -> None:
    page = as_("officer").get("/imports").text
    assert "还没有导入过" in page
    assert "/imports/new/projects" in page


def test_a_ledger_goes_through_the_four_steps_and_back(world: World, as_: As) -> None:
    browser = as_("bureau")
    answer = _upload(browser, (GOLDEN / "在谈项目表.xlsx").read_bytes(), "在谈项目表.xlsx")
    batch = _batch()
    assert answer.location == f"/imports/{batch.id}/headings"
    page = browser.get(answer.location).text
    assert "认表头" in page
    assert 'name="c-0-5"' in page
    page = browser.get(f"/imports/{batch.id}").text
    assert "新桉创新药原料项目" in page
    assert "19900002323" not in page
    assert "*******2323" in page
    page = browser.get(f"/imports/{batch.id}/ready").text
    assert "入库14条" in page
    assert browser.post(f"/imports/{batch.id}/commit").status_code == 302
    assert db.session.scalar(select(func.count()).select_from(Project)) == 14
    assert not (jobs.folder() / f"batch-{batch.id}").exists()
    page = browser.get(f"/imports/{batch.id}").text
    assert "已入库" in page
    assert "撤销导入" in page
    browser.post(f"/imports/{batch.id}/undo")
    assert db.session.scalar(select(func.count()).select_from(Project)) == 0
    assert "已撤销" in browser.get(f"/imports/{batch.id}").text
    assert "在谈项目表.xlsx" in browser.get("/imports").text


def test_pressing_twice_commits_once(as_: As, world: World) -> None:
    browser = as_("officer")
    _upload(browser, ledger(["甲项目", "乙公司", 1, "2026.3", "市开发区"]))
    batch = _batch()
    assert browser.post(f"/imports/{batch.id}/commit").status_code == 302
    assert browser.post(f"/imports/{batch.id}/commit").status_code == 409
    assert db.session.scalar(select(func.count()).select_from(Project)) == 1


def test_an_unclear_date_is_put_right_in_place_with_all_like_it(as_: As, world: World) -> None:
    browser = as_("officer")
    _upload(
        browser,
        ledger(["甲项目", "乙公司", 1, "2026.1", "市开发区"], ["丙项目", "丁公司", 1, "2026.1", "市开发区"]),
    )
    batch = _batch()
    page = browser.get(f"/imports/{batch.id}").text
    assert "2026年10月" in page
    assert "D3也这样处理" in page
    answer = {
        "kind": "date_unclear",
        "place": "在谈项目!2",
        "column": "3",
        "value": "2026年10月",
        "same": "1",
        "act": "set",
    }
    assert browser.post(f"/imports/{batch.id}/fix", data=answer).status_code == 302
    assert _batch().counts["errors"] == 0
    browser.post(f"/imports/{batch.id}/commit")
    assert {project.first_contact_text for project in db.session.scalars(select(Project))} == {"2026年10月"}


@pytest.mark.parametrize(
    ("act", "value", "new", "errors", "skipped"),
    [("set", "3", 1, 0, 0), ("clear", "", 1, 0, 0), ("skip", "", 0, 0, 1), ("set", "还是不对", 0, 1, 0)],
)
def test_a_bad_amount_is_corrected_left_blank_or_left_out(
    as_: As, world: World, act: str, value: str, new: int, errors: int, skipped: int
) -> None:
    browser = as_("officer")
    _upload(browser, ledger(["甲项目", "乙公司", -1, "2026.3", "市开发区"]))
    batch = _batch()
    browser.post(
        f"/imports/{batch.id}/fix",
        data={"kind": "amount_bad", "place": "在谈项目!2", "column": "2", "value": value, "act": act},
    )
    counts = _batch().counts
    assert (counts["new"], counts["errors"], counts["skipped"]) == (new, errors, skipped)


def test_a_corrected_heading_is_used_and_kept_for_the_unit(as_: As, world: World) -> None:
    browser = as_("officer")
    content = workbook([["项目名称", "投资方", "盘子"], ["甲项目", "乙公司", 3]])
    _upload(browser, content)
    batch = _batch()
    data = {
        "c-0-0": "project_name",
        "c-0-1": "investor",
        "c-0-2": "total_investment",
        "u-0": "亿元",
        "keep": "1",
    }
    browser.post(f"/imports/{batch.id}/headings", data=data)
    browser.post(f"/imports/{batch.id}/commit")
    assert db.session.scalars(select(Project.total_investment)).one() == 30_000
    assert db.session.scalar(select(func.count()).select_from(HeadingTemplate)) == 1


def test_the_workbook_of_problems_comes_back_with_the_senders_own_cells(as_: As, world: World) -> None:
    browser = as_("officer")
    content = workbook([["项目名称", "总投资（亿元）", "联系人"], ["甲项目", -1, "王工13800001234"]])
    _upload(browser, content)
    answer = browser.post(f"/imports/{_batch().id}/problems.xlsx")
    rows = list(openpyxl.load_workbook(io.BytesIO(answer.data)).active.iter_rows(values_only=True))
    assert "王工13800001234" in rows[1]
    assert any("不能为负" in str(cell) for cell in rows[1])


@pytest.mark.parametrize(
    ("content", "filename", "words"),
    [
        (b"", "a.xlsx", "文件是空的"),
        (b"%PDF-1.7", "a.xlsx", "不是 .xlsx 表格"),
        (b"text", "a.docx", "只能读"),
        (workbook([]), "a.xlsx", "没有内容"),
        (workbook([["甲", "乙"], [1, 2]]), "a.xlsx", "没有找到表头"),
    ],
)
def test_a_bad_file_is_refused_beside_the_field_and_leaves_nothing(
    as_: As, world: World, content: bytes, filename: str, words: str
) -> None:
    there = set(jobs.folder().glob("*"))
    answer = _upload(as_("officer"), content, filename)
    assert answer.status_code == 422
    assert words in answer.text
    assert db.session.scalar(select(func.count()).select_from(ImportBatch)) == 0
    assert set(jobs.folder().glob("*")) <= there


def test_a_file_that_unpacks_to_a_monster_is_refused(as_: As, world: World) -> None:
    import zipfile

    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (80 * 1024 * 1024))
    answer = _upload(as_("officer"), content.getvalue(), "bomb.xlsx")
    assert answer.status_code == 422
    assert "展开后过大" in answer.text


def test_a_file_over_the_limit_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(RuleBroken, match="超过 1 MB"):
        files.keep(io.BytesIO(b"x" * (2 * 1024 * 1024)), "a.csv", tmp_path, 1)
    assert not list(tmp_path.iterdir())


def test_what_people_typed_is_never_markup(as_: As, world: World) -> None:
    browser = as_("officer")
    _upload(browser, ledger(["<script>alert(1)</script>项目", "乙公司", -1, "2026.3", "市开发区"]))
    page = browser.get(f"/imports/{_batch().id}").text
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize("login", ["officer2", "specialist", "leader", "sysadmin", "auditor"])
def test_another_zones_batch_does_not_exist(as_: As, world: World, login: str) -> None:
    _upload(as_("officer"), ledger(["甲项目", "乙公司", 1, "2026.3", "市开发区"]))
    batch = _batch()
    browser = as_(login)
    for address in (f"/imports/{batch.id}", f"/imports/{batch.id}/headings", f"/imports/{batch.id}/ready"):
        assert browser.get(address).status_code == (404 if login == "officer2" else 403)
    for verb in ("commit", "undo", "discard", "fix", "problems.xlsx"):
        assert browser.post(f"/imports/{batch.id}/{verb}").status_code == (
            404 if login == "officer2" else 403
        )


def test_a_batch_given_up_leaves_nothing(as_: As, world: World) -> None:
    browser = as_("officer")
    _upload(browser, ledger(["甲项目", "乙公司", 1, "2026.3", "市开发区"]))
    batch = _batch()
    path = jobs.folder() / f"batch-{batch.id}"
    assert path.exists()
    browser.post(f"/imports/{batch.id}/discard")
    assert db.session.scalar(select(func.count()).select_from(ImportBatch)) == 0
    assert not path.exists()


def test_a_long_file_is_read_and_committed_in_the_background(
    as_: As, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from crm.imports import actions
    from crm.imports.views import wizard

    monkeypatch.setattr(wizard, "INLINE_BYTES", 0)
    monkeypatch.setattr(actions, "INLINE_ROWS", 0)
    browser = as_("officer")
    _upload(browser, (ledger(["甲项目", "乙公司", 1, "2026.3", "市开发区"])))
    batch = _batch()
    assert batch.state is BatchState.READING
    assert "正在读取" in browser.get(f"/imports/{batch.id}").text
    told: list[Any] = []
    jobs.read(_task(), lambda *words: told.append(words))  # type: ignore[arg-type]
    assert (_batch().state, _batch().counts["new"]) == (BatchState.READ, 1)
    browser.post(f"/imports/{batch.id}/commit")
    assert _batch().state is BatchState.COMMITTING
    result = jobs.commit(_task(), lambda *words: told.append(words))  # type: ignore[arg-type]
    assert (_batch().state, result["message"]) == (BatchState.COMMITTED, "新增 1，更新 0")
    assert told


def _task() -> Task:
    return db.session.scalars(select(Task).order_by(Task.id.desc())).first()  # type: ignore[return-value]


def test_a_file_the_background_cannot_read_says_why(
    as_: As, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from crm.imports.views import wizard

    monkeypatch.setattr(wizard, "INLINE_BYTES", 0)
    browser = as_("officer")
    _upload(browser, workbook([["甲", "乙"], [1, 2]]))
    with pytest.raises(RuleBroken):
        jobs.read(_task(), lambda *words: None)  # type: ignore[arg-type]
    assert _batch().state is BatchState.FAILED
    assert "没有找到表头" in browser.get(f"/imports/{_batch().id}").text


def test_a_row_may_be_the_company_it_looks_like_and_a_parent_may_be_put_right(as_: As, world: World) -> None:
    known = world.company("启澜储能科技有限公司")
    group = world.company("沐峤集团有限公司")
    db.session.commit()
    browser = as_("officer")
    _upload(browser, csv("企业名称,所属集团", "启蓝储能科技有限公司,沐乔集体"), "a.csv", "companies")
    batch = _batch()
    page = browser.get(f"/imports/{batch.id}?kind=company_alike").get_data(as_text=True)
    assert "就是这家" in page and "启澜储能科技有限公司" in page
    place = {"place": "a!2", "column": "-1", "kind": "company_alike"}
    assert browser.post(f"/imports/{batch.id}/fix", data=place | {"act": "same"}).status_code == 302
    page = browser.get(f"/imports/{batch.id}?kind=parent_open").get_data(as_text=True)
    assert "名录和本表里都没有“沐乔集体”" in page and "就是这家" not in page
    answer = {"place": "a!2", "column": "1", "kind": "parent_open", "act": "set", "value": "沐峤集团"}
    browser.post(f"/imports/{batch.id}/fix", data=answer)
    assert "归到“沐峤集团有限公司”名下" in browser.get(f"/imports/{batch.id}").get_data(as_text=True)
    browser.post(f"/imports/{batch.id}/commit")
    db.session.expire_all()
    assert known.parent_id == group.id and _batch().counts["new"] == 0


def test_the_check_page_takes_a_fixed_number_of_queries(as_: As, world: World, count_queries: Any) -> None:
    browser = as_("officer")

    def asked(rows: int) -> int:
        _upload(browser, ledger(*[[f"{at}号项目", "乙公司", -1, "2026.3", "市开发区"] for at in range(rows)]))
        batch = _batch()
        with count_queries() as statements:
            assert browser.get(f"/imports/{batch.id}").status_code == 200
        return len(statements)

    assert asked(2) == asked(60)


def test_the_golden_files_are_the_ones_shipped_with_the_tests() -> None:
    assert {path.suffix for path in Path(GOLDEN).iterdir()} == {".xls", ".xlsx", ".json"}
