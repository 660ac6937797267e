"""Files of a visit. They may name the company, so they are closed to whoever reads the visit hidden."""

from collections.abc import Sequence

from sqlalchemy import select

from crm.core.actor import Actor
from crm.core.db import db
from crm.core.errors import NotFound
from crm.projects import queries as projects
from crm.projects.models import Attachment
from crm.visits.models import Visit
from crm.visits.queries.listing import find


def attachments_of(visit_id: int) -> Sequence[projects.AttachmentRow]:
    """Those still shown, newest first; the caller has found the visit."""
    return projects.attachments_of_visit(visit_id)


def attachment(actor: Actor, attachment_id: int, verb: str) -> tuple[Attachment, Visit]:
    """A file of a visit within the verb's reach."""
    found = db.session.scalar(
        select(Attachment).where(
            Attachment.id == attachment_id, Attachment.visit_id.is_not(None), Attachment.deleted_at.is_(None)
        )
    )
    if found is None or found.visit_id is None:
        raise NotFound()
    return found, find(actor, found.visit_id, verb)
