"""Photos and papers of a visit, kept as a project's files are."""

from datetime import datetime

from crm.core.actor import Actor
from crm.core.errors import Forbidden
from crm.projects import actions as projects
from crm.projects.files import Kept
from crm.projects.models import Attachment
from crm.projects.rules import AttachmentKind
from crm.visits.actions.rights import may_edit
from crm.visits.actions.visit import subject
from crm.visits.models import Visit


def owner_of(visit: Visit) -> projects.Owner:
    return projects.Owner(subject(visit), visit_id=visit.id)


def add_attachment(actor: Actor, visit: Visit, kind: AttachmentKind, kept: Kept) -> Attachment:
    return projects.attach(actor, owner_of(visit), kind, kept)


def remove_attachment(actor: Actor, visit: Visit, attachment: Attachment, reason: str, now: datetime) -> None:
    """By whoever may correct the visit."""
    if not may_edit(actor, visit):
        raise Forbidden("文件由记录人删除。请联系记录人或板块负责人。")
    projects.detach(actor, owner_of(visit), attachment, reason, now)
