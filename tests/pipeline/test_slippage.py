"""What was promised and put off: the rule by tables and against an oracle, the SQL filter against the rule."""

import itertools
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from crm.core import dates
from crm.core.db import db
from crm.pipeline.queries import slippage as queries
from crm.pipeline.rules import slippage as rules
from crm.pipeline.rules.slippage import Change
from crm.projects.models import Project, ProjectChange
from crm.projects.rules import Tier
from tests.factories import World

NOON = datetime(2026, 3, 1, 4, tzinfo=UTC)
SIGN, START, TOTAL = "expected_sign_until", "expected_start_on", "total_investment"


def moves(field: str, *values: str | None) -> list[Change]:
    pairs = itertools.pairwise(values)
    return [Change(field, a, b, NOON + timedelta(days=n), "王专员") for n, (a, b) in enumerate(pairs)]


def test_every_delay_is_counted_and_summed() -> None:
    found = rules.slippage_of(moves(SIGN, "2026-03-31", "2026-06-30", "2026-08-31", "2026-10-31"))
    assert (found.times, found.days) == (3, 214)
    assert found.short == "推迟3次，共7个月"
    assert found.lines == ("预计签约推迟3次，共7个月",)
    assert next(s.shown for s in found.steps) == ("2026-08-31", "2026-10-31"), "newest first"
    assert found.steps[0].by == "王专员"


def test_bringing_forward_is_told_and_takes_nothing_off() -> None:
    found = rules.slippage_of(moves(SIGN, "2026-03-31", "2026-06-30", "2026-06-20"))
    assert (found.times, found.days) == (1, 91)
    assert found.lines == ("预计签约推迟1次，共3个月；提前1次，共10天",)


def test_a_date_emptied_and_set_again_hides_no_delay() -> None:
    found = rules.slippage_of(moves(SIGN, "2026-03-31", None, "2026-06-30"))
    assert (found.times, found.days) == (1, 91)


def test_the_first_date_is_no_delay() -> None:
    assert rules.slippage_of(moves(SIGN, None, "2026-06-30")).moved == ()


def test_one_delay_that_moves_two_dates_is_not_counted_twice() -> None:
    found = rules.slippage_of(
        [*moves(SIGN, "2026-03-31", "2026-06-30"), *moves(START, "2026-05-01", "2026-07-01")]
    )
    assert (found.times, found.days) == (1, 91)
    assert len(found.lines) == 2


def test_amounts_tell_what_was_lowered_and_raised() -> None:
    found = rules.slippage_of(moves(TOTAL, "1000000", "940000", "950000", "880000"))
    assert found.lines == ("总投资调增1次，共1.00 亿元；调减2次，共13.00 亿元",)
    assert found.short == "", "an amount is no delay"
    in_usd = rules.slippage_of(moves("total_investment_usd", "12000", "9000"))
    assert in_usd.lines == ("总投资（美元）调减1次，共3,000 万美元",)


def test_phases_keep_their_own_promises_and_bear_their_names() -> None:
    second = moves("phase2.expected_start_on", "2026-03-31", "2026-09-30")
    found = rules.slippage_of(
        [
            *second,
            *moves("phase1.total_investment", "20000", "15000"),
            *moves(SIGN, "2026-01-31", "2026-02-28"),
        ],
        {2: "二期"},
    )
    assert found.lines == (
        "预计签约推迟1次，共1个月",
        "第1期总投资调减1次，共5,000 万元",
        "二期计划开工推迟1次，共6个月",
    )
    assert found.short == "推迟1次，共6个月", "the date put off longest speaks, a phase's too"
    assert found.worst is not None and found.worst.words == "二期计划开工推迟1次，共6个月"


@pytest.mark.parametrize(
    ("days", "words"),
    [(1, "1天"), (27, "27天"), (28, "1个月"), (45, "1个月"), (46, "2个月"), (213, "7个月"), (365, "12个月")],
)
def test_spans_are_told_as_people_say_them(days: int, words: str) -> None:
    assert rules.span_words(days) == words


@pytest.mark.parametrize(
    ("on", "precision", "last"),
    [
        ("2026-03-15", "day", "2026-03-15"),
        ("2026-03-01", "xun", "2026-03-10"),
        ("2026-02-21", "xun", "2026-02-28"),
        ("2028-02-01", "month", "2028-02-29"),
        ("2026-07-01", "quarter", "2026-09-30"),
        ("2026-07-01", "half", "2026-12-31"),
        ("2026-01-01", "year", "2026-12-31"),
    ],
)
def test_a_fuzzy_date_counts_by_its_last_day(on: str, precision: str, last: str) -> None:
    assert dates.last_day(date.fromisoformat(on), precision) == date.fromisoformat(last)


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)))
def test_the_last_day_is_that_of_the_date_as_it_was_read(day: date) -> None:
    for written in (f"{day:%Y-%m-%d}", f"{day.year}年{day.month}月", f"{day.year}年"):
        read = dates.parse(written, today=day)
        assert read is not None
        assert dates.last_day(read.on, read.precision) == read.until


def _oracle(values: list[date | None]) -> tuple[int, int]:
    """Step by step over the days that were ever named."""
    named = [v for v in values if v is not None]
    later = [(b - a).days for a, b in itertools.pairwise(named) if b > a]
    return len(later), sum(later)


day = st.dates(date(2026, 1, 1), date(2027, 12, 31))
history = st.lists(st.none() | day, min_size=1, max_size=7)


def _deduped(values: list[date | None]) -> list[date | None]:
    """A history keeps only what changed."""
    return [v for n, v in enumerate(values) if n == 0 or v != values[n - 1]]


@given(history)
def test_the_rule_equals_the_oracle(values: list[date | None]) -> None:
    kept = _deduped(values)
    found = rules.slippage_of(moves(SIGN, *(v.isoformat() if v else None for v in kept)))
    assert (found.times, found.days) == _oracle(kept)


def _write(project: Project, changes: list[Change]) -> None:
    for c in changes:
        values: dict[str, Any] = {"field": c.field, "before": c.before, "after": c.after, "changed_at": c.at}
        db.session.add(ProjectChange(project_id=project.id, **values))
        db.session.flush()


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(history, history), min_size=1, max_size=6))
def test_the_filter_equals_the_rule(world: World, drawn: list[tuple[list[Any], list[Any]]]) -> None:
    made = {}
    for number, (sign, start) in enumerate(drawn):
        project = world.project()
        begins = (START, "phase1.expected_start_on", "phase12.expected_complete_on")[number % 3]
        for field, values in ((SIGN, sign), (begins, start)):
            _write(project, moves(field, *(v.isoformat() if v else None for v in _deduped(values))))
        _write(project, moves("phase1.total_investment", "1", "2", "3", "4"))
        made[project.id] = max((_oracle(_deduped(v)) for v in (sign, start)), key=lambda pair: pair[0])[0]
    for least in (1, 2, 3):
        found = set(
            db.session.scalars(select(Project.id).where(Project.id.in_(made), queries.postponed(least)))
        )
        assert found == {id_ for id_, times in made.items() if times >= least}


def test_many_projects_cost_one_statement(world: World, count_queries: Any) -> None:
    ids = []
    for _ in range(5):
        project = world.project()
        _write(project, moves(START, "2026-01-01", "2026-02-01"))
        ids.append(project.id)
    with count_queries() as statements:
        found = queries.of_many([*ids, world.project().id])
    assert sum(1 for s in statements if "project_changes" in s and s.startswith("SELECT")) == 1
    assert set(found) == set(ids)
    assert found[ids[0]].short == "推迟1次，共1个月"


# --- the two clocks -------------------------------------------------------------------------------

D = date(2026, 1, 1)
NORMS = {Tier.T10: 60, Tier.T100: 90}


def test_a_changed_tier_keeps_both_clocks() -> None:
    changed = D + timedelta(days=70)
    found = rules.spells_of([(changed, Tier.T10, Tier.T100)], Tier.T100, D, D + timedelta(days=100), NORMS)
    assert [(c.tier, c.days, c.norm, c.late) for c in found] == [
        (Tier.T10, 70, 60, True),
        (Tier.T100, 30, 90, False),
    ]


def test_only_the_present_stage_is_timed() -> None:
    before = D - timedelta(days=5)
    found = rules.spells_of([(before, Tier.T10, Tier.T100)], Tier.T100, D, D + timedelta(days=10), NORMS)
    assert [(c.tier, c.since, c.days) for c in found] == [(Tier.T100, D, 10)]


def test_a_tier_that_never_changed_has_one_spell() -> None:
    (only,) = rules.spells_of([], None, D, D + timedelta(days=3), NORMS)
    assert (only.tier, only.days, only.norm, only.late) == (None, 3, None, False)
