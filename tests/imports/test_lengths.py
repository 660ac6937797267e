"""However long the cells of a list, nothing is stored that its column does not hold, and nothing breaks."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Enum, String, func, select

import crm.reference
from crm.core.db import db
from crm.imports.models import ImportBatch
from crm.projects.models import Project
from tests.factories import World
from tests.imports.sheets import workbook

_HEADINGS = json.loads((Path(crm.reference.__file__).parent / "headings.json").read_text(encoding="utf-8"))

#: What is kept as words. Amounts, dates, codes and numbers of phones are read and refused in words of their own.
_WORDS = {
    "projects": (
        "investor", "statistics_name", "content", "industry", "address", "progress", "problem", "next_step", "source",
        "owner", "contact", "contact_title",
    ),
    "companies": ("short_name", "aliases", "region", "city", "address", "industry", "business", "notes", "contact"),
}  # fmt: skip


def too_long() -> list[str]:
    """Columns that hold more than they say. SQLite keeps whatever it is given, so it is where one can look."""
    found = []
    for table in db.metadata.sorted_tables:
        for column in table.columns:
            kind = column.type
            if isinstance(kind, String) and not isinstance(kind, Enum) and kind.length:
                longest = db.session.scalar(select(func.max(func.length(column)))) or 0
                if longest > kind.length:
                    found.append(f"{column} holds {longest}")
    return found


def _sheet(kind: str, sizes: tuple[int, ...], name: str) -> bytes:
    headings = {field: _HEADINGS[kind][field][0] for field in _WORDS[kind]}
    rows = [[_HEADINGS[kind][name][0], *headings.values()]]
    for at, size in enumerate(sizes):
        long = [f"{words}长" * size for words in headings.values()]
        rows.append([f"长文字{at}储能材料有限公司", *long])
    return workbook(rows)


@pytest.mark.parametrize(("kind", "name"), [("projects", "project_name"), ("companies", "name")])
def test_a_list_of_overlong_cells_is_taken_in_within_the_columns(
    world: World, bring: Callable[..., ImportBatch], kind: str, name: str
) -> None:
    batch = bring(_sheet(kind, (1, 15, 50, 400, 2000), name), kind=kind)
    assert (
        sum(batch.counts[key] for key in ("new", "updated", "error", "duplicates") if key in batch.counts)
        == 5
    )
    assert too_long() == []


def test_a_name_too_long_is_an_error_of_its_row_and_the_others_go_in(
    world: World, bring: Callable[..., ImportBatch]
) -> None:
    rows: list[list[Any]] = [
        ["项目名称", "投资方"],
        ["名" * 201, "启澜科技有限公司"],
        ["短名项目", "启澜科技有限公司"],
    ]
    batch = bring(workbook(rows))
    assert batch.counts["new"] == 1
    assert db.session.scalars(select(Project.name)).all() == ["短名项目"]
