"""Months and their closing."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for

from crm.accounts import permissions as p
from crm.core import clock
from crm.core.actor import Actor
from crm.core.paging import Window
from crm.pipeline import actions, queries, rules
from crm.pipeline.forms import LockForm
from crm.pipeline.queries import AdjustmentFilter
from crm.pipeline.views import bp
from crm.pipeline.views.counted import months
from crm.projects import queries as projects
from crm.web import edges, guard

#: Which of an adjustment's two months is meant; neither: both.
PARTS = {"about": "原属", "carried": "记入"}


def _page(form: LockForm) -> str:
    today = clock.today()
    return render_template(
        "pipeline/periods.html",
        rows=queries.periods(months(today)),
        this_month=rules.month_of(today),
        form=form,
    )


@bp.get("/recognition/periods")
@guard.requires(p.RECOGNISE)
def periods() -> Any:
    return _page(LockForm(formdata=None))


def adjustments_asked(actor: Actor) -> AdjustmentFilter:
    month, code = request.args.get("month", ""), request.args.get("project", "")
    if month:
        rules.first_of_month(month)
    part = request.args.get("part", "")
    return AdjustmentFilter(
        month, projects.find(actor, code) if code else None, part if month and part in PARTS else ""
    )


@bp.get("/recognition/adjustments")
@guard.requires(p.PROJECT_SEE)
def adjustments() -> Any:
    """What closed months keep while the open month knows it otherwise; each line leads to its project."""
    actor = guard.current()
    wanted = adjustments_asked(actor)
    month, project = wanted.month, wanted.project
    window = Window(after=request.args.get("after"), page=request.args.get("page", 1, type=int))
    found = queries.adjustments(actor, window, wanted)
    code = project.code if project else ""
    asked = (("month", month), ("project", code), ("part", wanted.part))
    kept: dict[str, Any] = {k: v for k, v in asked if v}
    following = url_for("pipeline.adjustments", **kept, after=found.next_token) if found.next_token else None
    return render_template(
        "pipeline/adjustments.html",
        page=found,
        month=month,
        project=project,
        part=PARTS.get(wanted.part, ""),
        months=[(m, m) for m in months(clock.today())],
        next_url=following,
    )


@bp.post("/recognition/periods/<month>/lock")
@guard.requires(p.RECOGNISE)
def lock(month: str) -> Any:
    actor, form = guard.current(), LockForm()
    if form.validate() and edges.attempt(
        form, lambda: actions.lock_month(actor, month, clock.today(), clock.now())
    ):
        flash(f"{month} 已结账。以后认定到这个月的日期记入下一个未结账的月份。", "ok")
        return redirect(url_for("pipeline.periods"), 303)
    return _page(form), 422
