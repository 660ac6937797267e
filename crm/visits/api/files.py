"""Photos and papers of a visit over the API."""

from typing import Any

from flask import request, url_for
from marshmallow import fields

from crm.accounts.permissions import PROJECT_SEE, VISIT_LOG
from crm.core import clock
from crm.core.errors import NotFound
from crm.projects import actions as attachments
from crm.projects import queries as projects
from crm.projects import shapes
from crm.projects.models import Attachment
from crm.projects.rules import AttachmentKind
from crm.projects.rules.files import REASON_MOST
from crm.visits import actions, queries
from crm.visits.api import blp
from crm.visits.rules import kind_of
from crm.web import api, edges, guard
from crm.web.api import In


@blp.get("/visits/<int:visit_id>/attachments")
@guard.requires(PROJECT_SEE)
def list_attachments(visit_id: int) -> Any:
    """照片和文件；看不到内容的涉密走访不列出。"""
    visit = queries.find(guard.current(), visit_id)
    return {"items": [_file(row) for row in queries.attachments_of(visit.id)]}


@blp.post("/visits/<int:visit_id>/attachments")
@guard.requires(VISIT_LOG)
def add_attachment(visit_id: int) -> Any:
    """上传照片或文件（multipart：file，可选 kind：photo contact minutes other）。"""
    actor = guard.current()
    visit = queries.find(actor, visit_id, VISIT_LOG)
    sent = api.sent_file("file")
    named = api.sent_code("kind", AttachmentKind) if request.form.get("kind") else None
    kept = attachments.receive(actor, actions.owner_of(visit).about, sent)
    made = actions.add_attachment(actor, visit, named or kind_of(kept.media_type), kept)
    edges.commit()
    return _file(made), 201


class FileRemoval(In):
    reason = fields.String(required=True, validate=api.at_most(REASON_MOST))


@blp.post("/visits/<int:visit_id>/attachments/<int:attachment_id>/remove")
@guard.requires(VISIT_LOG)
@blp.arguments(FileRemoval)
def remove_attachment(body: dict[str, Any], visit_id: int, attachment_id: int) -> Any:
    """删除传错的文件，写明原因（204）。由可以修改这次走访的人删除。"""
    actor = guard.current()
    found, visit = queries.attachment(actor, attachment_id, VISIT_LOG)
    if visit.id != visit_id:
        raise NotFound()
    actions.remove_attachment(actor, visit, found, body["reason"], clock.now())
    edges.commit()
    return "", 204


def _file(row: Attachment | projects.AttachmentRow) -> dict[str, Any]:
    return shapes.file(row, url_for("visits.attachment", attachment_id=row.id))
