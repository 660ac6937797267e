"""Files of a project; those of a visit are kept and put away by the same two verbs (`attach`, `detach`)."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from crm.audit import actions as audit
from crm.audit.actions import Subject
from crm.core.actor import Actor
from crm.core.db import db
from crm.projects import files
from crm.projects.actions.naming import subject
from crm.projects.models import Attachment, Project
from crm.projects.rules import ATTACHMENT_LABELS, AttachmentKind
from crm.projects.rules import files as rules
from crm.projects.rules.files import Limits, removal_reason
from crm.projects.scanner import Infected
from crm.settings import queries as settings


class Upload(Protocol):
    """A file as it arrives."""

    @property
    def filename(self) -> str | None: ...

    @property
    def stream(self) -> files.Stream: ...


@dataclass(frozen=True, slots=True)
class Owner:
    """What a file belongs to, exactly one of the two, and what the audit calls it."""

    about: Subject
    project_id: int | None = None
    visit_id: int | None = None


def receive(actor: Actor, about: Subject, upload: Upload) -> files.Kept:
    """Checks and keeps what came, before the business transaction: a scanner takes seconds, and nobody waits for it.

    Ends the session's transaction, so it is called first, and `about` names what it is for. A virus is refused and audited.
    """
    most = limits()
    db.session.rollback()
    try:
        return files.keep(upload.stream, upload.filename or "", most.file, most.photo)
    except Infected as infected:
        # The record itself may not be saved yet: a visit is received together with its photos.
        about = replace(about, type="attachment", id=None)
        audit.write_now(actor, "attachment.infected", about, note=infected.found, result="refused")
        raise


def limits() -> Limits:
    """How large a file and a photo may be, as the settings say."""
    return rules.limits(settings.value("attachment_most_mb"), settings.value("photo_most_mb"))


def attach(actor: Actor, owner: Owner, kind: AttachmentKind, kept: files.Kept) -> Attachment:
    """The row of a file that has been kept. A rolled-back transaction leaves content that the nightly cleaning takes."""
    made = Attachment(
        project_id=owner.project_id,
        visit_id=owner.visit_id,
        kind=kind,
        filename=kept.filename,
        media_type=kept.media_type,
        size=kept.size,
        sha256=kept.sha256,
        uploaded_by=actor.user_id,
    )
    db.session.add(made)
    db.session.flush()
    audit.record(actor, "attachment.added", _named(owner, made), note=kept.sha256)
    return made


def detach(actor: Actor, owner: Owner, attachment: Attachment, reason: str, now: datetime) -> None:
    """The file is no longer shown; row and content stay, because evidence and audit may speak of it."""
    why = removal_reason(reason)
    attachment.deleted_at = now
    attachment.deleted_by = actor.user_id
    db.session.flush()
    named = _named(owner, attachment)
    audit.record(actor, "attachment.removed", named, note=f"{why} {attachment.sha256}")


def looked_at(actor: Actor, owner: Owner, attachment: Attachment) -> None:
    """Every look at a file's content is kept, in a transaction of its own: the session's records are gone after it."""
    audit.write_now(actor, "attachment.viewed", _named(owner, attachment))


def _named(owner: Owner, attachment: Attachment) -> Subject:
    label = f"{owner.about.label} {ATTACHMENT_LABELS[attachment.kind]}"
    return replace(owner.about, type="attachment", id=attachment.id, label=label)


def owner_of(project: Project) -> Owner:
    return Owner(subject(project), project_id=project.id)


def add_attachment(actor: Actor, project: Project, kind: AttachmentKind, kept: files.Kept) -> Attachment:
    return attach(actor, owner_of(project), kind, kept)


def remove_attachment(
    actor: Actor, project: Project, attachment: Attachment, reason: str, now: datetime
) -> None:
    detach(actor, owner_of(project), attachment, reason, now)
