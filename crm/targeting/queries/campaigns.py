"""Campaigns with how far their targets are."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, func, select

from crm.accounts.models import User
from crm.accounts.permissions import PROJECT_SEE
from crm.chains.models import Chain, ChainNode
from crm.companies.models import Company
from crm.companies.rules import LinkProgress
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.errors import NotFound
from crm.targeting import scope
from crm.targeting.models import Campaign, CampaignNode, CampaignTarget, Target
from crm.targeting.queries.records import Place
from crm.targeting.queries.rows import CITY
from crm.targeting.rules import Companies
from crm.zones.models import Zone


@dataclass(frozen=True, slots=True)
class CampaignRow:
    """A campaign and its targets within the reader's reach by progress; `zone` is "市级" for the city's."""

    id: int
    version: int
    name: str
    zone_id: int | None
    zone: str
    starts_on: date
    ends_on: date
    owner_id: int | None
    owner: str
    note: str
    targets: Companies = field(default_factory=Companies)

    def running(self, today: date) -> bool:
        return self.starts_on <= today <= self.ends_on


def campaign_named(zone_id: int | None, name: str, but: int | None) -> bool:
    """Whether another campaign of this zone (None: the city) has the name."""
    query = select(Campaign.id).where(Campaign.zone_id.is_not_distinct_from(zone_id), Campaign.name == name)
    if but is not None:
        query = query.where(Campaign.id != but)
    return db.session.scalar(query.limit(1)) is not None


def campaigns(actor: Actor, *, ids: Sequence[int] | None = None) -> list[CampaignRow]:
    """The newest first. Two statements: the campaigns, the counts of their targets."""
    actor.require(PROJECT_SEE)
    query = (
        select(
            Campaign.id,
            Campaign.version,
            Campaign.name,
            Campaign.zone_id,
            func.coalesce(Zone.short_name, CITY),
            Campaign.starts_on,
            Campaign.ends_on,
            Campaign.owner_id,
            func.coalesce(User.name, ""),
            Campaign.note,
        )
        .outerjoin(Zone, Zone.id == Campaign.zone_id)
        .outerjoin(User, User.id == Campaign.owner_id)
        .where(scope.campaigns(actor))
        .order_by(Campaign.starts_on.desc(), Campaign.id.desc())
        .limit(200)
    )
    if ids is not None:
        query = query.where(Campaign.id.in_(ids))
    found = db.session.execute(query).all()
    counted = _counts(actor, [row.id for row in found])
    return [CampaignRow(*row[:10], counted.get(row.id, Companies())) for row in found]


def campaign_counts(actor: Actor, campaign_id: int) -> dict[int, Companies]:
    """How far a campaign's targets are, by node id."""
    return _counts(actor, [campaign_id], Target.node_id)


def _counts(actor: Actor, ids: Sequence[int], by: Any = CampaignTarget.campaign_id) -> dict[int, Companies]:
    turned = Target.project_id.is_not(None)
    rows = db.session.execute(
        select(by, Target.progress, turned, func.count())
        .select_from(CampaignTarget)
        .join(Target, Target.id == CampaignTarget.target_id)
        .join(Company, Company.id == Target.company_id)
        .where(
            CampaignTarget.campaign_id.in_(ids),
            Company.merged_into_id.is_(None),
            Target.node_id.is_not(None),
            scope.visible_to(actor),
        )
        .group_by(by, Target.progress, turned)
    )
    found: dict[int, Companies] = {}
    for place, progress, is_project, number in rows:
        found.setdefault(place, Companies()).add(LinkProgress(progress), number, converted=bool(is_project))
    return found


def campaign(actor: Actor, campaign_id: int, verb: str = PROJECT_SEE) -> Campaign:
    found = db.session.scalar(
        select(Campaign).where(Campaign.id == campaign_id, scope.campaigns(actor, verb))
    )
    if found is None:
        raise NotFound()
    return found


def campaign_row(actor: Actor, campaign_id: int) -> CampaignRow:
    found = campaigns(actor, ids=[campaign_id])
    if not found:
        raise NotFound()
    return found[0]


def campaign_nodes(campaign_id: int) -> list[Place]:
    named = select(CampaignNode.node_id).where(CampaignNode.campaign_id == campaign_id)
    return _places(ChainNode.id.in_(named))


def other_nodes(nodes: Sequence[Place], counted: Collection[int]) -> list[Place]:
    """Links that a campaign does not name and that its targets (`counted`, by node id) lie at: the rows add up with these."""
    return _places(ChainNode.id.in_(set(counted) - {place.id for place in nodes}))


def _places(where: ColumnElement[bool]) -> list[Place]:
    rows = db.session.execute(
        select(ChainNode.id, ChainNode.code, ChainNode.name, Chain.code, Chain.name)
        .join(Chain, Chain.id == ChainNode.chain_id)
        .where(where)
        .order_by(Chain.order_no, ChainNode.code)
    )
    return [Place(*r) for r in rows]


def campaigns_of(actor: Actor, target_id: int) -> Mapping[int, str]:
    """The campaigns a target is on the list of: id → name."""
    rows = db.session.execute(
        select(Campaign.id, Campaign.name)
        .join(CampaignTarget, CampaignTarget.campaign_id == Campaign.id)
        .where(CampaignTarget.target_id == target_id, scope.campaigns(actor))
        .order_by(Campaign.starts_on.desc(), Campaign.id.desc())
    )
    return {key: name for key, name in rows}


def campaign_choices(actor: Actor) -> Mapping[int, str]:
    """Campaigns to choose from: id → name, the newest first. One statement."""
    rows = db.session.execute(
        select(Campaign.id, Campaign.name)
        .where(scope.campaigns(actor))
        .order_by(Campaign.starts_on.desc(), Campaign.id.desc())
        .limit(200)
    )
    return {key: name for key, name in rows}


def listed(campaign_id: int, target_ids: Sequence[int]) -> set[int]:
    """Which of the targets are on the campaign's list already."""
    return set(
        db.session.scalars(
            select(CampaignTarget.target_id).where(
                CampaignTarget.campaign_id == campaign_id, CampaignTarget.target_id.in_(target_ids)
            )
        )
    )
