from datetime import date, timedelta
from decimal import Decimal

import pytest

from crm.chains import rules
from crm.chains.rules import Assessment, ChainAction, Link, NodeDraft, NodeState, Position
from crm.core.errors import RuleBroken

pytestmark = pytest.mark.once

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("state", "action"),
    [
        (NodeState.MISSING, ChainAction.BUILD),
        (NodeState.WEAK, ChainAction.FILL),
        (NodeState.FAIR, ChainAction.FILL),
        (NodeState.STRONG, ChainAction.STRENGTHEN),
        (None, None),
    ],
)
def test_what_to_do_follows_from_the_state_and_never_is_extending(state, action) -> None:
    assert rules.action_of(state) is action


def test_an_assessment_has_a_day_that_is_not_ahead() -> None:
    rules.check_assessment(Assessment(NodeState.WEAK, TODAY), TODAY)
    rules.check_assessment(Assessment(None), TODAY)
    for on in (None, TODAY + timedelta(days=1)):
        with pytest.raises(RuleBroken) as refused:
            rules.check_assessment(Assessment(NodeState.WEAK, on), TODAY)
        assert refused.value.field == "state_on"


@pytest.mark.parametrize(
    ("above", "taken", "top", "code"),
    [
        ("PETRO", ["PETRO-01", "PETRO-02"], True, "PETRO-03"),
        ("PETRO", [], True, "PETRO-01"),
        ("PETRO-01", ["PETRO-0101", "PETRO-0103"], False, "PETRO-0102"),
    ],
)
def test_a_new_node_takes_the_next_free_code(above: str, taken: list[str], top: bool, code: str) -> None:
    assert rules.next_code(above, taken, top=top) == code


def test_everything_below_a_node_is_found() -> None:
    links = [Link(1, None), Link(2, 1), Link(3, 2), Link(4, 1), Link(5, None)]
    assert rules.below(1, links) == {1, 2, 3, 4}
    assert rules.below(5, links) == {5}


@pytest.mark.parametrize(
    ("codes", "ok"), [(("2614",), True), (("C26", "26"), True), (("化工",), False), (("26141",), False)]
)
def test_a_class_of_the_national_standard_is_two_to_four_digits(codes: tuple[str, ...], ok: bool) -> None:
    draft = NodeDraft("乙烯", Position.MIDSTREAM, gbt4754=codes)
    if ok:
        rules.check_node(draft)
    else:
        with pytest.raises(RuleBroken):
            rules.check_node(draft)


@pytest.mark.parametrize(
    ("state", "firms", "then"),
    [
        (NodeState.MISSING, 0, NodeState.MISSING),
        (NodeState.MISSING, 1, NodeState.WEAK),
        (NodeState.MISSING, 2, NodeState.WEAK),
        (NodeState.MISSING, 3, NodeState.FAIR),
        (NodeState.WEAK, 1, NodeState.FAIR),
        (NodeState.FAIR, 5, NodeState.FAIR),
        (NodeState.STRONG, 1, NodeState.STRONG),
        (None, 1, None),
    ],
)
def test_more_firms_fill_a_link_but_only_an_assessment_makes_it_strong(state, firms, then) -> None:
    assert rules.state_with(state, firms) is then


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"local_share": Decimal("1.01")}, "local_share"),
        ({"local_firms": -1}, "local_firms"),
        ({"priority": 6}, "priority"),
        ({"valid_until": TODAY}, "valid_until"),
        ({"action": ChainAction.EXTEND}, "action_reason"),
        ({"action": ChainAction.FILL, "action_reason": "照旧"}, "action"),
        ({"state": NodeState.MISSING, "local_firms": 2}, "local_firms"),
    ],
)
def test_what_makes_no_sense_in_an_assessment_is_refused_beside_its_field(wrong, field: str) -> None:
    with pytest.raises(RuleBroken) as refused:
        rules.check_assessment(Assessment(**{"state": NodeState.WEAK, "on": TODAY} | wrong), TODAY)
    assert refused.value.field == field


def test_a_person_overrides_the_direction_but_not_of_an_unassessed_link() -> None:
    assert rules.action_of(NodeState.STRONG, ChainAction.EXTEND) is ChainAction.EXTEND
    assert rules.action_of(None, ChainAction.EXTEND) is None
