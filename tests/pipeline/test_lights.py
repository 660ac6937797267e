"""The lights: each timer by a table, and the SQL form held against the rule with random projects."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from crm.companies.models import Company
from crm.core import clock
from crm.core.db import db
from crm.pipeline import queries, rules
from crm.pipeline.models import Milestone, MonthlyInvestment, StatusChange
from crm.pipeline.rules import Light, LightFacts, MilestoneKind, MilestoneState, Pause, Thresholds
from crm.projects.models import Phase, Project
from crm.projects.rules import Stage, Status
from tests.factories import World, visit

DAY = date(2026, 11, 23)
LIMITS = Thresholds((30, 60), (90, 180), (180, 365), (30, 90), (30, 60), (10, 30))


def ago(days: int) -> date:
    return DAY - timedelta(days=days)


def light(stage: Stage, limits: Thresholds = LIMITS, **facts: Any) -> Light:
    facts.setdefault("entered_on", ago(900))
    return rules.light_of(LightFacts(stage, Status.ACTIVE, **facts), limits, DAY)


@pytest.mark.parametrize(
    ("late", "state"), [(-40, "ok"), (0, "ok"), (29, "ok"), (30, "warn"), (89, "warn"), (90, "bad")]
)
def test_a_promised_start_turns_once_it_has_passed(late: int, state: str) -> None:
    found = light(Stage.REGISTERED, reached={"signed": ago(100), "registered": ago(50)}, start_by=ago(late))
    assert found.state == state, found
    assert ("应于" in found.reason) == (state != "ok")


def test_a_promised_start_is_forgotten_once_the_project_has_begun() -> None:
    reached = {"signed": ago(300), "registered": ago(200), "started": ago(100)}
    assert light(Stage.STARTED, reached=reached, start_by=ago(250), started_on=ago(100)).state == "ok"


@pytest.mark.parametrize(("days", "state"), [(29, "ok"), (30, "warn"), (59, "warn"), (60, "bad")])
def test_a_started_project_must_enter_the_statistics(days: int, state: str) -> None:
    known: dict[str, Any] = {"reached": {"started": ago(days)}, "started_on": ago(days)}
    assert light(Stage.STARTED, in_statistics=False, **known).state == state
    assert light(Stage.STARTED, in_statistics=True, **known).state == "ok"
    assert light(Stage.STARTED, in_statistics=None, **known).state == "ok", "unknown turns no light"


@pytest.mark.parametrize(
    ("invested", "state"),
    [
        (600, "ok"),
        (500, "ok"),
        (400, "ok"),
        (399, "warn"),
        (200, "warn"),
        (199, "bad"),
        (-50, "bad"),
        (None, "ok"),
    ],
)
def test_investment_behind_the_promised_time_turns(invested: int | None, state: str) -> None:
    """Half of the time has passed; ten points behind are still on track, thirty still yellow (decision 9)."""
    found = light(
        Stage.STARTED,
        reached={"started": ago(100)},
        started_on=ago(100),
        complete_by=ago(-100),
        planned=1000,
        invested=invested,
    )
    assert found.state == state, found


def test_a_hold_stops_every_timer() -> None:
    held = (Pause(ago(100), ago(10)),)
    late = light(Stage.REGISTERED, reached={"signed": ago(110)}, start_by=ago(100), pauses=held)
    assert late.state == "ok"
    building = {"reached": {"started": ago(100)}, "started_on": ago(100), "pauses": held}
    assert light(Stage.STARTED, in_statistics=False, **building).state == "ok"
    assert light(Stage.STARTED, complete_by=ago(0), planned=100, invested=1, **building).state == "ok"


@pytest.mark.parametrize("timer", list(rules.lights.TIMERS))
def test_zero_switches_a_colour_off(timer: str) -> None:
    facts: dict[str, dict[str, Any]] = {
        "contact": {"stage": Stage.FILED, "last_contact_on": ago(800)},
        "register": {"stage": Stage.SIGNED, "reached": {"signed": ago(800)}},
        "start": {"stage": Stage.SIGNED, "reached": {"signed": ago(800), "registered": ago(1)}},
        "promised": {"stage": Stage.SIGNED, "start_by": ago(800)},
        "statistics": {"stage": Stage.STARTED, "started_on": ago(800), "in_statistics": False},
        "progress": {
            "stage": Stage.STARTED, "started_on": ago(800), "complete_by": ago(1), "planned": 9, "invested": 0,
        },
    }  # fmt: skip
    off = replace(Thresholds((0, 0), (0, 0), (0, 0)), **{timer: (0, 0)})
    assert light(limits=off, **facts[timer]).state == "ok"
    yellow = replace(off, **{timer: (1, 0)})
    assert light(limits=yellow, **facts[timer]).state == "warn"
    assert light(limits=replace(off, **{timer: (0, 1)}), **facts[timer]).state == "bad"


# --- the SQL form ---------------------------------------------------------------------------------


@dataclass
class Case:
    """A random project: what it is in the database and what the rule is told of it."""

    facts: LightFacts
    visits: list[tuple[bool, int]] = field(default_factory=list)
    changes: list[tuple[Status, int, int]] = field(default_factory=list)
    first_contact: date | None = None
    stage_since: date = DAY
    created: date = DAY
    phase_start: date | None = None
    agreement: tuple[date | None, date | None] = (None, None)
    expected_start: date | None = None
    phase_end: date | None = None
    fixed: Decimal | None = None
    total: Decimal | None = None
    months: list[tuple[Decimal | None, bool]] = field(default_factory=list)
    states: dict[str, MilestoneState] = field(default_factory=dict)
    dated: dict[str, date] = field(default_factory=dict)


days = st.integers(0, 420)
maybe_days = st.none() | st.integers(-200, 420)
EDGES = st.sampled_from([0, 29, 30, 31, 59, 60, 61, 89, 90, 91, 179, 180, 364, 365])
near = days | EDGES
wan = st.decimals(-50, 900, places=2).map(lambda d: d.quantize(Decimal("0.01")))


def _day(n: int | None) -> date | None:
    return None if n is None else ago(n)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    stage = draw(
        st.sampled_from(
            [Stage.FILED, Stage.SIGNED, Stage.REGISTERED, Stage.STARTED, Stage.STARTED, Stage.COMPLETED]
        )
    )
    status = draw(st.sampled_from([Status.ACTIVE] * 6 + [Status.ON_HOLD, Status.LOST]))
    kinds = ["signed", "registered", "started", "completed"]
    dated = {k: draw(near) for k in kinds if draw(st.booleans())}
    states = {
        k: draw(st.sampled_from([MilestoneState.PENDING, MilestoneState.RECOGNISED, MilestoneState.RETURNED]))
        for k in dated
    }
    visited = draw(st.lists(st.tuples(st.booleans(), near), max_size=2))
    changes = draw(
        st.lists(
            st.tuples(
                st.sampled_from([Status.ON_HOLD, Status.ACTIVE, Status.LOST]), days, st.integers(-30, 30)
            ),
            max_size=4,
        )
    )
    case = Case(
        LightFacts(stage, status, DAY),
        visited,
        changes,
        _day(draw(maybe_days)),
        ago(draw(near)),
        ago(draw(near)),
        _day(draw(st.none() | near)),
        (_day(draw(maybe_days)), _day(draw(maybe_days))),
        _day(draw(maybe_days)),
        _day(draw(maybe_days)),
        draw(st.none() | wan.map(abs)),
        draw(st.none() | wan.map(abs)),
        draw(st.lists(st.tuples(st.none() | wan, st.booleans()), max_size=3)),
        states,
        {k: ago(n) for k, n in dated.items()},
    )
    case.facts = _told(case)
    return case


def _told(case: Case) -> LightFacts:
    """The facts by hand, from what will be written, not from what the queries read."""
    reached = {k: day for k, day in case.dated.items() if case.states[k] in rules.LIVE}
    entered = max(d for d in (case.first_contact, min(case.created, case.stage_since)) if d)
    signed = "signed" in reached
    starts = [d for d in (reached.get("started"), case.phase_start) if d]
    base = case.fixed if case.fixed is not None else case.total
    done = [amount for amount, _ in case.months if amount is not None]
    last = case.changes[-1] if case.changes else None
    return replace(
        case.facts,
        entered_on=entered,
        last_contact_on=max((ago(n) for _, n in case.visits), default=None),
        reached=reached,
        pauses=rules.pauses_of((after, ago(n)) for after, n, _ in case.changes),
        review_on=ago(last[2]) if last and last[0] is Status.ON_HOLD else None,
        start_by=(case.agreement[0] if signed else None) or case.expected_start,
        complete_by=(case.agreement[1] if signed else None) or case.phase_end,
        started_on=min(starts, default=None),
        planned=None if base is None else int(base),
        invested=max(int(sum(done)), 0) if done else None,
        in_statistics=any(inside for _, inside in case.months) if case.months else None,
    )


def _write(world: World, case: Case) -> Project:
    project = world.project(
        stage=case.facts.stage,
        status=case.facts.status,
        total=None if case.total is None else str(case.total),
        fixed_investment=case.fixed,
        first_contact_on=case.first_contact,
        stage_since=case.stage_since,
        expected_start_on=case.expected_start,
        created_at=datetime.combine(case.created, time(23, 30), clock.CITY),
    )
    investor = db.session.get_one(Company, project.company_id)
    for about, n in case.visits:
        met, linked = (world.company(), [project]) if about else (investor, [])
        visit(world.users["officer"], met, linked, happened_on=ago(n))
    for kind, day in case.dated.items():
        db.session.add(_milestone(project, MilestoneKind(kind), day, case))
    _add_phase(project, case)
    for after, n, review in case.changes:
        db.session.add(_change(project, after, ago(n), ago(review)))
        db.session.flush()
    for number, (amount, inside) in enumerate(case.months, 1):
        adjusts = f"2026-0{number}" if amount is not None and amount < 0 else ""
        month = "2026-12" if adjusts else f"2026-0{number}"
        values = {"month": month, "adjusts": adjusts, "completed": amount, "in_statistics": inside}
        db.session.add(MonthlyInvestment(project_id=project.id, **values))
    db.session.flush()
    return project


def _add_phase(project: Project, case: Case) -> None:
    phase = Phase(project_id=project.id, no=1, name="一期", expected_complete_on=case.phase_end)
    db.session.add(phase)
    db.session.flush()
    if case.phase_start:
        db.session.add(_milestone(project, MilestoneKind.STARTED, case.phase_start, case, phase.id))


def _milestone(
    project: Project, kind: MilestoneKind, day: date, case: Case, phase: int | None = None
) -> Milestone:
    state = MilestoneState.PENDING if phase else case.states[kind.value]
    start_by, complete_by = case.agreement if kind is MilestoneKind.SIGNED else (None, None)
    return Milestone(
        project_id=project.id,
        phase_id=phase,
        kind=kind,
        state=state,
        happened_on=day,
        submitted_at=clock.now(),
        agreement_start_by=start_by,
        agreement_complete_by=complete_by,
    )


def _change(project: Project, after: Status, on: date, review_on: date) -> StatusChange:
    values = {"effective_on": on, "review_on": review_on, "approved": True, "decided_at": clock.now()}
    return StatusChange(
        project_id=project.id, before=Status.ACTIVE, after=after, reason="投资方要求", **values
    )


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(cases(), min_size=1, max_size=10))
def test_the_sql_form_equals_the_rule(world: World, drawn: list[Case]) -> None:
    made = {_write(world, case).id: case for case in drawn}
    by_rule = {id_: rules.light_of(case.facts, LIMITS, DAY) for id_, case in made.items()}
    rows = db.session.execute(select(queries.states([Project.id.in_(made)], DAY, LIMITS)))
    assert {id_: state for id_, state in rows} == {id_: light.state for id_, light in by_rule.items()}
    assert queries.lights_of(list(made), DAY) == by_rule


def test_the_sql_form_filters_groups_and_sorts_in_one_statement(world: World, count_queries: Any) -> None:
    ids = [
        world.project(stage=Stage.FILED, stage_since=ago(n), created_at=_at(n)).id for n in (1, 35, 70, 80)
    ]
    queries.lights_of(ids, DAY)
    lit = queries.states([Project.id.in_(ids)], DAY)
    with count_queries() as statements:
        counted = db.session.execute(
            select(lit.c.light, func.count()).group_by(lit.c.light).order_by(lit.c.light)
        ).all()
    assert [tuple(row) for row in counted] == [("bad", 2), ("ok", 1), ("warn", 1)]
    assert len([s for s in statements if "setting" not in s]) == 1
    assert list(db.session.scalars(select(lit.c.id).where(lit.c.light == "warn"))) == [ids[1]]


def _at(days_ago: int) -> datetime:
    return datetime.combine(ago(days_ago), time(9), clock.CITY)


def test_lights_cost_the_same_however_many_projects(world: World, count_queries: Any) -> None:
    ids = [world.project(stage=Stage.FILED).id for _ in range(12)]
    with count_queries() as few:
        queries.lights_of(ids[:2], DAY)
    with count_queries() as many:
        queries.lights_of(ids, DAY)
    assert len(few) == len(many)
