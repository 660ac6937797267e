"""Acts on the selected projects of the list: each is done or refused by itself, and every refusal says whose and why."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from flask import flash, redirect, request, url_for

from crm.accounts.permissions import EXPORT, PROJECT_WRITE, VISIT_LOG
from crm.core import clock, dates
from crm.core.actor import Actor
from crm.core.errors import RuleBroken
from crm.followups import actions as followups
from crm.projects import actions, queries
from crm.projects.models import Project
from crm.projects.views import asked, bp
from crm.web import bulk as bulk_acts
from crm.web import edges, guard

_VERBS = {"owner": PROJECT_WRITE, "copy": PROJECT_WRITE, "date": VISIT_LOG, "export": EXPORT}

Act = Callable[[Actor, Project], Any]


def _owner(today: date) -> Act:
    raw = request.form.get("owner_id", "")
    if not (raw.isdecimal() and len(raw) < 10):
        raise RuleBroken("没有选择责任人。请在右侧选好人再点。")
    return lambda actor, project: actions.set_owner(actor, project, int(raw), today)


def _date(today: date) -> Act:
    """Moves the next open duty of a project to a day, or states one where there is none."""
    read = dates.parse(request.form.get("due_on", ""), today=today)
    if read is None or read.precision is not dates.Precision.DAY:
        raise RuleBroken("没有填日期。请写到哪一天，如 2026-12-01。")
    what = request.form.get("what", "").strip()[:200] or "跟进项目"
    due_on = read.on
    return lambda actor, project: followups.set_next(actor, project, due_on, what, today)


def _copy(today: date) -> Act:
    return lambda actor, project: actions.copy_last_week(actor, project, clock.now())


_ACTS: dict[str, Callable[[date], Act]] = {"owner": _owner, "date": _date, "copy": _copy}


@bp.post("/projects/bulk")
@guard.requires(PROJECT_WRITE, VISIT_LOG, EXPORT)
def bulk() -> Any:
    """One act on the selected projects; what a rule refuses is named with its project, the rest is done."""
    actor, act = guard.current(), request.form.get("act", "")
    back = edges.path_inside(request.form.get("back")) or url_for("projects.index")
    ids = bulk_acts.ticked()
    verb = _VERBS.get(act, PROJECT_WRITE)
    actor.require(verb)
    projects = queries.find_many(actor, ids, verb)
    if not projects:
        flash("没有选中可以办理的项目。请先勾选。", "warn")
        return redirect(back)
    if act == "export":
        return redirect(_export_url(projects, back))
    try:
        do = _ACTS.get(act, _owner)(clock.today())
    except RuleBroken as broken:
        flash(broken.message, "warn")
        return redirect(back)
    refused = bulk_acts.each(projects, lambda project: project.name, lambda project: do(actor, project))
    bulk_acts.tell(len(projects), refused, len(ids), "个项目")
    return redirect(back)


def _export_url(projects: Sequence[Project], back: str) -> str:
    """The export of what is ticked, in the columns and the order that the list shows."""
    query: dict[str, Any] = {"ids": ".".join(str(project.id) for project in projects)}
    query |= {key: value for key, value in asked.parameters(back).items() if key in ("sort", "cols")}
    return url_for("exports.start", list="projects", **query)
