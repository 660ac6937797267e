"""Campaigns: made, changed, and who is on their lists."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, insert, select

from crm.accounts.permissions import PROJECT_WRITE
from crm.audit import actions as audit
from crm.chains.models import ChainNode
from crm.companies import queries as companies
from crm.core import clock
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.errors import RuleBroken
from crm.targeting import queries
from crm.targeting.models import Campaign, CampaignNode, CampaignTarget, Target
from crm.targeting.rules import targets as rules
from crm.targeting.rules.targets import CampaignDraft


def _subject(campaign: Campaign) -> audit.Subject:
    return audit.Subject("campaign", campaign.id, campaign.name, zone_id=campaign.zone_id)


def start_campaign(actor: Actor, draft: CampaignDraft) -> Campaign:
    """Of the actor's own zone; the bureau's is the city's and open to all."""
    actor.require(PROJECT_WRITE)
    campaign = Campaign(zone_id=actor.zone_id, created_by=actor.user_id)
    _fill(campaign, draft)
    db.session.add(campaign)
    db.session.flush()
    _set_nodes(campaign, draft.node_ids)
    audit.record(actor, "campaign.created", _subject(campaign))
    return campaign


def edit_campaign(actor: Actor, campaign: Campaign, draft: CampaignDraft) -> None:
    actor.require(PROJECT_WRITE)
    before = _facts(campaign)
    _fill(campaign, draft)
    _set_nodes(campaign, draft.node_ids)
    # Nodes stand in a table of their own; touching the row keeps its version and moment true for them too.
    campaign.updated_at = clock.now()
    db.session.flush()
    if diff := audit.difference(before, _facts(campaign)):
        audit.record(actor, "campaign.edited", _subject(campaign), diff)


def _fill(campaign: Campaign, draft: CampaignDraft) -> None:
    rules.check_campaign(draft)
    if draft.owner_id is not None and draft.owner_id != campaign.owner_id:
        people = dict(companies.owners(campaign.zone_id, clock.today()))
        if draft.owner_id not in people:
            raise RuleBroken("责任人不在这个单位任职，请另选。", "owner_id")
    name = draft.name.strip()
    if queries.campaign_named(campaign.zone_id, name, campaign.id):
        raise RuleBroken(f"已有一个叫“{name}”的招商专题，请换个名称。", "name")
    campaign.name = name
    campaign.starts_on, campaign.ends_on = draft.starts_on, draft.ends_on
    campaign.owner_id, campaign.note = draft.owner_id, draft.note.strip()


def _set_nodes(campaign: Campaign, node_ids: Sequence[int]) -> None:
    wanted = set(node_ids)
    known = set(db.session.scalars(select(ChainNode.id).where(ChainNode.id.in_(wanted))))
    if wanted - known:
        raise RuleBroken("没有这个产业链环节，请从列表里选。", "node_ids")
    db.session.execute(delete(CampaignNode).where(CampaignNode.campaign_id == campaign.id))
    if known:
        rows = [{"campaign_id": campaign.id, "node_id": node} for node in sorted(known)]
        db.session.execute(insert(CampaignNode), rows)


def _facts(campaign: Campaign) -> dict[str, Any]:
    nodes = "、".join(place.name for place in queries.campaign_nodes(campaign.id))
    names = ("name", "starts_on", "ends_on", "owner_id", "note")
    return {**{name: getattr(campaign, name) for name in names}, "nodes": nodes}


def enlist(actor: Actor, campaign: Campaign, targets: Sequence[Target]) -> int:
    """Puts targets on a campaign's list; how many that is new for. The city's lists take every zone's targets."""
    actor.require(PROJECT_WRITE)
    ids = [target.id for target in targets]
    fresh = sorted(set(ids) - queries.listed(campaign.id, ids))
    if fresh:
        rows = [{"campaign_id": campaign.id, "target_id": target_id} for target_id in fresh]
        db.session.execute(insert(CampaignTarget), rows)
        audit.record(actor, "campaign.enlisted", _subject(campaign), note=f"加入 {len(fresh)} 家")
    return len(fresh)


def strike(actor: Actor, campaign: Campaign, target: Target) -> None:
    """Takes one off the list; the target itself stays."""
    actor.require(PROJECT_WRITE)
    one = CampaignTarget.campaign_id == campaign.id, CampaignTarget.target_id == target.id
    if db.session.execute(delete(CampaignTarget).where(*one)).rowcount:  # type: ignore[attr-defined]
        audit.record(actor, "campaign.struck", _subject(campaign), note="移出 1 家")
