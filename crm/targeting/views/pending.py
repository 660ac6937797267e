"""Targets that wait for their link: what the register proposes, confirmed by a person, a page at a time or a whole selection."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request, url_for

from crm.accounts.permissions import PROJECT_WRITE
from crm.core import clock
from crm.core.paging import Window
from crm.targeting import actions, queries
from crm.targeting.forms.targets import number
from crm.targeting.models import Target
from crm.targeting.rules.proposals import Proposal
from crm.targeting.views import bp
from crm.targeting.views.listing import zones_offered
from crm.tasks import actions as tasks
from crm.web import bulk, edges, guard

_AT_ONCE = 50
#: So many are confirmed while the person waits.
_INLINE = 200


@bp.get("/targets/pending")
@guard.requires(PROJECT_WRITE)
def pending() -> Any:
    actor = guard.current()
    window = Window(
        _AT_ONCE, request.args.get("after") or None, max(request.args.get("page", 1, type=int), 1)
    )
    page = queries.pending_page(actor, window, queries.waiting(actor))
    following = None
    if page.next_token:
        following = url_for("targeting.pending", after=page.next_token, page=window.page + 1)
    return render_template(
        "targeting/pending.html",
        page=page,
        next_url=following,
        first_url=url_for("targeting.pending") if window.after else None,
        places=queries.places(),
    )


@dataclass(frozen=True, slots=True)
class Offer:
    """A link with the companies for which it is all but certain."""

    link: Proposal
    companies: Sequence[str]


@bp.get("/targets/pending/all")
@guard.requires(PROJECT_WRITE)
def pending_all() -> Any:
    """Every proposal that is all but certain, by link, with how many companies would take it."""
    actor, zone = guard.current(), request.args.get("zone", "")
    found = queries.sure(actor, zone)
    offers: dict[int, list[queries.Sure]] = {}
    for one in found:
        offers.setdefault(one.link.node_id, []).append(one)
    rows = [Offer(each[0].link, [one.company for one in each]) for each in offers.values()]
    return render_template(
        "targeting/pending_all.html",
        offers=sorted(rows, key=lambda offer: offer.link.code),
        total=len(found),
        waiting=queries.waiting(actor),
        upto=max((one.target_id for one in found), default=0),
        zone=zone,
        zones=zones_offered(actor),
    )


@bp.post("/targets/pending/all")
@guard.requires(PROJECT_WRITE)
def confirm_all() -> Any:
    """The links that are ticked, for the companies that were shown: a few here and now, many in the background."""
    actor, zone = guard.current(), request.form.get("zone", "")
    nodes = {int(raw) for raw in request.form.getlist("nodes") if raw.isdecimal() and len(raw) < 10}
    upto = number(request.form.get("upto")) or 0
    found = [one for one in queries.sure(actor, zone, upto) if one.link.node_id in nodes]
    if not found:
        flash("没有勾选环节，或这些企业已经确认过。请刷新后再选。", "warn")
        return redirect(url_for("targeting.pending_all", zone=zone or None), 303)
    if len(found) > _INLINE:
        payload = {"zone": zone, "upto": upto, "nodes": sorted(nodes)}
        task = tasks.enqueue(actor, "targets.confirm", payload, title=f"确认 {len(found)} 家企业的环节")
        edges.commit()
        return redirect(url_for("tasks.status", task_id=task.id), 303)
    refused = actions.confirm(actor, found, clock.today())
    edges.commit()
    bulk.tell(len(found), refused, len(found), "家企业")
    return redirect(url_for("targeting.pending"), 303)


@bp.post("/targets/pending")
@guard.requires(PROJECT_WRITE)
def confirm() -> Any:
    """Every ticked target takes the link chosen beside it, or is given up as no business of ours."""
    actor, today = guard.current(), clock.today()
    back = edges.path_inside(request.form.get("back")) or url_for("targeting.pending")
    ids = bulk.ticked()
    found = queries.find_many(actor, ids, PROJECT_WRITE)
    if not found:
        flash("没有勾选企业。请先勾选要确认的。", "warn")
        return redirect(back, 303)
    drop = request.form.get("act") == "drop"

    def settle(target: Target) -> None:
        if drop:
            actions.give_up(actor, target, "不属于重点产业链", today)
        else:
            chosen = number(request.form.get(f"node-{target.id}"))
            actions.place(actor, target, [chosen] if chosen else [], today)

    names = {target.id: actions.name_of(target) for target in found}
    bulk.tell(len(found), bulk.each(found, lambda t: names[t.id], settle), len(ids), "家企业")
    return redirect(back, 303)
