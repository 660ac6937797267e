"""One project: found within scope, and as its page needs it."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from crm.accounts.models import User
from crm.accounts.permissions import MILESTONE_SUBMIT, PROJECT_SEE, PROJECT_WRITE, VISIT_LOG
from crm.chains.models import Chain, ChainNode
from crm.chains.rules import ChainAction, NodeState, action_of
from crm.companies.models import Company
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.errors import Forbidden, NotFound
from crm.projects.models import Project
from crm.projects.rules import Status
from crm.projects.scope import HIDDEN_INVESTOR, discloses_investor, visible_to
from crm.zones.models import Zone


@dataclass(frozen=True, slots=True)
class Record:
    """A project with the names around it. Where `disclosed` is False, investor and company are already masked."""

    project: Project
    disclosed: bool
    may_write: bool
    may_attach: bool
    may_submit: bool
    company_id: int | None
    investor: str
    investor_name: str
    uscc: str | None
    zone_code: str | None
    zone: str | None
    node_code: str | None
    node: str | None
    node_state: NodeState | None
    node_action: ChainAction | None
    chain_id: int | None
    chain_code: str | None
    chain: str | None
    owner_login: str | None
    owner: str | None

    @property
    def chain_action(self) -> ChainAction | None:
        """What was stored (at signing, or by a person); until then what the node's state asks for."""
        return self.project.chain_action or action_of(self.node_state, self.node_action)


def find(actor: Actor, code: str, verb: str = PROJECT_SEE) -> Project:
    """The project behind a code. Raises NotFound outside the actor's sight, Forbidden where he sees it but may not do `verb`."""
    row = db.session.execute(
        select(Project, visible_to(actor, verb)).where(Project.code == code, visible_to(actor))
    ).one_or_none()
    if row is None:
        raise NotFound()
    if not row[1]:
        raise Forbidden()
    project: Project = row[0]
    return project


def find_many(actor: Actor, ids: Sequence[int], verb: str) -> Sequence[Project]:
    """Those of `ids` on which the actor may do `verb`, in the order of their ids."""
    return db.session.scalars(
        select(Project)
        .where(Project.id.in_(ids), visible_to(actor), visible_to(actor, verb))
        .order_by(Project.id)
    ).all()


def record(actor: Actor, code: str) -> Record:
    """Everything about the project itself in one statement; NotFound outside the actor's sight."""
    row = db.session.execute(
        select(
            Project,
            discloses_investor(actor),
            visible_to(actor, PROJECT_WRITE),
            visible_to(actor, VISIT_LOG),
            visible_to(actor, MILESTONE_SUBMIT),
            Company.id,
            Company.short_name,
            Company.name,
            Company.uscc,
            Zone.code,
            Zone.short_name,
            ChainNode.code,
            ChainNode.name,
            ChainNode.state,
            ChainNode.action,
            Chain.id,
            Chain.code,
            Chain.name,
            User.login,
            User.name,
        )
        .outerjoin(Company, Company.id == Project.company_id)
        .outerjoin(Zone, Zone.id == Project.zone_id)
        .outerjoin(ChainNode, ChainNode.id == Project.node_id)
        .outerjoin(Chain, Chain.id == ChainNode.chain_id)
        .outerjoin(User, User.id == Project.owner_id)
        .where(Project.code == code, visible_to(actor))
    ).one_or_none()
    if row is None:
        raise NotFound()
    project, disclosed, write, attach, submit, company_id, short, name, uscc, *names = row
    may = bool(write), bool(attach), bool(submit)
    if not disclosed:
        return Record(project, False, *may, None, HIDDEN_INVESTOR, HIDDEN_INVESTOR, None, *names)
    full = name or project.investor_text
    return Record(project, True, *may, company_id, short or full, full, uscc, *names)


def twin(project: Project) -> str | None:
    """The code of another live project of the same zone, name and investor; entering one twice is the commonest slip."""
    return db.session.scalar(
        select(Project.code)
        .where(
            Project.id != project.id,
            Project.zone_id.is_not_distinct_from(project.zone_id),
            Project.key == project.key,
            Project.company_id.is_not_distinct_from(project.company_id),
            Project.status.in_((Status.ACTIVE, Status.ON_HOLD)),
        )
        .order_by(Project.id)
        .limit(1)
    )


def discloses(actor: Actor, project: Project) -> bool:
    """Whether the actor may know this project's investor."""
    return bool(db.session.scalar(select(discloses_investor(actor)).where(Project.id == project.id)))
