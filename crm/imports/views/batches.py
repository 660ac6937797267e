"""History, the check before the commit, the commit itself, taking it back, the workbook of problems."""

import io
import tempfile
from pathlib import Path
from typing import Any

from flask import flash, redirect, render_template, request, send_file, url_for

from crm.accounts.permissions import IMPORT_RUN
from crm.audit import actions as audit
from crm.core import clock
from crm.core.actor import Actor
from crm.core.errors import Conflict, NotFound
from crm.imports import actions, queries, sheets
from crm.imports.jobs import folder, poll_url
from crm.imports.models import ImportBatch
from crm.imports.rules import KIND_LABELS, STATE_LABELS, BatchKind, BatchState, RowAction
from crm.imports.views import asking, bp, sheet, wizard
from crm.settings import queries as settings
from crm.tasks import actions as tasks
from crm.web import edges, guard

_PER_PAGE = 100
_MOST_PROBLEMS = 20_000


@bp.get("/imports")
@guard.requires(IMPORT_RUN)
def index() -> Any:
    return render_template(
        "imports/index.html", batches=queries.recent(guard.current()), states=STATE_LABELS, kinds=KIND_LABELS
    )


@bp.get("/imports/<int:batch_id>")
@guard.requires(IMPORT_RUN)
def show(batch_id: int) -> Any:
    """What the batch waits for: reading, a check, or nothing more."""
    batch = queries.find(guard.current(), batch_id)
    if batch.state is BatchState.READ:
        return _check(batch)
    if queries.stranded(batch):
        return _broken_off(batch)
    undoing = batch.state is BatchState.COMMITTED and batch.undone_at is not None
    if undoing or batch.state in (BatchState.READING, BatchState.COMMITTING, BatchState.UPLOADED):
        poll = poll_url(batch.task_id) if batch.task_id else ""
        return render_template(
            "imports/waiting.html",
            batch=batch,
            what=KIND_LABELS[batch.kind],
            poll=poll,
            what_now="正在撤销"
            if undoing
            else "正在入库"
            if batch.state is BatchState.COMMITTING
            else "正在读取",
            steps=wizard.steps(batch, 4 if undoing or batch.state is BatchState.COMMITTING else 1),
        )
    return _result(batch)


def _broken_off(batch: ImportBatch) -> Any:
    """A commit or an undo that nobody goes on with: the person says which way it goes."""
    return render_template(
        "imports/broken_off.html",
        batch=batch,
        what=KIND_LABELS[batch.kind],
        done=queries.made(batch),
        may_go_on=batch.undone_at is None,
        steps=wizard.steps(batch, 4),
    )


def _check(batch: ImportBatch) -> Any:
    if not batch.sheets:
        raise NotFound()
    chosen = request.args.get("sheet", "")
    found = next((s for s in batch.sheets if s["name"] == chosen), batch.sheets[0])
    kind = request.args.get("kind") or asking.first_kind(batch)
    question = asking.question(batch, kind)
    if question and not chosen:
        name = question.place.rsplit("!", 1)[0]
        found = next((s for s in batch.sheets if s["name"] == name), found)
    after = request.args.get("after", "0")
    only = request.args.get("kind", "") if request.args.get("pick") else ""
    rows = queries.rows(
        batch.id,
        sheet=found["name"],
        kind=only,
        after=int(after) if after.isdigit() else 0,
        most=_PER_PAGE + 1,
    )
    current = (question.place, question.column) if question else None
    view = sheet.build(batch, found, rows, _PER_PAGE, current)
    return render_template(
        "imports/check.html",
        batch=batch,
        what=KIND_LABELS[batch.kind],
        view=view,
        groups=asking.groups(batch),
        kind=kind,
        pick=only,
        question=question,
        steps=wizard.steps(batch, 3),
        counts=batch.counts,
        hours=settings.value("import_undo_hours"),
    )


_LISTS = {
    BatchKind.PROJECTS: "projects.index",
    BatchKind.COMPANIES: "companies.index",
    BatchKind.INVESTMENT: "pipeline.investments",
    BatchKind.TARGETS: "targeting.index",
}


def _result(batch: ImportBatch) -> Any:
    hours = settings.value("import_undo_hours")
    until = batch.committed_at and (clock.now() - batch.committed_at).total_seconds() < hours * 3600
    return render_template(
        "imports/result.html",
        batch=batch,
        what=KIND_LABELS[batch.kind],
        counts=batch.counts,
        hours=hours,
        may_undo=batch.state is BatchState.COMMITTED and bool(until),
        left=[line for line in batch.message.splitlines() if line]
        if batch.state is BatchState.UNDONE
        else [],
        steps=wizard.steps(batch, 5),
        list_url=_list_url(batch),
    )


def _list_url(batch: ImportBatch) -> str:
    """Where what was brought in is seen; of a monthly sheet, the month of its first row."""
    if batch.kind is not BatchKind.INVESTMENT:
        return url_for(_LISTS[batch.kind])
    written = queries.rows(batch.id, actions=(RowAction.NEW, RowAction.UPDATE), most=1)
    return url_for(_LISTS[batch.kind], month=written[0].fields["month"] if written else None)


# --- commit and undo ------------------------------------------------------------------------------


@bp.get("/imports/<int:batch_id>/ready")
@guard.requires(IMPORT_RUN)
def ready(batch_id: int) -> Any:
    """The last look: what will happen, in numbers."""
    batch = queries.find(guard.current(), batch_id)
    if batch.state is not BatchState.READ:
        return redirect(url_for("imports.show", batch_id=batch.id))
    kinds = batch.counts.get("kinds", {})
    return render_template(
        "imports/ready.html",
        batch=batch,
        what=KIND_LABELS[batch.kind],
        counts=batch.counts,
        kinds=kinds,
        total=batch.counts["new"] + batch.counts["updated"],
        hours=settings.value("import_undo_hours"),
        steps=wizard.steps(batch, 4),
    )


@bp.post("/imports/<int:batch_id>/commit")
@guard.requires(IMPORT_RUN)
def commit(batch_id: int) -> Any:
    """Small batches here and now, long ones in the background. Pressing twice commits once."""
    actor = guard.current()
    batch = queries.find(actor, batch_id)
    actions.claim(batch)
    if batch.counts.get("rows", 0) > actions.INLINE_ROWS:
        batch.task_id = tasks.enqueue(actor, "imports.commit", {"batch_id": batch.id}).id
        edges.commit()
        return redirect(url_for("imports.show", batch_id=batch.id))
    actions.commit(actor, batch, clock.now(), clock.today())
    edges.commit()
    actions.forget_file(batch, folder())
    return redirect(url_for("imports.show", batch_id=batch.id))


@bp.post("/imports/<int:batch_id>/undo")
@guard.requires(IMPORT_RUN)
def undo(batch_id: int) -> Any:
    """Short batches here and now, long ones in the background, in steps that let other writers in."""
    actor = guard.current()
    batch = queries.find(actor, batch_id)
    if batch.counts.get("rows", 0) > actions.INLINE_ROWS:
        actions.claim_undo(actor, batch, clock.now())
        batch.task_id = tasks.enqueue(actor, "imports.undo", {"batch_id": batch.id}).id
        edges.commit()
        return redirect(url_for("imports.show", batch_id=batch_id))
    undone = actions.undo(actor, batch, clock.now())
    edges.commit()
    flash(
        f"已撤销：删除 {undone.removed} 条，恢复 {undone.restored} 条，保留 {undone.left_count} 条。",
        "ok" if not undone.left_count else "warn",
    )
    return redirect(url_for("imports.show", batch_id=batch_id))


@bp.post("/imports/<int:batch_id>/discard")
@guard.requires(IMPORT_RUN)
def discard(batch_id: int) -> Any:
    """Gives a batch up before its commit; the file goes."""
    batch = queries.find(guard.current(), batch_id)
    if batch.state not in (BatchState.READ, BatchState.FAILED):
        raise Conflict("这一批已经入库或正在处理，不能放弃。入库后可以撤销。")
    actions.discard(batch)
    edges.commit()
    actions.forget_file(batch, folder())
    flash("已放弃这一批，没有写入任何内容。", "ok")
    return redirect(url_for("imports.index"))


@bp.post("/imports/<int:batch_id>/problems.xlsx")
@guard.requires(IMPORT_RUN)
def problems(batch_id: int) -> Any:
    """Rows with errors as they were sent, the reason beside each cell. The sender's own numbers are in it, so it is logged."""
    actor = guard.current()
    batch = queries.find(actor, batch_id)
    rows = queries.rows(batch.id, actions=(RowAction.ERROR,), most=_MOST_PROBLEMS)
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "problems.xlsx"
        sheets.write(path, batch.sheets, map(sheets.of_staged, rows))
        content = path.read_bytes()
    name = f"问题清单-{Path(batch.filename).stem}.xlsx"
    _log(actor, batch, len(rows))
    return send_file(
        io.BytesIO(content),
        as_attachment=True,
        download_name=name,
        mimetype="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    )


def _log(actor: Actor, batch: ImportBatch, rows: int) -> None:
    audit.record(
        actor,
        "export.made",
        audit.Subject("import", batch.id, batch.filename, batch.zone_id),
        note=f"导入问题清单 {rows} 行",
    )
    edges.commit()
