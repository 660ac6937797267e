"""Making the file of an export, at once for a page or in the background."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from flask import current_app, g, request

from crm.accounts.permissions import EXPORT, PLAN_EDIT
from crm.accounts.rules import ROLE_LABELS
from crm.assignments import views as assignments
from crm.chains.views import due as chains_due
from crm.chains.views import overview as chains
from crm.companies.rules import Filters as CompanyFilters
from crm.core import clock, memo
from crm.core.actor import Actor
from crm.core.errors import RuleBroken
from crm.exports import actions, sheets
from crm.exports.jobs import words
from crm.exports.rules import Format
from crm.exports.sheets import work
from crm.exports.sheets.followups import DutyFigures
from crm.exports.sheets.lists import LISTS, Listing
from crm.filings.views import disputes, transfers
from crm.filings.views import listing as filings
from crm.followups import views as followups
from crm.followups.views import figures as duty_figures
from crm.pipeline.views import counted, invested, months, neglected, periods, queue, stuck, truth
from crm.projects.views import asked as projects_asked
from crm.settings import queries as settings
from crm.targeting.views import listing as targets
from crm.targeting.views import rank as ranking
from crm.tasks.actions import Progress
from crm.tasks.jobs import files, worker
from crm.tasks.models import Task
from crm.visits.rules import OccasionKind
from crm.visits.views import cards as visit_cards
from crm.visits.views import counting as visit_figures
from crm.visits.views import occasions, stations
from crm.visits.views import record as visits


def _followups(actor: Actor, today: date) -> Any:
    mine = request.args.get("who", "mine") != "all"
    return followups.part_asked(request.args.get("part", "open"), followups.filters_asked(mine), today)


def _months(actor: Actor, today: date) -> Any:
    return invested.asked(actor, request.args.get("code", ""))


def _chain(actor: Actor) -> Any:
    """The table of links has the retired ones for whoever may bring them back."""
    return chains.seen(actor, request.args.get("code", ""), retired=actor.can(PLAN_EDIT))


def _lead(actor: Actor) -> chains.LeadSeen:
    return chains.lead_seen(actor, request.args.get("code", ""))


def _kind() -> OccasionKind | None:
    code = request.args.get("kind", "")
    return OccasionKind(code) if code in set(OccasionKind) else None


#: How the page of each list reads its own address; what it reads is what is exported.
_READERS: Mapping[str, Callable[[Actor, date], Any]] = {
    "companies": lambda actor, today: CompanyFilters.of(request.args),
    "projects": projects_asked.filter_asked,
    "visits": lambda actor, today: visits.filters_asked(),
    "occasions": lambda actor, today: occasions.filters_asked(_kind()),
    "trips": lambda actor, today: occasions.filters_asked(OccasionKind.TRIP),
    "stations": lambda actor, today: stations.filters_asked(),
    "figures": lambda actor, today: work.Figures(visit_figures.asked(), visit_figures.by_asked()),
    "cards": lambda actor, today: work.Cards(
        visit_cards.month_asked(), actor.zone_id or request.args.get("zone", type=int)
    ),
    "followups": _followups,
    "duty_figures": lambda actor, today: DutyFigures(duty_figures.asked(), duty_figures.by_asked()),
    "recognition": lambda actor, today: queue.filter_asked(),
    "counted": lambda actor, today: counted.counted_asked(),
    "transfers": lambda actor, today: transfers.asked(),
    "adjustments": lambda actor, today: periods.adjustments_asked(actor),
    "truth": lambda actor, today: truth.filter_asked(actor),
    "investment": months.filter_asked,
    "investment_zones": months.filter_asked,
    "project_months": _months,
    "stuck": stuck.filter_asked,
    "neglected": lambda actor, today: neglected.filter_asked(actor),
    "demands": lambda actor, today: followups.demands_asked(),
    "escalations": lambda actor, today: followups.ladder_asked(),
    "assignments": lambda actor, today: assignments.filter_asked(),
    "filings": lambda actor, today: filings.filter_asked(),
    "pool": lambda actor, today: None,
    "disputes": lambda actor, today: disputes.states_asked(),
    "sanctions": lambda actor, today: None,
    "check_hits": lambda actor, today: None,
    "targets": lambda actor, today: targets.asked(actor),
    "targets_pending": lambda actor, today: None,
    "campaigns": lambda actor, today: None,
    "target_ranking": lambda actor, today: ranking.asked(actor),
    "chains": lambda actor, today: chains.all_seen(actor),
    "chain_due": lambda actor, today: chains_due.asked(),
    "chain_links": lambda actor, today: _chain(actor),
    "chain_pipeline": lambda actor, today: chains.seen(actor, request.args.get("code", "")),
    "chain_gaps": lambda actor, today: _lead(actor),
    "chain_stuck": lambda actor, today: _lead(actor),
    "chain_targets": lambda actor, today: _lead(actor),
}


def filters_asked(listing: Listing, actor: Actor, today: date) -> Any:
    """The filters of the present request's address."""
    return _READERS[listing.name](actor, today)


def filters_of(listing: Listing, asked: Mapping[str, str], actor: Actor, today: date) -> Any:
    """The same from a kept address, outside of any request."""
    with current_app.test_request_context(query_string=dict(asked)):
        g.actor = actor
        filters = filters_asked(listing, actor, today)
    memo.begin()
    return filters


def write(
    path: Path, form: Format, listing: Listing, asked: Mapping[str, str], rows: Iterator[Any], actor: Actor
) -> int:
    """Streams the rows into `path` with the actor's mark under them; returns how many there were."""
    now, role = clock.now(), ROLE_LABELS[actor.role] if actor.role else ""
    return sheets.write(
        path,
        form,
        listing.title,
        listing.columns(asked),
        rows,
        lambda count: sheets.watermark(actor, role, now, count),
    )


def file_name(listing: Listing, form: Format) -> str:
    return f"{listing.title}-{clock.local(clock.now()):%Y%m%d-%H%M}.{form.value}"


def _reported(rows: Iterator[Any], total: int, progress: Progress) -> Iterator[Any]:
    for number, row in enumerate(rows, 1):
        if number % 500 == 0:
            progress(number, total, "正在生成文件")
        yield row


def make(task: Task, progress: Progress) -> dict[str, Any]:
    """Payload: list, asked, format, and `request` where somebody approved it. The file is kept for 30 days."""
    actor, today = worker.actor_of(task), clock.today()
    actor.require(EXPORT)
    listing, form = LISTS[task.payload["list"]], Format(task.payload["format"])
    asked: dict[str, str] = task.payload["asked"]
    listing.check(actor)
    with files.kept(task, form.value) as (name, path), files.reading():
        filters = filters_of(listing, asked, actor, today)
        total = listing.count(actor, filters, today)
        _check_size(task, total)
        rows = listing.rows(actor, filters, asked, today)
        written = write(path, form, listing, asked, _reported(rows, total, progress), actor)
    actions.made(actor, listing.title, written, words.of(listing.name, asked), form.value)
    return {
        "file": name,
        "name": file_name(listing, form),
        "rows": written,
        "message": f"共 {written} 行，文件保留三十天。",
    }


def _check_size(task: Task, total: int) -> None:
    large = settings.value("export_large_rows")
    if total > large and "request" not in task.payload:
        raise RuleBroken(f"现在有 {total} 行，超过 {large} 行需要批准。请重新导出并提出申请。")


TASKS = {"exports.make": make}
