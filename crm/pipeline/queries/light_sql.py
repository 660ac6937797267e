"""`rules.light_of` in SQL, so that lists filter, count and sort by light without reading the facts of every project.

Written apart from the reading of facts in `lights`: a test with random projects holds the two together.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    FromClause,
    Numeric,
    and_,
    case,
    cast,
    exists,
    false,
    func,
    or_,
    select,
    type_coerce,
)

from crm.core.sqldays import city_day, days_between
from crm.pipeline import rules
from crm.pipeline.models import Milestone, MonthlyInvestment
from crm.pipeline.queries import hold_sql
from crm.pipeline.rules import MilestoneKind
from crm.pipeline.rules.lights import BAD, OFF, OK, WARN, Limits, Thresholds
from crm.projects.models import Phase, Project
from crm.projects.rules import TALKING, PhaseKind, Stage, Status
from crm.settings import queries as settings
from crm.visits import queries as visits

_WAITING = tuple(s for s in Stage if Stage.SIGNED.order <= s.order < Stage.STARTED.order)
_FEN = 1_000_000
_LONG_AGO = date(1, 1, 1)


def states(
    where: Sequence[ColumnElement[bool]], today: date, thresholds: Thresholds | None = None
) -> FromClause:
    """(id, light: ok, warn, bad or off) of the projects under `where`; thresholds as set when none are given.

    Two steps at the head of the enclosing statement: every fact is read once a project, and only where its stage asks
    for it; then the facts are judged.
    """
    facts = _facts(where)
    limits = thresholds or rules.thresholds_of(settings.values())
    light = _light(facts.c, limits, today).label("light")
    return select(facts.c.id, light).cte("lights").prefix_with("MATERIALIZED")


def _facts(where: Sequence[ColumnElement[bool]]) -> CTE:
    project = Project.__table__.c
    active = project.status == Status.ACTIVE
    talking = and_(active, project.stage.in_(TALKING))
    waiting = and_(active, project.stage.in_(_WAITING))
    signed = and_(active, project.stage.in_((*_WAITING, Stage.STARTED)))
    read: dict[str, tuple[ColumnElement[bool], Any]] = {
        "review_on": (project.status == Status.ON_HOLD, hold_sql.review_on()),
        "held": (active, hold_sql.ever_held()),
        "contact_on": (talking, _contact_since()),
        "begun": (waiting, _reached(MilestoneKind.STARTED)),
        "registered": (waiting, _reached(MilestoneKind.REGISTERED)),
        "signed_on": (waiting, _signing(Milestone.happened_on)),
        "start_by": (waiting, start_by_sql()),
        "started_on": (signed, started_on_sql()),
        "complete_by": (signed, complete_by_sql()),
        "planned": (signed, planned_sql()),
        "invested": (signed, invested_sql()),
        "reported": (signed, reported_sql()),
        "inside": (signed, in_statistics_sql()),
    }
    columns = [case((needed, fact)).label(name) for name, (needed, fact) in read.items()]
    named = (project.id, project.status, project.stage)
    return select(*named, *columns).where(*where).cte("facts").prefix_with("MATERIALIZED")


def _light(fact: Any, limits: Thresholds, today: date) -> ColumnElement[str]:
    return case(
        (fact.status == Status.ON_HOLD, case((fact.review_on <= today, WARN), else_=OFF)),
        (fact.status != Status.ACTIVE, OFF),
        (fact.stage.in_(TALKING), _worst([_days(fact, fact.contact_on, limits.contact, today)])),
        (and_(fact.stage.in_(_WAITING), ~fact.begun), _worst(_waiting(fact, limits, today))),
        (fact.stage.in_((*_WAITING, Stage.STARTED)), _worst(_building(fact, limits, today))),
        else_=OK,
    )


#: A timer as two conditions: it has turned (either colour), it has turned red.
_Timer = tuple[ColumnElement[bool], ColumnElement[bool]]


def _worst(timers: Sequence[_Timer]) -> ColumnElement[str]:
    """A condition that is NULL has not turned."""
    return case(
        (or_(*(turned for turned, _ in timers)), case((or_(*(red for _, red in timers)), BAD), else_=WARN)),
        else_=OK,
    )


# --- the timers -----------------------------------------------------------------------------------


def _waiting(fact: Any, limits: Thresholds, today: date) -> list[_Timer]:
    register = _days(fact, fact.signed_on, limits.register, today)
    return [
        (and_(~fact.registered, register[0]), and_(~fact.registered, register[1])),
        _days(fact, fact.signed_on, limits.start, today),
        _days(fact, fact.start_by, limits.promised, today),
    ]


def _building(fact: Any, limits: Thresholds, today: date) -> list[_Timer]:
    outside = and_(fact.reported, ~fact.inside)
    late = _days(fact, fact.started_on, limits.statistics, today)
    return [
        (and_(outside, late[0]), and_(outside, late[1])),
        _progress(fact, limits.progress, today),
    ]


def _days(fact: Any, since: Any, limits: Limits, today: date) -> _Timer:
    return _past(fact, since, _first(limits), today), _past(fact, since, limits[1], today)


def _first(limits: Limits) -> int:
    """What turns it at all: the lower of the two that are in use."""
    return min((n for n in limits if n), default=0)


def _past(fact: Any, since: Any, limit: int, today: date) -> ColumnElement[bool]:
    """Whether a timer has run this many days. A project that never was on hold is decided by comparing two dates."""
    if not limit:
        return false()
    running = days_between(today, since) - hold_sql.held_days(since, today, fact.id)
    return case((fact.held, running >= limit), else_=since <= _back(today, limit))


def _progress(fact: Any, limits: Limits, today: date) -> _Timer:
    span = _at_least(days_between(fact.complete_by, fact.started_on), 1)
    running = days_between(today, fact.started_on) - case(
        (fact.held, hold_sql.held_days(fact.started_on, today, fact.id)), else_=0
    )
    elapsed = case((running < 0, 0), (running > span, span), else_=running)
    # Numeric: a huge amount times days times a hundred does not fit into 64 bits.
    done = cast(_at_least(fact.invested, 0), Numeric(40)) * span
    behind = 100 * (cast(elapsed, Numeric(40)) * fact.planned - done)
    whole = cast(span, Numeric(40)) * fact.planned

    def past(limit: int) -> ColumnElement[bool]:
        return and_(fact.planned > 0, behind > limit * whole) if limit else false()

    return past(_first(limits)), past(limits[1])


def _at_least(value: Any, least: int) -> Any:
    return case((value < least, least), else_=value)


def _back(today: date, days: int) -> date:
    return today - timedelta(days=days) if days < today.toordinal() else _LONG_AGO


# --- the facts ------------------------------------------------------------------------------------


def _contact_since() -> Any:
    """The last contact, else the day the project came in."""
    project = Project.__table__.c
    came = case(
        (city_day(project.created_at) < project.stage_since, city_day(project.created_at)),
        else_=project.stage_since,
    )
    entered = case((project.first_contact_on > came, project.first_contact_on), else_=came)
    return func.coalesce(visits.last_contact_sql(), entered)


def _live(kind: MilestoneKind, column: Any) -> Any:
    """A column of the project's own live milestone of this kind."""
    return (
        select(column)
        .where(
            Milestone.project_id == Project.id,
            Milestone.kind == kind,
            Milestone.phase_id.is_(None),
            Milestone.state.in_(rules.LIVE),
        )
        .correlate(Project)
        .scalar_subquery()
    )


def _signing(column: Any) -> Any:
    return _live(MilestoneKind.SIGNED, column)


def _reached(kind: MilestoneKind) -> ColumnElement[bool]:
    return exists(
        select(Milestone.id)
        .where(
            Milestone.project_id == Project.id,
            Milestone.kind == kind,
            Milestone.phase_id.is_(None),
            Milestone.state.in_(rules.LIVE),
        )
        .correlate(Project)
    )


def started_on_sql() -> Any:
    """The first start, of the project or of one of its phases."""
    return (
        select(func.min(Milestone.happened_on))
        .where(
            Milestone.project_id == Project.id,
            Milestone.kind == MilestoneKind.STARTED,
            Milestone.state.in_(rules.LIVE),
        )
        .correlate(Project)
        .scalar_subquery()
    )


def start_by_sql() -> Any:
    """The start the agreement promises, else the expected one."""
    return func.coalesce(_signing(Milestone.agreement_start_by), Project.__table__.c.expected_start_on)


def complete_by_sql() -> Any:
    """The completion the agreement promises, else that of the last phase."""
    of_phases = (
        select(func.max(Phase.expected_complete_on))
        .where(Phase.project_id == Project.id, Phase.kind == PhaseKind.PHASE)
        .correlate(Project)
        .scalar_subquery()
    )
    return func.coalesce(_signing(Milestone.agreement_complete_by), of_phases)


def planned_sql() -> Any:
    """What investment is held against: fixed assets, else the total; whole 万元."""
    project = Project.__table__.c
    fen = func.coalesce(
        type_coerce(project.fixed_investment, BigInteger), type_coerce(project.total_investment, BigInteger)
    )
    return type_coerce(fen, BigInteger) // _FEN


def _months(column: Any) -> Any:
    return select(column).where(MonthlyInvestment.project_id == Project.id).correlate(Project)


def invested_sql() -> Any:
    """The sum of monthly investment, whole 万元 (below zero as zero); NULL while none was reported."""
    fen = cast(func.sum(type_coerce(MonthlyInvestment.completed, BigInteger)), BigInteger)
    return _months(case((fen < 0, 0), else_=fen) // _FEN).scalar_subquery()


def reported_sql() -> ColumnElement[bool]:
    return exists(_months(MonthlyInvestment.id))


def in_statistics_sql() -> ColumnElement[bool]:
    return exists(_months(MonthlyInvestment.id).where(MonthlyInvestment.in_statistics))
