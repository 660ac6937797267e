"""Putting a company on the list, and making a target a project."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for

from crm.accounts.permissions import PROJECT_WRITE
from crm.companies import queries as companies
from crm.core import clock
from crm.core.actor import Actor, Scope
from crm.core.errors import RuleBroken
from crm.projects import queries as projects
from crm.projects.actions import records
from crm.projects.models import Project
from crm.projects.rules.drafts import Investor
from crm.targeting import actions, queries
from crm.targeting.forms.targets import ConvertForm, NewTargetForm, number
from crm.targeting.models import Target
from crm.targeting.rules.targets import TargetDraft
from crm.targeting.views import bp
from crm.web import edges, guard


def _zones(actor: Actor) -> list[tuple[str, str]]:
    """The zones whose list the bureau may write; a zone's people write their own."""
    if actor.scope(PROJECT_WRITE) is not Scope.CITY:
        return []
    return [(zone.code, zone.label) for zone in projects.all_zones()]


@bp.route("/targets/new", methods=["GET", "POST"])
@guard.requires(PROJECT_WRITE)
def new() -> Any:
    """Comes from a company (?company=) or from a link of a chain (?node=)."""
    actor = guard.current()
    form = NewTargetForm(data=None if request.method == "POST" else _first(actor))
    zone = projects.zone_by_code(str(form.zone.data or ""))
    zone_id = actor.zone_id if actor.zone_id is not None else zone.id if zone else None
    form.offer(queries.places(), companies.owners(zone_id, clock.today()), _zones(actor))
    made: list[tuple[Target, bool]] = []
    if form.validate_on_submit() and edges.attempt(form, lambda: made.extend(_add(actor, form, zone_id))):
        fresh = sum(new for _, new in made)
        flash(
            f"已列入靶向企业，{fresh} 个环节。" if fresh else "已在靶向企业清单里，补上了没有的内容。", "ok"
        )
        return redirect(url_for("targeting.show", target_id=made[0][0].id), 303)
    return render_template("targeting/new.html", form=form, zones=_zones(actor)), (
        422 if form.is_submitted() else 200
    )


def _first(actor: Actor) -> dict[str, Any]:
    data: dict[str, Any] = {"zone": request.args.get("zone", "")}
    place = queries.place_of(request.args.get("node", ""))
    data["node_ids"] = [str(place.id)] if place else [""]
    if (company_id := number(request.args.get("company"))) is not None:
        company = companies.find(actor, company_id)
        data |= {"company": company.name, "company_id": str(company.id)}
    return data


def _add(actor: Actor, form: NewTargetForm, zone_id: int | None) -> list[tuple[Target, bool]]:
    investor = Investor(number(form.company_id.data), str(form.company.data or "").strip())
    company, said, today = records.registered(actor, investor), form.draft(), clock.today()
    made = []
    nodes: list[int | None] = [*form.nodes] or [None]
    for node_id in nodes:
        draft = TargetDraft(node_id, said.entry_kind, said.entry_note, said.standing, said.owner_id)
        target, fresh = actions.add(actor, company, draft, today, zone_id=zone_id)
        if not fresh:
            actions.fill(actor, target, draft)
        made.append((target, fresh))
    if what := str(form.what.data or "").strip():
        if form.due_on.data is None:
            raise RuleBroken("写了下一步，还要写日期。请填上哪一天办。", "due_on")
        actions.plan(actor, made[0][0], what, form.due_on.data, today)
    return made


@bp.route("/targets/<int:target_id>/convert", methods=["GET", "POST"])
@guard.requires(PROJECT_WRITE)
def convert(target_id: int) -> Any:
    """A new lead of the zone at the target's link, or a project of the company that is there already."""
    actor = guard.current()
    target = queries.find(actor, target_id, PROJECT_WRITE)
    row = queries.row(actor, target_id)
    if row.project_code:
        return redirect(url_for("projects.show", code=row.project_code), 303)
    form = ConvertForm(data=None if request.method == "POST" else {"name": actions.proposed_name(target)})
    known = [(p.id, f"{p.name}（{p.code}）") for p in queries.linkable(actor, target)]
    zones = _zones(actor) if target.zone_id is None else []
    form.offer(known, zones)
    ids = {zone.code: zone.id for zone in projects.all_zones()}
    done: list[Project] = []
    if form.validate_on_submit() and edges.attempt(
        form,
        lambda: done.append(actions.convert(actor, target, form.draft(ids), clock.today(), clock.now())[0]),
    ):
        flash("已转为项目。靶向企业和项目互相可以打开。", "ok")
        return redirect(url_for("projects.show", code=done[0].code), 303)
    page = render_template(
        "targeting/convert.html", form=form, r=queries.row(actor, target_id), zones=zones, known=known
    )
    return page, 422 if form.is_submitted() else 200
