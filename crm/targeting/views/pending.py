"""Targets that wait for their link: what the register proposes, confirmed by a person, a page at a time."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for

from crm.accounts.permissions import PROJECT_WRITE
from crm.core import clock
from crm.core.paging import Window
from crm.targeting import actions, queries
from crm.targeting.forms.targets import number
from crm.targeting.models import Target
from crm.targeting.views import bp
from crm.web import bulk, edges, guard

_AT_ONCE = 50


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
