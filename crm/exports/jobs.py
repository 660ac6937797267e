"""Making the file of an export, at once for a page or in the background."""

import dataclasses
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from flask import current_app, g, request

from crm.accounts.permissions import EXPORT
from crm.accounts.rules import ROLE_LABELS
from crm.companies.rules import Filters as CompanyFilters
from crm.core import clock, memo
from crm.core import db as database
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.errors import RuleBroken
from crm.exports import actions, sheets
from crm.exports.rules import Format
from crm.exports.sheets.lists import LISTS, Listing
from crm.followups import views as followups
from crm.pipeline import queries as pipeline
from crm.projects import queries as projects
from crm.projects.models import Project
from crm.projects.views import asked as projects_asked
from crm.settings import queries as settings
from crm.tasks.actions import Progress
from crm.tasks.jobs import worker
from crm.tasks.models import Task
from crm.visits.views import record as visits

FOLDER = "exports"
_MOST_SIFTED = 200_000


def _projects(actor: Actor, today: date) -> projects.Filter:
    wanted = projects_asked.filter_asked()
    state = projects_asked.light_asked()
    if not state:
        return wanted
    ids = projects.ids_of(actor, wanted, _MOST_SIFTED)
    lights = pipeline.lights_of(ids, today)
    chosen = [number for number in ids if number in lights and str(lights[number].state) == state]
    return dataclasses.replace(wanted, extra=(Project.id.in_(chosen),))


def _followups(actor: Actor, today: date) -> Any:
    mine = request.args.get("who", "mine") != "all"
    return followups.part_asked(request.args.get("part", "open"), followups.filters_asked(mine), today)


#: How the page of each list reads its own address; what it reads is what is exported.
_READERS: Mapping[str, Callable[[Actor, date], Any]] = {
    "companies": lambda actor, today: CompanyFilters.of(request.args),
    "projects": _projects,
    "visits": lambda actor, today: visits.filters_asked(),
    "followups": _followups,
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


@contextmanager
def _reading() -> Iterator[None]:
    """Nobody else's writing waits for a long read: on SQLite the transaction is opened as one that only reads."""
    db.session.rollback()
    token = database.reading.set(True)
    try:
        yield
    finally:
        db.session.rollback()
        database.reading.reset(token)


def write(path: Path, form: Format, listing: Listing, rows: Iterator[Any], actor: Actor) -> int:
    """Streams the rows into `path` with the actor's mark under them; returns how many there were."""
    now, role = clock.now(), ROLE_LABELS[actor.role] if actor.role else ""
    return sheets.write(
        path,
        form,
        listing.title,
        listing.columns(),
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
    name = f"{FOLDER}/{task.id}-{secrets.token_hex(8)}.{form.value}"
    path = current_app.config["CRM"].data_dir / name
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with _reading():
            filters = filters_of(listing, asked, actor, today)
            total = listing.count(actor, filters, today)
            _check_size(task, total)
            rows = listing.rows(actor, filters, asked.get("sort", ""), today)
            written = write(path, form, listing, _reported(rows, total, progress), actor)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    actions.made(actor, listing.title, written, asked, form.value)
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
