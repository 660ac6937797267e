"""The week's visits, the duties that are late, and the chains' targets."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Result, Row, and_, case, func, or_, select

from crm.accounts.models import User
from crm.chains.models import Chain, ChainNode
from crm.companies.models import Company
from crm.companies.rules import LinkProgress
from crm.core import clock
from crm.core.calendar import Week
from crm.core.db import db
from crm.followups.models import Followup
from crm.followups.queries import scope as duties_scope
from crm.followups.rules import DUTY_LABELS, DutyKind
from crm.projects.models import Project
from crm.projects.scope import HIDDEN_INVESTOR, discloses_investor
from crm.settings import queries as settings
from crm.targeting.models import Target
from crm.targeting.scope import visible_to as targets_visible
from crm.visits.models import Visit, VisitOurs, VisitProject, VisitTheirs
from crm.visits.queries import scope as visits_scope
from crm.visits.rules import MODE_LABELS
from crm.weekly.queries.asked import Ask
from crm.weekly.queries.projects import HIDDEN_NAME
from crm.weekly.rules import Around, DutyRow, VisitRow
from crm.zones.models import Zone

CITY = "市级"


def _logged(ask: Ask, week: Week) -> ColumnElement[bool]:
    """Visits logged in the week, whenever they took place."""
    return and_(
        ask.reach(Visit.__table__.c.zone_id),
        Visit.created_at > week.starts_after,
        Visit.created_at <= min(week.cut, ask.known_at),
    )


def _late(ask: Ask) -> ColumnElement[bool]:
    """Duties open at the moment whose day had passed."""
    return and_(
        ask.reach(Followup.__table__.c.zone_id),
        Followup.created_at <= ask.known_at,
        or_(Followup.closed_at.is_(None), Followup.closed_at > ask.known_at),
        Followup.due_on < clock.local(ask.known_at).date(),
    )


def figures(ask: Ask, week: Week) -> dict[int | None, Around]:
    """Zone → its visits with their companies, and its late duties; two statements."""
    found: dict[int | None, Around] = {}
    visits = select(Visit.zone_id, Visit.company_id, func.count()).where(_logged(ask, week))
    for zone_id, company_id, many in db.session.execute(visits.group_by(Visit.zone_id, Visit.company_id)):
        one = found.get(zone_id, Around())
        found[zone_id] = replace(one, visits=one.visits + many, companies=one.companies | {company_id})
    late = select(Followup.zone_id, func.count()).where(_late(ask)).group_by(Followup.zone_id)
    for zone_id, many in db.session.execute(late):
        found[zone_id] = replace(found.get(zone_id, Around()), overdue=many)
    return found


def _visits(ask: Ask, week: Week, most: int | None) -> Sequence[Row[Any]]:
    columns = (
        Visit.id,
        Visit.zone_id,
        Zone.short_name.label("zone"),
        Visit.happened_on,
        Visit.mode,
        Visit.place,
        Visit.company_id,
        Company.name.label("company"),
        Visit.summary,
        User.name.label("author"),
        case((visits_scope.discloses(ask.actor), 1), else_=0).label("told"),
    )
    return db.session.execute(
        select(*columns)
        .join(Company, Company.id == Visit.company_id)
        .outerjoin(Zone, Zone.id == Visit.zone_id)
        .outerjoin(User, User.id == Visit.created_by)
        .where(_logged(ask, week))
        .order_by(Zone.order_no.nulls_last(), Visit.happened_on, Visit.id)
        .limit(most)
    ).all()


def visits(ask: Ask, week: Week, most: int | None = None) -> tuple[VisitRow, ...]:
    """Visits logged in the week, all or the first `most`; five statements whatever their number."""
    found = _visits(ask, week, most)
    told = [row.id for row in found if row.told]
    ours, theirs, projects, steps, demands = (
        _ours(told),
        _theirs(told),
        _projects(ask, told),
        *_duties(ask, told),
    )
    return tuple(
        VisitRow(
            id=row.id,
            zone_id=row.zone_id,
            zone=row.zone or CITY,
            happened_on=row.happened_on,
            mode=MODE_LABELS[row.mode],
            place=row.place if row.told else "",
            company_id=row.company_id,
            company=row.company if row.told else HIDDEN_INVESTOR,
            summary=row.summary if row.told else visits_scope.HIDDEN_SUMMARY,
            author=row.author or "",
            ours=ours.get(row.id, ""),
            theirs=theirs.get(row.id, ""),
            demands=demands.get(row.id, ""),
            next_step=steps.get(row.id, ""),
            projects=projects.get(row.id, ""),
        )
        for row in found
    )


def _joined(rows: Any, words: Callable[[Row[Any]], str]) -> dict[int, str]:
    """Visit → words of its rows, in their order."""
    found: dict[int, list[str]] = {}
    for row in rows:
        found.setdefault(row.visit_id, []).append(words(row))
    return {visit_id: "、".join(parts) for visit_id, parts in found.items()}


def _ours(ids: list[int]) -> Mapping[int, str]:
    rows = db.session.execute(
        select(VisitOurs.visit_id, VisitOurs.name)
        .where(VisitOurs.visit_id.in_(ids))
        .order_by(VisitOurs.leads.desc(), VisitOurs.id)
    )
    return _joined(rows, lambda row: str(row.name))


def _theirs(ids: list[int]) -> Mapping[int, str]:
    rows = db.session.execute(
        select(VisitTheirs.visit_id, VisitTheirs.name, VisitTheirs.post)
        .where(VisitTheirs.visit_id.in_(ids))
        .order_by(VisitTheirs.id)
    )
    return _joined(rows, lambda row: f"{row.name}（{row.post}）" if row.post else str(row.name))


def _projects(ask: Ask, ids: list[int]) -> Mapping[int, str]:
    rows = db.session.execute(
        select(
            VisitProject.visit_id,
            Project.name,
            Project.code,
            case((discloses_investor(ask.actor), 1), else_=0).label("told"),
        )
        .join(Project, Project.id == VisitProject.project_id)
        .where(VisitProject.visit_id.in_(ids))
        .order_by(Project.id)
    )
    return _joined(rows, lambda row: str(row.name) if row.told else f"{HIDDEN_NAME} {row.code}")


def _duties(ask: Ask, ids: list[int]) -> tuple[Mapping[int, str], Mapping[int, str]]:
    """(next steps, demands) that came out of the visits."""
    origins = {f"visit:{visit_id}": visit_id for visit_id in ids}
    rows = db.session.execute(
        select(Followup.origin, Followup.kind, Followup.what, Followup.due_on)
        .where(Followup.origin.in_(origins), Followup.created_at <= ask.known_at)
        .order_by(Followup.id)
    )
    steps: dict[int, str] = {}
    demands: dict[int, str] = {}
    for origin, kind, what, due_on in rows:
        into, words = (
            (demands, what) if kind is DutyKind.DEMAND else (steps, f"{what}（{due_on.isoformat()}）")
        )
        visit_id = origins[origin]
        into[visit_id] = f"{into[visit_id]}；{words}" if visit_id in into else words
    return steps, demands


def _duties_late(ask: Ask, most: int | None) -> Result[Any]:
    columns = (
        Followup.id,
        Followup.zone_id,
        Zone.short_name.label("zone"),
        Followup.what,
        Followup.kind,
        Company.name.label("company"),
        Project.name.label("project"),
        Project.code,
        User.name.label("owner"),
        Followup.due_on,
        Followup.postponed,
        case((duties_scope.discloses(ask.actor), 1), else_=0).label("told"),
    )
    return db.session.execute(
        select(*columns)
        .outerjoin(Zone, Zone.id == Followup.zone_id)
        .outerjoin(Company, Company.id == Followup.company_id)
        .outerjoin(Project, Project.id == Followup.project_id)
        .outerjoin(User, User.id == Followup.owner_id)
        .where(_late(ask))
        .order_by(Followup.due_on, Followup.id)
        .limit(most)
    )


def overdue(ask: Ask, most: int | None = None) -> tuple[DutyRow, ...]:
    """Duties open at the moment whose day had passed, the oldest first; all or the first `most`."""
    day, calendar = clock.local(ask.known_at).date(), settings.calendar()
    return tuple(
        DutyRow(
            id=row.id,
            zone_id=row.zone_id,
            zone=row.zone or CITY,
            what=row.what if row.told else duties_scope.HIDDEN_WHAT,
            kind=DUTY_LABELS[row.kind],
            company=(row.company or "") if row.told else HIDDEN_INVESTOR,
            project=(row.project or "") if row.told else f"{HIDDEN_NAME} {row.code or ''}".strip(),
            owner=row.owner or "",
            due_on=row.due_on,
            late_days=max(calendar.working_days_between(row.due_on, day), 1),
            postponed=row.postponed,
        )
        for row in _duties_late(ask, most)
    )


def chains() -> list[tuple[int, str]]:
    return [
        (row.id, row.name)
        for row in db.session.execute(
            select(Chain.id, Chain.name).where(Chain.active).order_by(Chain.order_no, Chain.id)
        )
    ]


def targets(ask: Ask) -> dict[tuple[int, LinkProgress], int]:
    """(chain, progress) → targets of its nodes that are no projects yet, as the chain's pipeline counts them."""
    turned = or_(Target.project_id.is_(None), Target.converted_at > ask.known_at)
    rows = db.session.execute(
        select(ChainNode.chain_id, Target.progress, func.count(Target.id))
        .join(ChainNode, ChainNode.id == Target.node_id)
        .join(Company, Company.id == Target.company_id)
        .where(
            targets_visible(ask.actor),
            ask.reach(Target.__table__.c.zone_id),
            Company.merged_into_id.is_(None),
            Target.created_at <= ask.known_at,
            turned,
        )
        .group_by(ChainNode.chain_id, Target.progress)
    )
    return {(chain_id, progress): count for chain_id, progress, count in rows}
