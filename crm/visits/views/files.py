"""A visit's files: sending, looking, fetching, removing. Every look at a content is logged."""

from typing import Any

from flask import Response, flash, render_template, request, url_for

from crm.accounts.permissions import PROJECT_SEE, VISIT_LOG
from crm.core import clock
from crm.projects import actions as projects
from crm.projects import files
from crm.projects.rules import files as rules
from crm.projects.views import holding
from crm.visits import actions, queries
from crm.visits.actions import owner_of
from crm.visits.forms import FileForm
from crm.visits.rules import kind_of
from crm.visits.views import bp, record
from crm.web import edges, guard
from crm.web import files as web_files


@bp.post("/visits/<int:visit_id>/attachments")
@guard.requires(VISIT_LOG)
def upload(visit_id: int) -> Any:
    """One file or several: all of them are kept, or none."""
    actor, form = guard.current(), FileForm()
    visit = queries.find(actor, visit_id, VISIT_LOG)

    def act() -> None:
        for kept in holding.take(actor, owner_of(visit).about, form.file):
            actions.add_attachment(actor, visit, kind_of(kept.media_type), kept)

    if form.validate_on_submit() and edges.attempt(form, act):
        flash(rules.uploaded_words(len(form.file.held)), "ok")
        return edges.go(url_for("visits.show", visit_id=visit_id))
    holding.keep(actor, owner_of(visit).about, form)
    return record.page(visit_id, form), 422


@bp.get("/visits/attachments/<int:attachment_id>")
@guard.requires(PROJECT_SEE)
def attachment(attachment_id: int) -> Response:
    """The file as a download; with ?show=1 a picture or a PDF is drawn in its place on the preview."""
    actor = guard.current()
    found, visit = queries.attachment(actor, attachment_id, PROJECT_SEE)
    path, name, kind = files.path_of(found.sha256), found.filename, found.media_type
    projects.looked_at(actor, owner_of(visit), found)
    return web_files.answer(path, name, kind, inline="show" in request.args and rules.drawn(kind))


@bp.get("/visits/attachments/<int:attachment_id>/preview")
@guard.requires(PROJECT_SEE)
def preview(attachment_id: int) -> Any:
    """The file on a page, with those beside it one key away."""
    _, visit = queries.attachment(guard.current(), attachment_id, PROJECT_SEE)
    rows = {row.id: row for row in queries.attachments_of(visit.id)}
    return render_template(
        "visits/preview.html",
        visit=visit,
        file=rows[attachment_id],
        place=rules.place(list(rows), attachment_id),
    )


@bp.post("/visits/attachments/<int:attachment_id>/remove")
@guard.requires(VISIT_LOG)
def remove(attachment_id: int) -> Any:
    actor = guard.current()
    found, visit = queries.attachment(actor, attachment_id, VISIT_LOG)
    visit_id = visit.id
    actions.remove_attachment(actor, visit, found, request.form.get("reason", ""), clock.now())
    edges.commit()
    flash("文件已删除。", "ok")
    return edges.go(url_for("visits.show", visit_id=visit_id))
