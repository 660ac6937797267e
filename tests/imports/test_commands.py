"""`flask import …`, as scripts rely on it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import Result
from sqlalchemy import func, select

from crm.companies.models import Company
from crm.core.db import db
from crm.imports.commands import imports
from crm.imports.models import ImportBatch, ImportRow
from crm.projects.models import Project
from tests.factories import World
from tests.imports.sheets import GOLDEN, csv, ledger

Run = Callable[..., Result]


@pytest.fixture
def run(world: World) -> Run:
    def call(*words: str | Path) -> Result:
        return world.app.test_cli_runner().invoke(imports, [str(word) for word in words])

    return call


def test_a_preview_prints_the_object_of_the_interface_and_writes_nothing(world: World, run: Run) -> None:
    answer = run("preview", "projects", GOLDEN / "签约项目表.xlsx", "--as", "bureau", "--json")
    assert answer.exit_code == 0, answer.output
    told: dict[str, Any] = json.loads(answer.stdout)
    assert {key: told[key] for key in ("batch", "rows", "new", "updated", "duplicates", "skipped", "errors")} == {
        "batch": None, "rows": 17, "new": 16, "updated": 0, "duplicates": 1, "skipped": 1, "errors": [],
    }  # fmt: skip
    assert told["sheets"][0]["name"] == "签约"
    assert told["sheets"][0]["header_row"] == 1
    assert told["sheets"][0]["columns"]["项目总投资（万元）"] == "total_investment"
    first = told["items"][0]
    assert (first["sheet"], first["row"], first["action"]) == ("签约", 2, "new")
    assert first["fields"]["total_investment"] == "36000"
    assert [item["action"] for item in told["items"]].count("duplicate") == 1
    for model in (ImportBatch, ImportRow, Project, Company):
        assert db.session.scalar(select(func.count()).select_from(model)) == 0


def test_a_commit_gives_its_batch_and_undo_takes_it_back(world: World, run: Run) -> None:
    answer = run("commit", "projects", GOLDEN / "在谈项目表.xlsx", "--as", "bureau", "--json")
    assert answer.exit_code == 0, answer.output
    told = json.loads(answer.stdout)
    assert (told["new"], db.session.scalar(select(func.count()).select_from(Project))) == (14, 14)
    undone = run("undo", str(told["batch"]), "--json")
    assert json.loads(undone.stdout)["removed"] == 14
    assert db.session.scalar(select(func.count()).select_from(Project)) == 0


def test_a_zone_may_be_named_by_the_bureau(world: World, run: Run, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(csv("项目名称,投资方", "甲项目,乙公司"))
    assert run("commit", "projects", path, "--as", "bureau", "--zone", "LYG-XUWEI").exit_code == 0
    assert db.session.scalars(select(Project.zone_id)).one() == world.zone("LYG-XUWEI").id


def test_errors_are_written_beside_their_cells(world: World, run: Run, tmp_path: Path) -> None:
    path, out = tmp_path / "a.xlsx", tmp_path / "errors.xlsx"
    path.write_bytes(
        ledger(["=甲项目", "乙公司", -1, "2026.1", "市开发区"], ["丙项目", "丁公司", 1, "2026.3", "市开发区"])
    )
    answer = run("preview", "projects", path, "--as", "bureau", "--errors", out, "--json")
    told = json.loads(answer.stdout)
    assert [(error["row"], error["column"]) for error in told["errors"]] == [
        (2, "总投资（亿元）"),
        (2, "首次对接时间"),
    ]
    page = openpyxl.load_workbook(out).active
    rows = list(page.iter_rows(values_only=True))
    assert len(rows) == 2
    beside = dict(zip(rows[0], rows[1], strict=True))
    assert "不能为负" in beside["总投资（亿元）的问题"]
    assert beside["项目名称"] == "=甲项目"
    assert page.cell(2, list(rows[0]).index("项目名称") + 1).data_type == "s"


@pytest.mark.parametrize(
    ("filename", "content", "words"),
    [
        ("a.docx", b"PK\x03\x04 not a table", "只能读"),
        ("a.xlsx", b"%PDF-1.7 something else", "不是 .xlsx 表格"),
        ("a.csv", b"", "文件是空的"),
        ("a.csv", "甲,乙\n1,2".encode(), "没有找到表头"),
        ("a.csv.gz", b"not packed at all", "压缩包已损坏"),
    ],
)
def test_bad_input_ends_with_one_clear_line(
    world: World, run: Run, tmp_path: Path, filename: str, content: bytes, words: str
) -> None:
    path = tmp_path / filename
    path.write_bytes(content)
    answer = run("commit", "projects", path, "--as", "bureau", "--json")
    assert answer.exit_code != 0
    assert answer.stdout == ""
    assert words in answer.stderr
    assert len(answer.stderr.strip().splitlines()) == 1
    assert db.session.scalar(select(func.count()).select_from(ImportBatch)) == 0


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--as", "nobody"), "没有登录名为 nobody"),
        (("--as", "leader"), "没有这项权限"),
        (("--as", "bureau", "--zone", "LYG-MOON"), "没有代码为 LYG-MOON"),
        (("--as", "officer", "--zone", "LYG-XUWEI"), "只能为本板块导入"),
    ],
)
def test_who_may_not_is_told_in_one_line(world: World, run: Run, words: tuple[str, ...], told: str) -> None:
    answer = run("preview", "projects", GOLDEN / "在谈项目表.xlsx", *words)
    assert answer.exit_code != 0
    assert told in answer.stderr


def test_a_packed_list_is_read_as_it_is(world: World, run: Run, tmp_path: Path) -> None:
    import gzip

    path = tmp_path / "list.csv.gz"
    path.write_bytes(gzip.compress(csv("企业名称", "恒漠新材料有限公司", encoding="gb18030")))
    answer = run("commit", "companies", path, "--as", "bureau")
    assert answer.exit_code == 0, answer.output
    assert db.session.scalars(select(Company.name)).all() == ["恒漠新材料有限公司"]


def test_an_unknown_batch_cannot_be_undone(world: World, run: Run) -> None:
    answer = run("undo", "4711")
    assert answer.exit_code != 0
    assert "没有这一批" in answer.stderr


def test_the_old_excel_format_is_read_like_the_new_one(world: World, run: Run) -> None:
    """A BIFF workbook as old office computers still send it: merged title, unit above, dates as numbers, a total."""
    answer = run(
        "preview", "projects", GOLDEN / "old-format.xls", "--as", "officer", "--zone", "LYG-ETDZ", "--json"
    )
    assert answer.exit_code == 0, answer.output
    told: dict[str, Any] = json.loads(answer.stdout)
    assert (told["rows"], told["new"], told["skipped"], told["errors"]) == (2, 2, 1, [])
    first, second = (item["fields"] for item in told["items"] if item["action"] == "new")
    assert (first["total_investment"], second["total_investment"]) == ("125000", "5000")
    assert str(first["first_contact_on"]).startswith("2026-03-09")
    assert str(second["first_contact_on"]).startswith("2026-04")
