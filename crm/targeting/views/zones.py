"""What each zone means to specialise in: its leading chains within the plan's limits, kept by the bureau."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for

from crm.accounts.permissions import BOARD_SEE, PLAN_EDIT, PROJECT_SEE
from crm.chains import queries as chains
from crm.chains.models import Chain
from crm.core import clock
from crm.core.db import db
from crm.core.errors import Conflict, NotFound
from crm.targeting.actions import plans as actions
from crm.targeting.forms.plans import ZoneChainForm
from crm.targeting.queries import plans as queries
from crm.targeting.rules import plans as rules
from crm.targeting.rules.plans import ChainRole
from crm.targeting.views import bp
from crm.web import edges, guard
from crm.zones import queries as zones
from crm.zones.models import Zone


@bp.get("/chains/zones")
@guard.requires(PROJECT_SEE)
def zone_chains() -> Any:
    return render_template(
        "targeting/zones.html",
        rows=queries.zone_lines(),
        plan_item=rules.PLAN_ITEM,
        may_edit=guard.current().can(PLAN_EDIT),
    )


def zone_or_404(code: str) -> Zone:
    zone = zones.by_code(code)
    if zone is None:
        raise NotFound()
    return zone


def _chain(code: str) -> Chain:
    chain = chains.by_code(code)
    if chain is None or not chain.active:
        raise NotFound()
    return chain


@bp.route("/chains/zones/<zone_code>", methods=["GET", "POST"])
@guard.requires(PROJECT_SEE)
def zone(zone_code: str) -> Any:
    """A zone's chains and its yearly plans; the form is the bureau's."""
    actor, found = guard.current(), zone_or_404(zone_code)
    form = ZoneChainForm()
    form.offer([(row.code, row.name) for row in chains.chains()])
    if request.method == "POST":
        actor.require(PLAN_EDIT)
    if form.validate_on_submit() and edges.attempt(
        form,
        lambda: actions.set_chain(
            actor,
            found,
            _chain(str(form.chain.data)),
            ChainRole(form.kind.data),
            str(form.source.data or ""),
            to_confirm=bool(form.to_confirm.data),
        ),
    ):
        flash(f"{found.short_name}的产业链已保存。", "ok")
        return redirect(url_for("targeting.zone", zone_code=zone_code), 303)
    rows, today = queries.zone_chains(zone_id=found.id), clock.today()
    leading = sum(1 for row in rows if row.kind is ChainRole.LEADING)
    return render_template(
        "targeting/zone.html",
        zone=found,
        rows=rows,
        hint=rules.leading_hint(found.level, leading),
        limits=rules.limits(found.level),
        plan_item=rules.PLAN_ITEM,
        form=form,
        plans=_plans(found, today) if actor.can(BOARD_SEE) else (),
        may_edit=actor.can(PLAN_EDIT),
    ), 422 if form.is_submitted() else 200


def _plans(found: Zone, today: Any) -> list[tuple[int, Any]]:
    """This year's plan and those of the years before that have one, where the reader's reach has the zone."""
    actor = guard.current()
    each = [
        (year, row)
        for year in queries.years(today)
        for row in queries.of_year(actor, year, today, found.id)
        if year == today.year or row.id is not None
    ]
    return each


@bp.post("/chains/zones/<zone_code>/drop")
@guard.requires(PLAN_EDIT)
def zone_drop(zone_code: str) -> Any:
    found, chain = zone_or_404(zone_code), _chain(request.form.get("chain", ""))
    try:
        actions.drop_chain(guard.current(), found, chain)
        edges.commit()
        flash(f"{chain.name}已不在{found.short_name}名下。", "ok")
    except Conflict as moved:
        db.session.rollback()
        flash(moved.message, "warn")
    return redirect(url_for("targeting.zone", zone_code=zone_code), 303)
