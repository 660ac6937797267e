"""Choosing a file, naming its columns, answering its problems."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for

from crm.accounts.permissions import IMPORT_RUN
from crm.core.actor import Actor, Scope
from crm.core.db import db
from crm.core.errors import Conflict, NotFound, RuleBroken
from crm.imports import actions, files, queries
from crm.imports.forms import UNITS, AnswerForm, UploadForm
from crm.imports.jobs import folder, read_steps
from crm.imports.models import ImportBatch
from crm.imports.rules import KIND_LABELS, BatchKind, BatchState, headings
from crm.imports.views import asking, bp, sheet
from crm.settings import queries as settings
from crm.tasks import actions as tasks
from crm.web import edges, guard

#: A file of this size has about two thousand rows: it is read while the person waits.
INLINE_BYTES = 512 * 1024
_SAMPLE = 8


def _kind(written: str) -> BatchKind:
    try:
        return BatchKind(written)
    except ValueError as error:
        raise NotFound() from error


def steps(batch: ImportBatch | None, now: int) -> list[dict[str, Any]]:
    """The four steps across the top, each with what it has found."""
    notes = ["", "", "", ""]
    urls: list[str | None] = [None, None, None, None]
    if batch is not None:
        columns = [column for found in batch.sheets for column in found["list"] if column["heading"]]
        known = sum(1 for column in columns if headings.kept(batch.kind, column["field"]))
        errors = batch.counts.get("errors", 0)
        notes = [
            f"{len(batch.sheets)}张表",
            f"{len(columns)}列认出{known}列",
            f"{errors}行须处理" if errors else "没有错误",
            "",
        ]
        if batch.state is BatchState.READ:
            urls = [
                None,
                url_for("imports.headings", batch_id=batch.id),
                url_for("imports.show", batch_id=batch.id),
                None,
            ]
    labels = ("选文件", "认表头", "核对", "入库")
    return [
        {
            "label": label,
            "note": notes[at] if at < now else "",
            "state": "done" if at + 1 < now else "now" if at + 1 == now else "",
            "url": urls[at],
        }
        for at, label in enumerate(labels)
    ]


# --- the file -------------------------------------------------------------------------------------


@bp.route("/imports/new/<kind>", methods=["GET", "POST"])
@guard.requires(IMPORT_RUN)
def new(kind: str) -> Any:
    actor, form, what = guard.current(), UploadForm(), _kind(kind)
    names = queries.zone_names()
    everywhere = actor.scope(IMPORT_RUN) is Scope.CITY
    form.zone.choices = (
        [("", "不指定板块"), *((z.code, z.short_name) for z in names.zones)] if everywhere else []
    )
    if form.validate_on_submit():
        batch = _upload(form, actor, what, everywhere)
        if batch is not None:
            return redirect(
                url_for("imports.headings", batch_id=batch.id)
                if batch.state is BatchState.READ
                else url_for("imports.show", batch_id=batch.id)
            )
    most = settings.value("import_most_mb")
    page = render_template(
        "imports/new.html",
        form=form,
        kind=what,
        what=KIND_LABELS[what],
        everywhere=everywhere,
        most_mb=most,
        steps=steps(None, 1),
    )
    return page, 422 if form.is_submitted() else 200


def _upload(form: UploadForm, actor: Actor, kind: BatchKind, everywhere: bool) -> ImportBatch | None:
    """The batch, read already where the file is small; None with the refusal beside the field."""
    try:
        zone_id = actions.target_zone(
            actor, (form.zone.data or None) if everywhere else None, queries.zone_names()
        )
        kept = files.keep(
            form.file.data.stream, form.file.data.filename or "", folder(), settings.value("import_most_mb")
        )
    except RuleBroken as broken:
        edges.put_error(form, RuleBroken(broken.message, broken.field or "file"))
        return None
    finally:
        # A long upload lies in a temporary file, which would wait for the garbage collector.
        form.file.data.close()
    batch = actions.upload(actor, kind, kept, zone_id)
    path = files.path_of(folder(), batch.id)
    try:
        start_reading(actor, batch)
        edges.commit()
    except RuleBroken as broken:
        db.session.rollback()
        path.unlink(missing_ok=True)
        edges.put_error(form, RuleBroken(broken.message, "file"))
        return None
    return batch


def start_reading(actor: Actor, batch: ImportBatch) -> None:
    """Reads a small file here and now, hands a large one to the background. The caller commits."""
    if batch.size <= INLINE_BYTES:
        for _ in read_steps(actor, batch):
            pass
        return
    batch.state = BatchState.READING
    batch.task_id = tasks.enqueue(actor, "imports.read", {"batch_id": batch.id}).id


# --- headings -------------------------------------------------------------------------------------


@bp.route("/imports/<int:batch_id>/headings", methods=["GET", "POST"], endpoint="headings")
@guard.requires(IMPORT_RUN)
def name_columns(batch_id: int) -> Any:
    actor = guard.current()
    batch = queries.find(actor, batch_id)
    if batch.state is not BatchState.READ:
        return redirect(url_for("imports.show", batch_id=batch.id))
    if request.method == "POST":
        mapping = _mapping(batch)
        actions.remap(actor, batch, mapping, keep=bool(request.form.get("keep")))
        start_reading(actor, batch)
        edges.commit()
        return redirect(url_for("imports.show", batch_id=batch.id))
    views = [
        (
            found,
            sheet.build(
                batch, found, queries.rows(batch.id, sheet=found["name"], most=_SAMPLE), _SAMPLE, None
            ),
        )
        for found in batch.sheets
    ]
    fields = [("", "不导入"), ("seq", "跳过"), *headings.LABELS[batch.kind].items()]
    return render_template(
        "imports/headings.html",
        batch=batch,
        what=KIND_LABELS[batch.kind],
        views=views,
        fields=fields,
        units=UNITS,
        steps=steps(batch, 2),
    )


def _mapping(batch: ImportBatch) -> dict[str, Any]:
    """The posted selects: c-<sheet>-<column> is a field or empty, u-<sheet> a unit."""
    mapping: dict[str, Any] = {}
    for at, found in enumerate(batch.sheets):
        columns = {
            str(column["index"]): request.form.get(f"c-{at}-{column['index']}") or None
            for column in found["list"]
            if f"c-{at}-{column['index']}" in request.form
        }
        unit = request.form.get(f"u-{at}", "")
        mapping[found["name"]] = {"columns": columns, "unit": unit if unit in UNITS else None}
    return mapping


# --- problems -------------------------------------------------------------------------------------


@bp.post("/imports/<int:batch_id>/fix")
@guard.requires(IMPORT_RUN)
def fix(batch_id: int) -> Any:
    """One answer; the file is read again with it."""
    actor, form = guard.current(), AnswerForm()
    batch = queries.find(actor, batch_id)
    if batch.state is not BatchState.READ:
        raise Conflict("这一批已经入库或正在处理，不能再改。请刷新页面。")
    if form.validate_on_submit():
        told = _answer(batch, form)
        start_reading(actor, batch)
        edges.commit()
        flash(told, "ok")
    return redirect(url_for("imports.show", batch_id=batch.id))


def _answer(batch: ImportBatch, form: AnswerForm) -> str:
    kind, place = str(form.kind.data), str(form.place.data)
    written = str(form.column.data)
    column = int(written) if written.isdigit() else -1
    there = list(asking.alike(batch, kind, place, column))
    if not there:
        raise Conflict("这处问题已经处理过，请刷新页面。")
    cells = there if form.same.data else [(place, column)]
    places = sorted({where for where, _ in cells})
    if form.act.data == "skip":
        actions.answer(batch, skipped=tuple(places))
        return f"{len(places)} 行不导入"
    if form.act.data == "confirm":
        actions.answer(batch, confirmed=tuple(f"{where}!{kind}" for where in places))
        return f"已确认 {len(places)} 处"
    if form.act.data == "same":
        meant = asking.meant(batch, places)
        actions.answer(batch, cells=meant)
        return f"{len(meant)} 行改为名录里的企业"
    value = "" if form.act.data == "clear" else str(form.value.data or "").strip()
    actions.answer(batch, cells={f"{where}!{at}": value for where, at in cells if at >= 0})
    return f"已改 {len(cells)} 处"
