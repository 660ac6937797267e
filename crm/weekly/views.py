"""The weeks, what the present one holds, who has not written yet, and the workbook."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from crm.accounts import permissions as p
from crm.core import clock
from crm.core.actor import Actor
from crm.settings import queries as settings
from crm.web import edges, guard
from crm.weekly import actions, files, preview, queries, rules
from crm.weekly.rules import Issue, Outline

bp = Blueprint("weekly", __name__)

#: How many weeks the list goes back.
WEEKS = 16


@bp.get("/weekly")
@guard.requires(p.BOARD_SEE)
def index() -> Any:
    actor, now = guard.current(), clock.now()
    zone = request.args.get("zone") or None
    asked = preview.Asked(actor, queries.week(request.args.get("week"), now), now, zone)
    outline = queries.outline(actor, asked.week, now, zone)
    current = next((tab for tab in preview.TABS if tab.key == request.args.get("tab")), preview.TABS[0])
    issues = queries.issues(rules.weeks_back(now, settings.calendar(), WEEKS))
    large = _large(queries.size(actor, zone))
    return render_template(
        "weekly/index.html",
        report=outline,
        total=outline.figures.total,
        current=current,
        rows=current.shown(outline, asked),
        more=current.more(outline),
        whole=_whole(current, zone),
        tabs=[_tab(tab, current, outline, zone) for tab in preview.TABS],
        issues=[_issue(issue, outline, zone) for issue in issues],
        zones=[(z.code, z.short_name) for z in queries.zones(actor)],
        zone=zone or "",
        known=clock.local(outline.known_at),
        large=large,
        workbook_url=url_for(
            "weekly.make" if large else "weekly.download", week=outline.issue.week.label, zone=zone
        ),
    )


def _large(projects: int) -> bool:
    """Whether the workbook takes longer than a page may."""
    return bool(projects > settings.value("weekly_at_once"))


def _whole(tab: preview.Tab, zone: str | None) -> tuple[str, str] | None:
    """Words and address of the list that a tab shows the beginning of."""
    if tab.whole is None:
        return None
    words, endpoint, more = tab.whole
    # Only the list of projects names zones by their code.
    args: dict[str, Any] = {**more, "zone": zone if endpoint == "projects.index" else None}
    return words, url_for(endpoint, **args)


def _tab(tab: preview.Tab, current: preview.Tab, outline: Outline, zone: str | None) -> dict[str, Any]:
    url = url_for("weekly.index", week=outline.issue.week.label, zone=zone, tab=tab.key)
    return {"label": tab.label, "url": url, "count": tab.total(outline), "current": tab is current}


def _issue(issue: Issue, report: Outline, zone: str | None) -> dict[str, Any]:
    label = issue.week.label
    return {
        "issue": issue,
        "url": url_for("weekly.index", week=label, zone=zone),
        "current": label == report.issue.week.label,
    }


def _asked_workbook(week: str) -> tuple[Actor, str, str | None]:
    """Who asks for which week within which zone; refused like the page where the week or the zone is not his."""
    actor, zone = guard.current(), request.args.get("zone") or None
    actor.require(p.BOARD_SEE)
    return actor, queries.week(week, clock.now()).label, zone


@bp.get("/weekly/<week>/download")
@guard.requires(p.EXPORT)
def download(week: str) -> Any:
    """The workbook of a small city; a protected view, so it is on the record. A large one is made in the background."""
    actor, label, zone = _asked_workbook(week)
    if _large(queries.size(actor, zone)):
        flash("项目较多，周报要在后台生成。请点生成周报。", "info")
        return redirect(url_for("weekly.index", week=label, zone=zone), 303)
    return files.send(actor, label, zone)


@bp.post("/weekly/<week>/workbook")
@guard.requires(p.EXPORT)
def make(week: str) -> Any:
    """Has the workbook made by the worker; one waits on the task's page."""
    actor, label, zone = _asked_workbook(week)
    queries.size(actor, zone)
    task_id = actions.in_background(actor, label, zone).id
    edges.commit()
    return redirect(url_for("tasks.status", task_id=task_id), 303)
