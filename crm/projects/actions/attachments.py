"""Files of a project."""

from datetime import datetime

from crm.audit import actions as audit
from crm.core.actor import Actor
from crm.core.db import db
from crm.projects import files
from crm.projects.actions.naming import subject
from crm.projects.models import Attachment, Project
from crm.projects.rules import ATTACHMENT_LABELS, AttachmentKind
from crm.settings import queries as settings


def add_attachment(
    actor: Actor, project: Project, kind: AttachmentKind, filename: str, stream: files.Stream
) -> Attachment:
    """Keeps the file and adds its row. A rolled-back transaction may leave the content behind; it belongs to nobody then."""
    kept = files.keep(stream, filename, settings.value("attachment_most_mb"))
    made = Attachment(
        project_id=project.id,
        kind=kind,
        filename=kept.filename,
        media_type=kept.media_type,
        size=kept.size,
        sha256=kept.sha256,
        uploaded_by=actor.user_id,
    )
    db.session.add(made)
    db.session.flush()
    audit.record(
        actor,
        "attachment.added",
        subject(project, "attachment", made.id, ATTACHMENT_LABELS[kind]),
        note=kept.sha256,
    )
    return made


def remove_attachment(actor: Actor, project: Project, attachment: Attachment, now: datetime) -> None:
    """The file is no longer shown; its row and content stay, because evidence and audit may speak of it."""
    attachment.deleted_at = now
    attachment.deleted_by = actor.user_id
    db.session.flush()
    label = ATTACHMENT_LABELS[attachment.kind]
    audit.record(
        actor,
        "attachment.removed",
        subject(project, "attachment", attachment.id, label),
        note=attachment.sha256,
    )
