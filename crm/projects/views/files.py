"""A project's files: sending, looking, fetching, removing. Every look at a content is logged."""

from typing import Any

from flask import Response, flash, render_template, request, url_for

from crm.accounts.permissions import PROJECT_SEE, PROJECT_WRITE, VISIT_LOG
from crm.core import clock
from crm.core.actor import Actor
from crm.core.errors import Conflict
from crm.projects import actions, files, forms, queries
from crm.projects.actions import owner_of
from crm.projects.models import Attachment, Project
from crm.projects.rules import files as rules
from crm.projects.views import bp, facts, holding, show
from crm.web import edges, guard
from crm.web import files as web_files


@bp.post("/projects/<code>/attachments")
@guard.requires(VISIT_LOG)
def upload(code: str) -> Any:
    """One file or several of one kind: all of them are kept, or none."""
    actor, form = guard.current(), forms.AttachmentForm()
    project = queries.find(actor, code, VISIT_LOG)

    def act() -> None:
        for kept in holding.take(actor, owner_of(project).about, form.file):
            actions.add_attachment(actor, project, form.kind.data, kept)

    if form.validate_on_submit() and edges.attempt(form, act):
        flash(rules.uploaded_words(len(form.file.held)), "ok")
        return edges.go(url_for("projects.show", code=code, tab="files"))
    holding.keep(actor, owner_of(project).about, form)
    return show.page(actor, code, upload=form), 422


@bp.get("/projects/attachments/<int:attachment_id>")
@guard.requires(PROJECT_SEE)
def attachment(attachment_id: int) -> Response:
    """The file as a download; with ?show=1 a picture or a PDF is drawn in its place on the preview."""
    actor = guard.current()
    found, project = queries.attachment(actor, attachment_id, PROJECT_SEE)
    path, name, kind = files.path_of(found.sha256), found.filename, found.media_type
    actions.looked_at(actor, owner_of(project), found)
    return web_files.answer(path, name, kind, inline="show" in request.args and rules.drawn(kind))


@bp.get("/projects/attachments/<int:attachment_id>/preview")
@guard.requires(PROJECT_SEE)
def preview(attachment_id: int) -> Any:
    """The file on a page, with those beside it one key away."""
    actor = guard.current()
    _, project = queries.attachment(actor, attachment_id, PROJECT_SEE)
    rows = {row.id: row for row in queries.attachments_of(project.id)}
    return render_template(
        "projects/preview.html",
        project=project,
        file=rows[attachment_id],
        place=rules.place(list(rows), attachment_id),
    )


@bp.post("/projects/attachments/<int:attachment_id>/remove")
@guard.requires(PROJECT_WRITE)
def remove(attachment_id: int) -> Any:
    actor = guard.current()
    found, project = queries.attachment(actor, attachment_id, PROJECT_WRITE)
    remove_unheld(actor, project, found, request.form.get("reason", ""))
    edges.commit()
    flash("文件已删除。", "ok")
    return edges.go(url_for("projects.show", code=project.code, tab="files"))


def remove_unheld(actor: Actor, project: Project, found: Attachment, reason: str) -> None:
    """Evidence stays: what a milestone that was once submitted, or another record, rests on."""
    if rests := facts.held(project).get(found.id):
        raise Conflict(f"这个文件不能删除：{rests}。要更换请先由市商务局退回，再重新申报。")
    actions.remove_attachment(actor, project, found, reason, clock.now())
