"""Upload, download and removal of a visit's files; each download is logged."""

from typing import Any

from flask import Response, flash, redirect, send_file, url_for

from crm.accounts.permissions import PROJECT_SEE, VISIT_LOG
from crm.audit import actions as audit
from crm.core import clock
from crm.core.errors import Forbidden
from crm.projects import files
from crm.visits import actions, queries
from crm.visits.actions.visit import subject
from crm.visits.forms import FileForm
from crm.visits.rules import kind_of
from crm.visits.views import bp, record
from crm.web import edges, guard


@bp.post("/visits/<int:visit_id>/attachments")
@guard.requires(VISIT_LOG)
def upload(visit_id: int) -> Any:
    actor, form = guard.current(), FileForm()
    visit = queries.find(actor, visit_id, VISIT_LOG)
    if form.validate_on_submit():
        file = form.file.data
        kind = kind_of(file.mimetype)
        if edges.attempt(
            form, lambda: actions.add_attachment(actor, visit, kind, file.filename, file.stream)
        ):
            flash("文件已上传。", "ok")
            return redirect(url_for("visits.show", visit_id=visit_id), 303)
    return record.page(visit_id, form), 422


@bp.get("/visits/attachments/<int:attachment_id>")
@guard.requires(PROJECT_SEE)
def attachment(attachment_id: int) -> Response:
    """The file, always as a download."""
    actor = guard.current()
    found, visit = queries.attachment(actor, attachment_id, PROJECT_SEE)
    path, name, kind, named = files.path_of(found.sha256), found.filename, found.media_type, subject(visit)
    audit.write_now(actor, "attachment.viewed", named)
    return send_file(path, mimetype=kind, as_attachment=True, download_name=name, max_age=0)


@bp.post("/visits/attachments/<int:attachment_id>/remove")
@guard.requires(VISIT_LOG)
def remove(attachment_id: int) -> Any:
    """By whoever may correct the visit."""
    actor = guard.current()
    found, visit = queries.attachment(actor, attachment_id, VISIT_LOG)
    if not actions.may_edit(actor, visit):
        raise Forbidden()
    actions.remove_attachment(actor, visit, found, clock.now())
    visit_id = visit.id
    edges.commit()
    flash("文件已删除。", "ok")
    return redirect(url_for("visits.show", visit_id=visit_id), 303)
