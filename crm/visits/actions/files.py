"""Photos and papers of a visit, kept as a project's files are."""

from datetime import datetime

from crm.audit import actions as audit
from crm.core.actor import Actor
from crm.core.db import db
from crm.projects import files
from crm.projects.models import Attachment
from crm.projects.rules import AttachmentKind
from crm.settings import queries as settings
from crm.visits.actions.visit import subject
from crm.visits.models import Visit


def add_attachment(
    actor: Actor, visit: Visit, kind: AttachmentKind, filename: str, stream: files.Stream
) -> Attachment:
    """Keeps the file and adds its row."""
    kept = files.keep(stream, filename, settings.value("attachment_most_mb"))
    made = Attachment(
        visit_id=visit.id,
        kind=kind,
        filename=kept.filename,
        media_type=kept.media_type,
        size=kept.size,
        sha256=kept.sha256,
        uploaded_by=actor.user_id,
    )
    db.session.add(made)
    db.session.flush()
    audit.record(actor, "attachment.added", subject(visit), note=kept.sha256)
    return made


def remove_attachment(actor: Actor, visit: Visit, attachment: Attachment, now: datetime) -> None:
    """No longer shown; row and content stay, because the audit speaks of them."""
    attachment.deleted_at = now
    attachment.deleted_by = actor.user_id
    db.session.flush()
    audit.record(actor, "attachment.removed", subject(visit), note=attachment.sha256)
