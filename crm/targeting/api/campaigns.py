"""Campaigns and their lists."""

from typing import Any

from crm.accounts.permissions import PROJECT_SEE, PROJECT_WRITE
from crm.companies import queries as companies
from crm.core import clock
from crm.core.errors import NotFound, RuleBroken
from crm.targeting import actions, queries
from crm.targeting.api import blp, shapes
from crm.targeting.rules.targets import CampaignDraft
from crm.web import api, edges, guard


@blp.get("/campaigns")
@guard.requires(PROJECT_SEE)
@blp.response(200)
def campaign_list() -> dict[str, Any]:
    """The city's campaigns and one's own zone's, each with how far its targets within reach are."""
    return {"items": [shapes.campaign(row) for row in queries.campaigns(guard.current())]}


def _draft(body: dict[str, Any], zone_id: int | None) -> CampaignDraft:
    known = companies.node_ids(body["nodes"])
    if missing := [code for code in body["nodes"] if code not in known]:
        raise RuleBroken(f"没有产业链环节 {missing[0]}，请核对。", "nodes")
    owner_id = None
    if body["owner"]:
        owner_id = companies.owner_by_login(body["owner"], zone_id, clock.today())
        if owner_id is None:
            raise RuleBroken("责任人不在这个单位任职，请另选。", "owner")
    return CampaignDraft(
        body["name"], body["starts_on"], body["ends_on"], owner_id, body["note"], tuple(known.values())
    )


@blp.post("/campaigns")
@guard.requires(PROJECT_WRITE)
@blp.arguments(shapes.CampaignIn)
@blp.response(201)
def start_campaign(body: dict[str, Any]) -> dict[str, Any]:
    """A campaign of one's own zone; the bureau's is the city's."""
    actor = guard.current()
    made = actions.start_campaign(actor, _draft(body, actor.zone_id))
    edges.commit()
    return shapes.campaign(queries.campaign_row(actor, made.id))


@blp.put("/campaigns/<int:campaign_id>")
@guard.requires(PROJECT_WRITE)
@blp.arguments(shapes.CampaignIn)
@blp.response(200)
def change_campaign(body: dict[str, Any], campaign_id: int) -> dict[str, Any]:
    """Changes a campaign; If-Match names the version that was read."""
    actor = guard.current()
    found = queries.campaign(actor, campaign_id, PROJECT_WRITE)
    api.check_version(found.version)
    actions.edit_campaign(actor, found, _draft(body, found.zone_id))
    edges.commit()
    return shapes.campaign(queries.campaign_row(actor, campaign_id))


@blp.post("/campaigns/<int:campaign_id>/targets")
@guard.requires(PROJECT_WRITE)
@blp.arguments(shapes.CampaignTargetsIn)
@blp.response(200)
def enlist(body: dict[str, Any], campaign_id: int) -> dict[str, Any]:
    """Puts targets on the list; those on it already stay."""
    actor = guard.current()
    found = queries.campaign(actor, campaign_id)
    targets = queries.find_many(actor, body["targets"], PROJECT_WRITE)
    if len(targets) < len(set(body["targets"])):
        raise NotFound()
    added = actions.enlist(actor, found, targets)
    edges.commit()
    return {**shapes.campaign(queries.campaign_row(actor, campaign_id)), "added": added}


@blp.delete("/campaigns/<int:campaign_id>/targets/<int:target_id>")
@guard.requires(PROJECT_WRITE)
@blp.response(200)
def strike(campaign_id: int, target_id: int) -> dict[str, Any]:
    """Takes a target off the list; the target stays."""
    actor = guard.current()
    found = queries.campaign(actor, campaign_id)
    actions.strike(actor, found, queries.find(actor, target_id, PROJECT_WRITE))
    edges.commit()
    return shapes.campaign(queries.campaign_row(actor, campaign_id))
