"""The weeks, what the present one holds, who has not written yet, and the workbook."""

from typing import Any

from flask import Blueprint, render_template, request, url_for

from crm.accounts import permissions as p
from crm.core import clock
from crm.settings import queries as settings
from crm.web import guard
from crm.weekly import files, preview, queries, rules
from crm.weekly.rules import Issue, Report

bp = Blueprint("weekly", __name__)

#: How many weeks the list goes back.
WEEKS = 16


@bp.get("/weekly")
@guard.requires(p.BOARD_SEE)
def index() -> Any:
    actor, now = guard.current(), clock.now()
    label, zone = request.args.get("week"), request.args.get("zone") or None
    report = queries.report(actor, queries.week(label, now), now, zone)
    issues = queries.issues(rules.weeks_back(now, settings.calendar(), WEEKS))
    tabs = preview.previews(report)
    asked = request.args.get("tab", "")
    current = next((tab for tab in tabs if tab.key == asked), tabs[0])
    return render_template(
        "weekly/index.html",
        report=report,
        total=report.total(),
        current=current,
        tabs=[_tab(tab, current, report, zone) for tab in tabs],
        issues=[_issue(issue, report, zone) for issue in issues],
        zones=[(z.code, z.short_name) for z in queries.zones(actor)],
        zone=zone or "",
        known=clock.local(report.known_at),
        download_url=url_for("weekly.download", week=report.issue.week.label, zone=zone),
    )


def _tab(tab: preview.Preview, current: preview.Preview, report: Report, zone: str | None) -> dict[str, Any]:
    url = url_for("weekly.index", week=report.issue.week.label, zone=zone, tab=tab.key)
    return {
        "label": tab.label,
        "url": url,
        "count": None if tab.key == "overview" else tab.total,
        "current": tab is current,
    }


def _issue(issue: Issue, report: Report, zone: str | None) -> dict[str, Any]:
    label = issue.week.label
    return {
        "issue": issue,
        "url": url_for("weekly.index", week=label, zone=zone),
        "download": url_for("weekly.download", week=label, zone=zone),
        "current": label == report.issue.week.label,
    }


@bp.get("/weekly/<week>/download")
@guard.requires(p.EXPORT)
def download(week: str) -> Any:
    """The workbook; a protected view, so it is on the record."""
    actor = guard.current()
    actor.require(p.BOARD_SEE)
    return files.send(actor, week, request.args.get("zone") or None)
