"""What the audit says about a company, as far as the actor may know it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select

from crm.accounts import permissions
from crm.audit.codes import CODES
from crm.audit.models import AuditEvent
from crm.companies import scope
from crm.companies.queries import merges
from crm.core.actor import Actor
from crm.core.db import db

_event = AuditEvent.__table__.c

#: Reading and finding are logged for the auditor; a record's history tells what changed.
_NOT_HISTORY = ("company.checked", "contact.revealed", "attachment.viewed")


@dataclass(frozen=True, slots=True)
class Event:
    """`title` is the act in words; `project_id` names the project it was done on, None for the company itself."""

    at: datetime
    title: str
    who: str
    label: str
    project_id: int | None


def events(actor: Actor, company_id: int, project_ids: Sequence[int], most: int = 30) -> Sequence[Event]:
    """The latest acts of the zones within reach on this company, newest first.

    `project_ids` are the projects whose investor the actor may know; acts on any other would give it away here.
    """
    rows = db.session.execute(
        select(
            _event.at,
            _event.code,
            _event.actor_name,
            _event.subject_label,
            _event.subject_type,
            _event.project_id,
        )
        .where(
            # What happened to an entry before it was merged into this one is this company's past too.
            _event.company_id.in_([company_id, *merges.taken_in(company_id)]),
            _event.result == "ok",
            _event.code.not_in(_NOT_HISTORY),
            scope.reach(actor, permissions.PROJECT_SEE, _company_of_event(), _event.zone_id),
            or_(_event.project_id.is_(None), _event.project_id.in_(project_ids)),
            # Acts on visits and follow-ups are shown by those features, which know what is confidential.
            _event.subject_type.not_in(("visit", "followup")),
        )
        .order_by(_event.id.desc())
        .limit(most)
    )
    return [
        Event(at, CODES.get(code, code), who, label if kind == "contact" else "", project_id)
        for at, code, who, label, kind, project_id in rows
    ]


def _company_of_event() -> ColumnElement[int]:
    column: ColumnElement[int] = _event.company_id
    return column
