"""Files of a project or of a visit, as its page lists them. The caller has found the owner in scope."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select, union_all

from crm.accounts.models import User
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.errors import NotFound
from crm.projects.models import Attachment, Project
from crm.projects.rules import ATTACHMENT_LABELS, AttachmentKind
from crm.projects.rules import files as rules
from crm.projects.scope import discloses_investor, visible_to


@dataclass(frozen=True, slots=True)
class AttachmentRow:
    id: int
    kind: AttachmentKind
    filename: str
    media_type: str
    size: int
    sha256: str
    uploaded_by: int | None
    by: str | None
    uploaded_at: datetime

    @property
    def ending(self) -> str:
        return self.filename.rpartition(".")[2].lower()

    @property
    def label(self) -> str:
        return ATTACHMENT_LABELS[self.kind]

    @property
    def shown(self) -> rules.Shown:
        return rules.shown(self.media_type)

    @property
    def size_words(self) -> str:
        return rules.size_words(self.size)


def attachments_of(project_id: int) -> Sequence[AttachmentRow]:
    """The files that are still there, newest first."""
    return _listed(Attachment.project_id == project_id)


def attachments_of_visit(visit_id: int) -> Sequence[AttachmentRow]:
    """The same of a visit; `visits` has found it."""
    return _listed(Attachment.visit_id == visit_id)


def _listed(owner: ColumnElement[bool]) -> Sequence[AttachmentRow]:
    rows = db.session.execute(
        select(
            Attachment.id,
            Attachment.kind,
            Attachment.filename,
            Attachment.media_type,
            Attachment.size,
            Attachment.sha256,
            Attachment.uploaded_by,
            User.name,
            Attachment.uploaded_at,
        )
        .outerjoin(User, User.id == Attachment.uploaded_by)
        .where(owner, Attachment.deleted_at.is_(None))
        .order_by(Attachment.uploaded_at.desc(), Attachment.id.desc())
    )
    return [AttachmentRow(*row) for row in rows]


def attachment(actor: Actor, attachment_id: int, verb: str) -> tuple[Attachment, Project]:
    """A file of a project within the verb's reach. Files name the investor, so they are closed to whoever may not know him."""
    row = db.session.execute(
        select(Attachment, Project)
        .join(Project, Project.id == Attachment.project_id)
        .where(
            Attachment.id == attachment_id,
            Attachment.deleted_at.is_(None),
            visible_to(actor),
            visible_to(actor, verb),
            discloses_investor(actor),
        )
    ).one_or_none()
    if row is None:
        raise NotFound()
    return row[0], row[1]


def in_use(hashes: Sequence[str]) -> set[str]:
    """Those of these contents that any row speaks of, removed files included. Features above keep files in tables of their own."""
    tables = [table for table in db.metadata.sorted_tables if "sha256" in table.c]
    each = [select(table.c.sha256).where(table.c.sha256.in_(hashes)) for table in tables]
    return set(db.session.scalars(union_all(*each)))
