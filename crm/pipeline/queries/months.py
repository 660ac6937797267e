"""A zone's month (月度投资): every started project with what it reported, and who has not reported yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, func, or_, select

from crm.accounts.permissions import PROJECT_WRITE
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.paging import Page, Window, key_of, token
from crm.pipeline import rules
from crm.pipeline.models import Milestone, MonthlyInvestment
from crm.pipeline.queries.investment import investment_rows, plans_of
from crm.pipeline.rules import MilestoneKind
from crm.pipeline.rules import investment as inv
from crm.projects.models import Phase, Project
from crm.projects.rules import Stage, Status
from crm.projects.scope import visible_to, zone_reach
from crm.zones.models import Zone

#: Who is asked every month: started, and not yet in production.
ASKED = (Stage.STARTED, Stage.COMPLETED)
_project = Project.__table__.c


@dataclass(frozen=True, slots=True)
class Counts:
    """Of one zone in one month: how many are asked, and how many of them have reported."""

    zone_id: int
    code: str
    zone: str
    asked: int
    reported: int

    @property
    def owing(self) -> int:
        return self.asked - self.reported


@dataclass(frozen=True, slots=True)
class MonthFilter:
    """What is shown of a month: of one zone (None: of all within reach), everybody or those who owe; `total` projects."""

    month: str
    zone_id: int | None
    owing: bool
    total: int


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the table: a project, or a phase where the project reports by phases. Amounts in 万元.

    `now` is the month itself, `last` the month before, `entered` what is known of 入统; sums reach to the end of the month.
    """

    project: Project
    zone: str
    may: bool
    phase: Phase | None
    plan: inv.Plan
    now: inv.Truth
    last: inv.Truth
    entered: inv.Said
    year: inv.Amounts
    whole: inv.Amounts

    @property
    def key(self) -> str:
        """Names the line in addresses and forms: a code, or a code and the phase's number."""
        return f"{self.project.code}.{self.phase.no}" if self.phase else self.project.code


def _reported(month: str) -> ColumnElement[bool]:
    return exists().where(
        MonthlyInvestment.project_id == _project.id,
        MonthlyInvestment.month == month,
        MonthlyInvestment.adjusts == "",
    )


def _asked(month: str) -> ColumnElement[bool]:
    """Under construction by the end of the month; one without a date of starting is asked as well."""
    started = (
        select(func.min(Milestone.happened_on))
        .where(
            Milestone.project_id == _project.id,
            Milestone.kind == MilestoneKind.STARTED,
            Milestone.state.in_(rules.LIVE),
        )
        .correlate(Project.__table__)
        .scalar_subquery()
    )
    return and_(
        Project.stage.in_(ASKED),
        Project.status == Status.ACTIVE,
        or_(started.is_(None), started <= inv.last_day(month)),
    )


def month_counts(actor: Actor, month: str) -> Sequence[Counts]:
    """Every zone within reach that has somebody to ask, in the city's order; one statement."""
    reported = _reported(month)
    rows = db.session.execute(
        select(Zone.id, Zone.code, Zone.short_name, func.count(), func.sum(case((reported, 1), else_=0)))
        .select_from(Project)
        .join(Zone, Zone.id == Project.zone_id)
        .where(visible_to(actor), or_(_asked(month), reported))
        .group_by(Zone.id, Zone.code, Zone.short_name, Zone.order_no)
        .order_by(Zone.order_no, Zone.id)
    )
    return [Counts(*row) for row in rows]


def month_zones(actor: Actor) -> Sequence[tuple[int, str, str]]:
    """(id, code, name) of the zones whose months one may fill in."""
    column = Zone.__table__.c.id
    rows = db.session.execute(
        select(Zone.id, Zone.code, Zone.short_name)
        .where(zone_reach(actor, PROJECT_WRITE, column))
        .order_by(Zone.order_no, Zone.id)
    )
    return [(id_, code, name) for id_, code, name in rows]


def month_page(
    actor: Actor, month: str, zone_id: int | None, owing: bool, window: Window, total: int
) -> Page[Line]:
    """One page of a zone's (or of one's own) projects by code; the same number of statements at any size."""
    rows: list[Any] = list(db.session.execute(_page_of(actor, month, zone_id, owing, window)))
    following = None
    if len(rows) > window.per_page:
        rows = rows[:-1]
        following = token(rows[-1][0].code)
    projects = [row[0] for row in rows]
    found = investment_rows([project.id for project in projects])
    plans = plans_of(projects)
    phases = _phases([project.id for project in projects])
    lines = [
        line
        for project, zone, may in rows
        for line in _lines(project, zone or "", bool(may), month, found, plans, phases)
    ]
    return Page(lines, total, window, following)


def _page_of(actor: Actor, month: str, zone_id: int | None, owing: bool, window: Window) -> Any:
    wanted = [visible_to(actor), or_(_asked(month), _reported(month))]
    if zone_id is not None:
        wanted.append(_project.zone_id == zone_id)
    if owing:
        wanted += [_asked(month), ~_reported(month)]
    if window.after:
        wanted.append(Project.code > (key_of(window.after, 1)[0] or ""))
    return (
        select(Project, Zone.short_name, visible_to(actor, PROJECT_WRITE))
        .outerjoin(Zone, Zone.id == Project.zone_id)
        .where(*wanted)
        .order_by(Project.code)
        .limit(window.per_page + 1)
    )


def _phases(ids: Sequence[int]) -> dict[int, list[Phase]]:
    found: dict[int, list[Phase]] = {}
    for phase in db.session.scalars(select(Phase).where(Phase.project_id.in_(ids)).order_by(Phase.no)):
        found.setdefault(phase.project_id, []).append(phase)
    return found


def _lines(
    project: Project,
    zone: str,
    may: bool,
    month: str,
    found: dict[int, list[inv.Row]],
    plans: dict[tuple[int, int | None], inv.Plan],
    phases: dict[int, list[Phase]],
) -> list[Line]:
    """By phases where the project last reported so, else the project as a whole."""
    rows = found.get(project.id, [])
    before = [row for row in rows if row.month <= month]
    by_phase = bool(before) and before[-1].phase_id is not None
    parts: list[Phase | None] = [*phases.get(project.id, [])] if by_phase else [None]
    return [_line(project, zone, may, month, part, rows, plans) for part in parts]


def _line(
    project: Project,
    zone: str,
    may: bool,
    month: str,
    phase: Phase | None,
    rows: Sequence[inv.Row],
    plans: dict[tuple[int, int | None], inv.Plan],
) -> Line:
    phase_id = phase.id if phase else None
    own = [row for row in rows if row.phase_id == phase_id]
    year = [row for row in own if row.month[:4] == month[:4]]
    return Line(
        project,
        zone,
        may,
        phase,
        plans.get((project.id, phase_id), inv.Plan()),
        inv.truth(own, month),
        inv.truth(own, inv.month_before(month)),
        inv.entered([row for row in own if row.month <= month]),
        inv.upto(year, month),
        inv.upto(own, month),
    )


def month_line(actor: Actor, project: Project, phase: Phase | None, month: str, zone: str) -> Line:
    """One row of the table again, after it was saved."""
    rows = investment_rows([project.id]).get(project.id, [])
    return _line(project, zone, True, month, phase, rows, plans_of([project]))
