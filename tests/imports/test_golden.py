"""The three ledgers as bureaus send them, row by row against what each row means (gold.json)."""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from crm.imports.rules import RowAction
from crm.imports.rules.rows import ReadRow
from crm.zones import queries as zones
from tests.imports.sheets import GOLDEN

GOLD: dict[str, list[dict[str, Any]]] = json.loads((GOLDEN / "gold.json").read_text(encoding="utf-8"))


def _amount(fields: dict[str, Any], name: str) -> Decimal | None:
    return Decimal(fields[name]) if name in fields else None


@pytest.mark.parametrize("filename", list(GOLD))
def test_every_row_of_a_ledger_means_what_the_gold_says(
    filename: str, preview: Callable[..., list[ReadRow]]
) -> None:
    rows = preview((GOLDEN / filename).read_bytes(), filename)
    assert not [row for row in rows if row.action is RowAction.ERROR]
    new = [row for row in rows if row.action is RowAction.NEW]
    assert len(new) == len(GOLD[filename])
    short = {zone.code: zone.short_name for zone in zones.all_names()}
    for row, gold in zip(new, GOLD[filename], strict=True):
        assert (row.fields["name"], row.fields["company"]["name"]) == (gold["name"], gold["investor"])
        assert short[row.fields["zone"]] == gold["zone"]
        _check_values(row, gold)


def _check_values(row: ReadRow, gold: dict[str, Any]) -> None:
    fields = row.fields
    for name in ("total_investment", "total_investment_usd", "fixed_investment"):
        if f"{name}_wan" in gold:
            assert _amount(fields, name) == gold[f"{name}_wan"]
    if "first_contact" in gold:
        assert fields["first_contact_on"].startswith(gold["first_contact"])
        assert fields["first_contact_precision"] == gold["precision"]
    if "signed" in gold:
        signed = fields["milestones"][0]
        assert signed["happened_on"].startswith(gold["signed"])
        assert (signed["precision"], signed["agreement_text"]) == (gold["precision"], gold["agreement"])
        assert fields["capital"] == gold["capital"]
    if "phone" in gold:
        assert row.people[0].phone == gold["phone"]
    if "group" in gold:
        assert fields["group"] == gold["group"]


def test_the_repeated_project_is_reported_as_a_duplicate(preview: Callable[..., list[ReadRow]]) -> None:
    rows = preview((GOLDEN / "签约项目表.xlsx").read_bytes(), "签约项目表.xlsx")
    assert [row.row_no for row in rows if row.action is RowAction.DUPLICATE] == [18]
    assert [row.row_no for row in rows if row.action is RowAction.SKIP] == [19]


def test_totals_and_notes_are_left_out(preview: Callable[..., list[ReadRow]]) -> None:
    rows = preview((GOLDEN / "在谈项目表.xlsx").read_bytes(), "在谈项目表.xlsx")
    assert [row.row_no for row in rows if row.action is RowAction.SKIP] == [5, 8, 9, 13, 14, 24, 25, 26, 27]
