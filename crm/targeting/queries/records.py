"""One target: found within reach, its signals, its steps, what the page around it offers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from crm.accounts.models import User
from crm.accounts.permissions import PROJECT_SEE
from crm.chains.models import Chain, ChainNode
from crm.companies.models import Company
from crm.companies.rules import LinkProgress
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.errors import NotFound
from crm.followups.models import Followup
from crm.followups.rules import DutyState
from crm.projects.models import Project
from crm.projects.rules import Status
from crm.projects.scope import discloses_investor
from crm.projects.scope import visible_to as project_visible
from crm.targeting import scope
from crm.targeting.models import Target, TargetSignal, TargetStep
from crm.targeting.queries.rows import TargetRow, base, rows


def find(actor: Actor, target_id: int, verb: str = PROJECT_SEE) -> Target:
    """A target within the verb's reach, else NotFound; one of a merged company stays behind with it."""
    query = base(Target).where(
        Target.id == target_id, Company.merged_into_id.is_(None), scope.visible_to(actor, verb)
    )
    found: Target | None = db.session.scalar(query)
    if found is None:
        raise NotFound()
    return found


def find_many(actor: Actor, ids: Sequence[int], verb: str) -> Sequence[Target]:
    query = base(Target).where(
        Target.id.in_(ids), Company.merged_into_id.is_(None), scope.visible_to(actor, verb)
    )
    return db.session.scalars(query.order_by(Target.id)).all()


def row(actor: Actor, target_id: int) -> TargetRow:
    found = rows(actor, [target_id])
    if not found:
        raise NotFound()
    return found[0]


def of_company(actor: Actor, company_id: int) -> list[TargetRow]:
    """A company's targets within reach, by zone and node."""
    ids = db.session.scalars(
        select(Target.id).where(Target.company_id == company_id, scope.visible_to(actor)).limit(200)
    ).all()
    return sorted(
        rows(actor, ids), key=lambda r: (r.zone_id or 0, r.chain_code or "", r.node_code or "", r.id)
    )


def of_project(actor: Actor, project_id: int) -> list[TargetRow]:
    """The targets that became this project."""
    ids = db.session.scalars(
        select(Target.id).where(Target.project_id == project_id, scope.visible_to(actor)).limit(20)
    ).all()
    return sorted(rows(actor, ids), key=lambda r: r.id)


def siblings(company_id: int, zone_id: int | None) -> Sequence[Target]:
    """Every target of one zone with one company, whoever asks; for actions that have checked the zone already."""
    return db.session.scalars(
        select(Target)
        .where(Target.company_id == company_id, Target.zone_id.is_not_distinct_from(zone_id))
        .order_by(Target.id)
    ).all()


def at(company_id: int, node_id: int | None, zone_id: int | None) -> Target | None:
    """The zone's target at that very node (None: the one that waits for a node)."""
    return db.session.scalar(
        select(Target).where(
            Target.company_id == company_id,
            Target.node_id.is_not_distinct_from(node_id),
            Target.zone_id.is_not_distinct_from(zone_id),
        )
    )


@dataclass(frozen=True, slots=True)
class SignalRow:
    id: int
    happened_on: date
    what: str
    source: str
    url: str
    by: str


def signals(target_id: int) -> list[SignalRow]:
    """The newest first."""
    found = db.session.execute(
        select(
            TargetSignal.id,
            TargetSignal.happened_on,
            TargetSignal.what,
            TargetSignal.source,
            TargetSignal.url,
            User.name,
        )
        .outerjoin(User, User.id == TargetSignal.created_by)
        .where(TargetSignal.target_id == target_id)
        .order_by(TargetSignal.happened_on.desc(), TargetSignal.id.desc())
        .limit(100)
    )
    return [SignalRow(*r[:-1], r[-1] or "") for r in found]


def signal(target_id: int, signal_id: int) -> TargetSignal:
    found = db.session.get(TargetSignal, signal_id)
    if found is None or found.target_id != target_id:
        raise NotFound()
    return found


@dataclass(frozen=True, slots=True)
class StepRow:
    before: LinkProgress | None
    after: LinkProgress
    on: date
    note: str
    by: str
    at: datetime


def steps(target_id: int) -> list[StepRow]:
    """The newest first."""
    found = db.session.execute(
        select(
            TargetStep.before, TargetStep.after, TargetStep.on, TargetStep.note, User.name, TargetStep.made_at
        )
        .outerjoin(User, User.id == TargetStep.made_by)
        .where(TargetStep.target_id == target_id)
        .order_by(TargetStep.id.desc())
        .limit(50)
    )
    return [StepRow(*r[:4], r[4] or "", r[5]) for r in found]


def own_duty(target_id: int) -> Followup | None:
    """The open duty that was stated on the target itself, the earliest."""
    return db.session.scalar(
        select(Followup)
        .where(Followup.origin == f"target:{target_id}", Followup.state == DutyState.OPEN)
        .order_by(Followup.due_on, Followup.id)
        .limit(1)
    )


@dataclass(frozen=True, slots=True)
class Linkable:
    id: int
    code: str
    name: str


def linkable(actor: Actor, target: Target) -> list[Linkable]:
    """Projects of the company that the target may be led on in: live ones of its zone that the actor may read."""
    found = db.session.execute(
        select(Project.id, Project.code, Project.name)
        .where(
            Project.company_id == target.company_id,
            Project.zone_id.is_not_distinct_from(target.zone_id)
            if target.zone_id
            else Project.id.is_not(None),
            Project.status.in_((Status.ACTIVE, Status.ON_HOLD)),
            project_visible(actor),
            discloses_investor(actor),
        )
        .order_by(Project.id.desc())
        .limit(50)
    )
    return [Linkable(*r) for r in found]


@dataclass(frozen=True, slots=True)
class Place:
    """A node with its chain, as choices and chips name it."""

    id: int
    code: str
    name: str
    chain_code: str
    chain: str


def places(chain_code: str = "") -> list[Place]:
    """Nodes in use, in the order of the chains and of their trees' rows."""
    query = (
        select(ChainNode.id, ChainNode.code, ChainNode.name, Chain.code, Chain.name)
        .join(Chain, Chain.id == ChainNode.chain_id)
        .where(Chain.active, ChainNode.active)
        .order_by(Chain.order_no, Chain.id, ChainNode.code, ChainNode.id)
    )
    if chain_code:
        query = query.where(Chain.code == chain_code)
    return [Place(*r) for r in db.session.execute(query)]


def place_of(node_code: str) -> Place | None:
    found = db.session.execute(
        select(ChainNode.id, ChainNode.code, ChainNode.name, Chain.code, Chain.name)
        .join(Chain, Chain.id == ChainNode.chain_id)
        .where(ChainNode.code == node_code)
    ).first()
    return Place(*found) if found else None


def owners(actor: Actor) -> Mapping[int, str]:
    """Who answers for a target within reach."""
    owning = select(Target.owner_id).where(scope.visible_to(actor))
    found = db.session.execute(
        select(User.id, User.name).where(User.id.in_(owning)).order_by(User.name, User.id).limit(300)
    )
    return {key: name for key, name in found}
