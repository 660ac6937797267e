"""A target as lists, pages and the API read it, and what stands around it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, literal, or_, select
from sqlalchemy.orm import aliased

from crm.accounts.models import User
from crm.chains.models import Chain, ChainNode
from crm.chains.rules import ChainAction, NodeState, action_of
from crm.companies.models import Company
from crm.companies.rules import LinkProgress
from crm.core.actor import Actor
from crm.core.db import db
from crm.followups.models import Followup
from crm.followups.rules import HIDDEN_WHAT, DutyState
from crm.projects.models import Project
from crm.projects.rules import Stage, Status
from crm.projects.scope import visible_to as project_visible
from crm.targeting import scope
from crm.targeting.models import Target, TargetSignal
from crm.targeting.rules.targets import EntryKind, TargetSource
from crm.visits.models import Visit
from crm.zones.models import Zone

#: Shown for what belongs to no zone.
CITY = "市级"


@dataclass(frozen=True, slots=True)
class TargetRow:
    """A target as lists, pages and the API show it. `zone` is "市级" and `zone_code` None for the city's own.

    `project` (code, name) is set where the actor may see the project. `next_due_on`, `next_what` are of the zone's next open
    duty about the company, `last_contact_on` of its latest visit.
    """

    id: int
    version: int
    company_id: int
    company: str
    short_name: str
    region: str
    city: str
    industry: str
    node_id: int | None
    node_code: str | None
    node: str | None
    chain_code: str | None
    chain: str | None
    state: NodeState | None
    chosen: ChainAction | None
    zone_id: int | None
    zone_code: str | None
    zone: str
    progress: LinkProgress
    progress_on: date
    entry_kind: EntryKind | None
    entry_note: str
    standing: str
    owner_id: int | None
    owner: str | None
    owner_login: str | None
    given_up_reason: str
    source: TargetSource
    project_id: int | None
    project_code: str | None
    project: str | None
    project_stage: Stage | None
    project_status: Status | None
    converted_action: ChainAction | None
    converted_at: datetime | None
    next_due_on: date | None
    next_what: str | None
    last_contact_on: date | None
    signal_on: date | None
    signals: int
    updated_at: datetime

    @property
    def action(self) -> ChainAction | None:
        """What the link calls for now: 建链, 补链, 强链 or 延链."""
        return action_of(self.state, self.chosen)

    @property
    def converted(self) -> bool:
        return self.project_id is not None

    @property
    def given_up(self) -> bool:
        return self.progress is LinkProgress.GIVEN_UP


# --- what stands around a target ---------------------------------------------------------------------


def _duty(value: Any) -> Select[Any]:
    """The zone's open duties about the company: of no project, or of the one this target became."""
    return (
        select(value)
        .where(
            Followup.company_id == Target.company_id,
            Followup.zone_id.is_not_distinct_from(Target.zone_id),
            Followup.state == DutyState.OPEN,
            or_(Followup.project_id.is_(None), Followup.project_id == Target.project_id),
        )
        .correlate(Target)
    )


def next_due() -> Any:
    return _duty(func.min(Followup.due_on)).scalar_subquery()


def _next_what() -> Any:
    words = case((Followup.confidential, literal(HIDDEN_WHAT)), else_=Followup.what)
    return _duty(words).order_by(Followup.due_on, Followup.id).limit(1).scalar_subquery()


def last_contact() -> Any:
    """The latest visit of any mode that the target's zone had with the company (decision 11)."""
    return (
        select(func.max(Visit.happened_on))
        .where(Visit.company_id == Target.company_id, Visit.zone_id.is_not_distinct_from(Target.zone_id))
        .correlate(Target)
        .scalar_subquery()
    )


def signal(value: Any) -> Any:
    return select(value).where(TargetSignal.target_id == Target.id).correlate(Target).scalar_subquery()


def direction() -> Any:
    """What the node calls for, as `chains.rules.action_of` derives it; NULL where nobody has assessed it."""
    derived = case(*[(ChainNode.state == state, action_of(state)) for state in NodeState])
    return case((ChainNode.state.is_(None), None), else_=func.coalesce(ChainNode.action, derived))


def base(*columns: Any) -> Select[Any]:
    return (
        select(*columns)
        .select_from(Target)
        .join(Company, Company.id == Target.company_id)
        .outerjoin(ChainNode, ChainNode.id == Target.node_id)
        .outerjoin(Chain, Chain.id == ChainNode.chain_id)
    )


def rows(actor: Actor, ids: Sequence[int]) -> list[TargetRow]:
    """Targets within reach by id, in no order. One statement."""
    return rows_where(actor, Target.id.in_(ids)) if ids else []


def rows_where(actor: Actor, wanted: ColumnElement[bool]) -> list[TargetRow]:
    project = aliased(Project, select(Project).where(project_visible(actor)).subquery())
    query = (
        base(*_columns(project))
        .outerjoin(Zone, Zone.id == Target.zone_id)
        .outerjoin(User, User.id == Target.owner_id)
        .outerjoin(project, project.id == Target.project_id)
        .where(wanted, Company.merged_into_id.is_(None), scope.visible_to(actor))
    )
    return [TargetRow(*row) for row in db.session.execute(query)]


def _columns(project: Any) -> tuple[Any, ...]:
    """In the order of TargetRow."""
    company = (Company.id, Company.name, Company.short_name, Company.region, Company.city, Company.industry)
    node = (ChainNode.id, ChainNode.code, ChainNode.name, Chain.code, Chain.name)
    known = (Target.progress, Target.progress_on, Target.entry_kind, Target.entry_note, Target.standing)
    around = (next_due(), _next_what(), last_contact())
    return (
        Target.id,
        Target.version,
        *company,
        *node,
        ChainNode.state,
        ChainNode.action,
        Target.zone_id,
        Zone.code,
        func.coalesce(Zone.short_name, CITY),
        *known,
        Target.owner_id,
        User.name,
        User.login,
        Target.given_up_reason,
        Target.source,
        Target.project_id,
        project.code,
        project.name,
        project.stage,
        project.status,
        Target.chain_action,
        Target.converted_at,
        *around,
        signal(func.max(TargetSignal.happened_on)),
        signal(func.count()),
        Target.updated_at,
    )
