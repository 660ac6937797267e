"""Campaigns: the list with how far each is, making and changing one, taking a target off its list."""

from typing import Any

from flask import flash, redirect, render_template, url_for

from crm.accounts.permissions import PROJECT_SEE, PROJECT_WRITE
from crm.companies import queries as companies
from crm.companies.rules import PROGRESS_LABELS
from crm.core import clock
from crm.targeting import actions, queries
from crm.targeting.forms.targets import CampaignForm
from crm.targeting.models import Campaign
from crm.targeting.rules import LIVE_PROGRESS
from crm.targeting.views import bp
from crm.web import conflicts, edges, guard


@bp.get("/targets/campaigns")
@guard.requires(PROJECT_SEE)
def campaign_list() -> Any:
    actor = guard.current()
    return render_template(
        "targeting/campaigns.html",
        rows=queries.campaigns(actor),
        today=clock.today(),
        progress=PROGRESS_LABELS,
        live_progress=LIVE_PROGRESS,
    )


@bp.get("/targets/campaigns/<int:campaign_id>")
@guard.requires(PROJECT_SEE)
def campaign(campaign_id: int) -> Any:
    actor, today = guard.current(), clock.today()
    row = queries.campaign_row(actor, campaign_id)
    nodes, by_node = queries.campaign_nodes(campaign_id), queries.campaign_counts(actor, campaign_id)
    return render_template(
        "targeting/campaign.html",
        c=row,
        nodes=nodes,
        rows=[*nodes, *queries.other_nodes(nodes, by_node)],
        by_node=by_node,
        today=today,
        progress=PROGRESS_LABELS,
        live_progress=LIVE_PROGRESS,
        may=_may(row),
    )


def _may(row: queries.CampaignRow) -> bool:
    actor = guard.current()
    return actor.can(PROJECT_WRITE) and (actor.zone_id is None or actor.zone_id == row.zone_id)


def _form(campaign: Campaign | None, **kwargs: Any) -> CampaignForm:
    actor = guard.current()
    zone_id = campaign.zone_id if campaign else actor.zone_id
    people = list(companies.owners(zone_id, clock.today()))
    if campaign and campaign.owner_id and campaign.owner_id not in dict(people):
        people.append((campaign.owner_id, companies.user_name(campaign.owner_id)))
    nodes = [place.id for place in queries.campaign_nodes(campaign.id)] if campaign else []
    return CampaignForm.of(campaign, nodes, people, queries.places(), **kwargs)


@bp.route("/targets/campaigns/new", methods=["GET", "POST"])
@guard.requires(PROJECT_WRITE)
def new_campaign() -> Any:
    actor, form = guard.current(), _form(None)
    made: list[Campaign] = []
    if form.validate_on_submit() and edges.attempt(
        form, lambda: made.append(actions.start_campaign(actor, form.draft()))
    ):
        flash("专题已建立。到靶向企业清单里勾选企业，加入专题。", "ok")
        return redirect(url_for("targeting.campaign", campaign_id=made[0].id), 303)
    page = render_template("targeting/campaign_form.html", form=form, campaign=None)
    return page, 422 if form.is_submitted() else 200


@bp.route("/targets/campaigns/<int:campaign_id>/edit", methods=["GET", "POST"])
@guard.requires(PROJECT_WRITE)
def edit_campaign(campaign_id: int) -> Any:
    actor = guard.current()
    found = queries.campaign(actor, campaign_id, PROJECT_WRITE)
    form, here = _form(found), url_for("targeting.campaign", campaign_id=campaign_id)
    if conflicts.stale(form, found.version):
        theirs = _form(found, formdata=None)
        return conflicts.page(form, theirs, record=found.name, version=found.version, record_url=here)
    if form.validate_on_submit() and edges.attempt(
        form, lambda: actions.edit_campaign(actor, found, form.draft())
    ):
        flash("专题已保存。", "ok")
        return redirect(here, 303)
    page = render_template("targeting/campaign_form.html", form=form, campaign=found)
    return page, 422 if form.is_submitted() else 200


@bp.post("/targets/<int:target_id>/campaigns/<int:campaign_id>/strike")
@guard.requires(PROJECT_WRITE)
def strike(target_id: int, campaign_id: int) -> Any:
    """Takes the target off the list; the target stays."""
    actor = guard.current()
    target = queries.find(actor, target_id, PROJECT_WRITE)
    found = queries.campaign(actor, campaign_id)
    actions.strike(actor, found, target)
    edges.commit()
    flash(f"已移出“{found.name}”。", "ok")
    return redirect(url_for("targeting.show", target_id=target_id), 303)
