"""Upload, download and removal of a project's files; each download is logged."""

from typing import Any

from flask import Response, flash, redirect, request, send_file, url_for

from crm.accounts.permissions import PROJECT_SEE, PROJECT_WRITE, VISIT_LOG
from crm.audit import actions as audit
from crm.core import clock
from crm.core.errors import Conflict
from crm.pipeline import queries as pipeline
from crm.pipeline.rules import LIVE
from crm.projects import actions, files, forms, queries
from crm.projects.views import bp, show
from crm.web import edges, guard


@bp.post("/projects/<code>/attachments")
@guard.requires(VISIT_LOG)
def upload(code: str) -> Any:
    actor, form = guard.current(), forms.AttachmentForm()
    project = queries.find(actor, code, VISIT_LOG)
    if form.validate_on_submit():
        file = form.file.data
        if edges.attempt(
            form, lambda: actions.add_attachment(actor, project, form.kind.data, file.filename, file.stream)
        ):
            flash("文件已上传。", "ok")
            return redirect(url_for("projects.show", code=code, tab="files"))
    return show.page(actor, code, upload=form), 422


@bp.get("/projects/attachments/<int:attachment_id>")
@guard.requires(PROJECT_SEE)
def attachment(attachment_id: int) -> Response:
    """The file, always as a download: nothing uploaded is ever run or drawn by the browser as a page of ours."""
    actor = guard.current()
    found, project = queries.attachment(actor, attachment_id, PROJECT_SEE)
    path, name, kind = files.path_of(found.sha256), found.filename, found.media_type
    audit.write_now(
        actor, "attachment.viewed", actions.subject(project, "attachment", found.id, found.kind.value)
    )
    return send_file(path, mimetype=kind, as_attachment=True, download_name=name, max_age=0)


@bp.post("/projects/attachments/<int:attachment_id>/remove")
@guard.requires(PROJECT_WRITE)
def remove(attachment_id: int) -> Any:
    """Evidence of a milestone that is submitted or recognised stays."""
    actor = guard.current()
    found, project = queries.attachment(actor, attachment_id, PROJECT_WRITE)
    rows = pipeline.milestones_of(project, disclosed=True)
    if any(file.id == found.id for row in rows if row.state in LIVE for file in row.files):
        raise Conflict("这个文件是里程碑的证据，不能删除。要更换请先退回里程碑。")
    actions.remove_attachment(actor, project, found, clock.now())
    edges.commit()
    flash("文件已删除。", "ok")
    return redirect(url_for("projects.show", code=project.code, tab="files", _anchor=request.args.get("at")))
