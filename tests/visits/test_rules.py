"""What a complete visit needs, without a database."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from crm.core.errors import RuleBroken
from crm.visits import rules
from crm.visits.rules import Demand, Draft, Mode, NextStep, Ours, Theirs

TODAY = date(2026, 11, 23)
WHOLE = Draft(
    client_id="0c5b7f0e-6d0d-4d0a-9f57-0a8f6f9b1d11",
    happened_on=TODAY,
    mode=Mode.PHONE,
    summary="对方接受蒸汽按实结算",
    company_id=1,
    next_step=NextStep("出价格函", date(2026, 11, 25)),
)


def test_a_whole_visit_passes() -> None:
    rules.check(WHOLE, TODAY)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"happened_on": date(2026, 11, 24)}, "happened_on"),
        ({"summary": " "}, "summary"),
        ({"company_id": None}, "company"),
        ({"client_id": "abc"}, "client_id"),
        ({"client_id": ""}, "client_id"),
        ({"starts_at": "9点"}, "starts_at"),
        ({"next_step": None}, "next_what"),
        ({"next_step": NextStep("", TODAY)}, "next_what"),
        ({"next_step": NextStep("出函", None)}, "next_due"),
        ({"next_step": NextStep("出函", date(2026, 11, 20))}, "next_due"),
        ({"theirs": (Theirs("", "总经理"),)}, "theirs"),
        ({"ours": (Ours("字" * 41),)}, "ours"),
        ({"theirs": (Theirs("字" * 41),)}, "theirs"),
        ({"demands": (Demand("字" * 301),)}, "demands"),
        ({"place": "字" * 121}, "place"),
    ],
)
def test_what_is_missing_is_refused_beside_its_field(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(RuleBroken) as refused:
        rules.check(replace(WHOLE, **changes), TODAY)
    assert refused.value.field == field


def test_no_next_step_needs_a_reason_and_nothing_else() -> None:
    rules.check(replace(WHOLE, next_step=None, no_next_step_reason="礼节性拜访"), TODAY)


def test_a_visit_of_today_and_of_last_year_are_both_fine() -> None:
    rules.check(replace(WHOLE, happened_on=date(2025, 11, 23)), TODAY)
