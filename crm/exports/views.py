"""Confirming an export, one's own exports and their files, and deciding on large ones."""

import io
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, send_file, url_for

from crm.accounts.permissions import EXPORT, WEEKLY_SIGN
from crm.audit import actions as audit
from crm.core import clock
from crm.core.actor import Actor
from crm.core.errors import NotFound, RuleBroken
from crm.exports import actions, jobs, queries, rules
from crm.exports.forms import ExportForm, RefusalForm
from crm.exports.jobs import words
from crm.exports.queries import RequestRow
from crm.exports.rules import MEDIA_TYPES, Format, Way
from crm.exports.sheets.lists import LISTS, Listing
from crm.settings import queries as settings
from crm.tasks import queries as tasks
from crm.tasks.jobs import files
from crm.web import edges, guard

bp = Blueprint("exports", __name__)


@bp.app_context_processor
def _export_address() -> dict[str, Any]:
    """`export_url("projects")` on a list page: the same filters, without the place in the list.

    `more` says what the list shows beyond its address (columns somebody chose).
    """

    def export_url(name: str, **more: str) -> str:
        kept = {key: value for key, value in request.args.items() if key not in ("after", "page")}
        address: dict[str, Any] = {**kept, **more, "list": name}
        return url_for("exports.start", **address)

    return {"export_url": export_url}


def _listing() -> Listing:
    listing = LISTS.get(request.args.get("list", ""))
    if listing is None:
        raise NotFound()
    listing.check(guard.current())
    return listing


@bp.route("/exports/new", methods=["GET", "POST"])
@guard.requires(EXPORT)
def start() -> Any:
    """?list=… (a name in LISTS) and that list's own filters."""
    actor, listing, form, today = guard.current(), _listing(), ExportForm(), clock.today()
    asked = rules.kept(request.args)
    filters = jobs.filters_asked(listing, actor, today)
    total, large = listing.count(actor, filters, today), settings.value("export_large_rows")
    way = rules.way_of(total, large)
    if form.validate_on_submit() and total:
        answer = _answer(way, listing, filters, asked, total, form, actor)
        if answer is not None:
            return answer
    return render_template(
        "exports/start.html",
        listing=listing,
        form=form,
        total=total,
        large=large,
        way=way.value,
        words=words.of(listing.name, asked),
        headings=[column.heading for column in listing.columns(asked)],
        back=url_for(listing.endpoint, **_query(asked)),
    ), 422 if form.is_submitted() else 200


def _query(asked: dict[str, str]) -> dict[str, Any]:
    return dict(asked)


def _answer(
    way: Way,
    listing: Listing,
    filters: Any,
    asked: dict[str, str],
    total: int,
    form: ExportForm,
    actor: Actor,
) -> Any:
    """The file, or where to wait for it; None when the form is to be shown again with an error."""
    kind = Format(form.format.data)
    if way is Way.AT_ONCE:
        return _file(listing, filters, asked, kind, actor)
    if way is Way.BACKGROUND:
        task = actions.in_background(actor, listing.name, listing.title, asked, kind.value)
        task_id = task.id
        edges.commit()
        return redirect(url_for("tasks.status", task_id=task_id), 303)
    reason = str(form.reason.data or "")
    if not edges.attempt(
        form,
        lambda: actions.ask(
            actor, listing.name, listing.title, asked, kind.value, total, reason, clock.now()
        ),
    ):
        return None
    flash("申请已提交，批准后会生成文件并告诉您。", "ok")
    return redirect(url_for("exports.index"), 303)


def _file(listing: Listing, filters: Any, asked: dict[str, str], kind: Format, actor: Actor) -> Any:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"list.{kind.value}"
        rows = listing.rows(actor, filters, asked, clock.today())
        written = jobs.write(path, kind, listing, asked, rows, actor)
        content = io.BytesIO(path.read_bytes())
    actions.made(actor, listing.title, written, words.of(listing.name, asked), kind.value)
    edges.commit()
    return send_file(
        content,
        mimetype=MEDIA_TYPES[kind],
        as_attachment=True,
        download_name=jobs.file_name(listing, kind),
    )


def _in_words(rows: Sequence[RequestRow]) -> list[tuple[RequestRow, str]]:
    return list(zip(rows, words.of_all([(row.list, row.asked) for row in rows]), strict=True))


@bp.get("/exports")
@guard.requires(EXPORT, WEEKLY_SIGN)
def index() -> Any:
    """What waits for the actor's decision, his own requests, and his files."""
    actor = guard.current()
    waiting = queries.waiting(actor) if actor.can(WEEKLY_SIGN) else []
    requests = queries.own_requests(actor)
    return render_template(
        "exports/index.html",
        waiting=_in_words(waiting),
        requests=_in_words(requests),
        tasks=queries.own_tasks(actor),
        titles={name: listing.title for name, listing in LISTS.items()},
        may_decide=actor.can(WEEKLY_SIGN),
    )


def _title(name: str) -> str:
    return LISTS[name].title if name in LISTS else name


@bp.post("/exports/<int:request_id>/approve")
@guard.requires(WEEKLY_SIGN)
def approve(request_id: int) -> Any:
    actor = guard.current()
    wanted = queries.to_decide(actor, request_id)
    actions.approve(actor, wanted, _title(wanted.list), clock.now())
    edges.commit()
    flash("已批准，正在为申请人生成文件。", "ok")
    return redirect(url_for("exports.index"), 303)


@bp.post("/exports/<int:request_id>/refuse")
@guard.requires(WEEKLY_SIGN)
def refuse(request_id: int) -> Any:
    actor, form = guard.current(), RefusalForm()
    wanted = queries.to_decide(actor, request_id)
    try:
        actions.refuse(actor, wanted, _title(wanted.list), str(form.reason.data or ""), clock.now())
        edges.commit()
    except RuleBroken as broken:
        flash(broken.message, "bad")
        return redirect(url_for("exports.index"), 303)
    flash("已退回申请人。", "ok")
    return redirect(url_for("exports.index"), 303)


@bp.get("/exports/tasks/<int:task_id>/download")
@guard.requires(EXPORT)
def download(task_id: int) -> Any:
    """The file of one's own export, as long as it is kept; each download is in the audit."""
    actor = guard.current()
    task = tasks.find(actor, task_id)
    folder = (current_app.config["CRM"].data_dir / files.FOLDER).resolve()
    path = (current_app.config["CRM"].data_dir / str(task.result.get("file", ""))).resolve()
    if not path.is_relative_to(folder) or not path.is_file():
        raise NotFound()
    name = str(task.result.get("name", path.name))
    audit.write_now(actor, "export.downloaded", audit.Subject("export", task_id, name, zone_id=actor.zone_id))
    return send_file(path, as_attachment=True, download_name=name)
