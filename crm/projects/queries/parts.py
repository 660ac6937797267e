"""What belongs to one project: phases, notes, files, shares, grants, history. The caller has found the project in scope."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from sqlalchemy import exists, func, or_, select

from crm.accounts.models import User
from crm.audit.models import AuditEvent
from crm.core.db import db
from crm.core.errors import NotFound
from crm.projects.models import Attachment, CreditShare, Grant, Phase, ProgressNote, ProjectChange
from crm.projects.rules import CreditIndicator, GrantLevel, promises
from crm.units.models import Unit
from crm.zones.models import Zone


@dataclass(frozen=True, slots=True)
class NoteRow:
    on: date
    by: str | None
    week: str
    done: str
    problem: str
    next_step: str


@dataclass(frozen=True, slots=True)
class ChangeRow:
    field: str
    before: str | None
    after: str | None
    by: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class EventRow:
    """One audited act on the project or on something of it."""

    at: datetime
    code: str
    actor: str
    subject_type: str
    subject: str
    diff: Mapping[str, Any]
    note: str


@dataclass(frozen=True, slots=True)
class CreditRow:
    effective_on: date
    indicator: CreditIndicator
    zone_id: int
    zone_code: str
    zone: str
    share: Decimal


@dataclass(frozen=True, slots=True)
class GrantRow:
    id: int
    unit_code: str | None
    unit: str | None
    user_login: str | None
    user: str | None
    level: GrantLevel
    source: str
    starts_on: date
    ends_on: date | None


def phases_of(project_id: int) -> Sequence[Phase]:
    return db.session.scalars(select(Phase).where(Phase.project_id == project_id).order_by(Phase.no)).all()


def phase(project_id: int, phase_id: int) -> Phase:
    found = db.session.scalar(select(Phase).where(Phase.id == phase_id, Phase.project_id == project_id))
    if found is None:
        raise NotFound()
    return found


def phase_numbered(project_id: int, no: int) -> Phase:
    found = db.session.scalar(select(Phase).where(Phase.no == no, Phase.project_id == project_id))
    if found is None:
        raise NotFound()
    return found


@cache
def _pointing_at_phases() -> tuple[Any, ...]:
    """Every column of any table that names a phase; a table of a higher feature counts without being known here."""
    target = db.metadata.tables[Phase.__tablename__].c.id
    return tuple(
        key.parent
        for table in db.metadata.tables.values()
        for key in table.foreign_keys
        if key.column is target
    )


def phase_in_use(phase_id: int) -> bool:
    """Whether a milestone, a month's figures or anything else hangs on it; one statement."""
    asked = [exists(select(1).where(column == phase_id)) for column in _pointing_at_phases()]
    return bool(db.session.scalar(select(or_(*asked)))) if asked else False


def notes_of(project_id: int, most: int = 12) -> Sequence[NoteRow]:
    """The newest weekly notes."""
    rows = db.session.execute(
        select(
            ProgressNote.on,
            User.name,
            ProgressNote.week,
            ProgressNote.done,
            ProgressNote.problem,
            ProgressNote.next_step,
        )
        .outerjoin(User, User.id == ProgressNote.created_by)
        .where(ProgressNote.project_id == project_id)
        .order_by(ProgressNote.on.desc(), ProgressNote.id.desc())
        .limit(most)
    )
    return [NoteRow(*row) for row in rows]


def newest_note(project_id: int) -> ProgressNote | None:
    return db.session.scalar(
        select(ProgressNote)
        .where(ProgressNote.project_id == project_id)
        .order_by(ProgressNote.on.desc(), ProgressNote.id.desc())
        .limit(1)
    )


def last_phase_no(project_id: int) -> int:
    """The highest number a phase has, or had when the history kept a change of it: nobody inherits another's delays."""
    last = db.session.scalar(select(func.max(Phase.no)).where(Phase.project_id == project_id)) or 0
    kept = db.session.scalars(
        select(ProjectChange.field)
        .where(ProjectChange.project_id == project_id, ProjectChange.field.startswith("phase"))
        .distinct()
    )
    return max([last, *(found[0] for found in map(promises.of_phase, kept) if found)])


def credits_of(project_id: int) -> Sequence[CreditRow]:
    """Every set of shares ever recorded, oldest day first; `rules.credits.in_force` picks those of a day."""
    rows = db.session.execute(
        select(
            CreditShare.effective_on,
            CreditShare.indicator,
            CreditShare.zone_id,
            Zone.code,
            Zone.short_name,
            CreditShare.share,
        )
        .join(Zone, Zone.id == CreditShare.zone_id)
        .where(CreditShare.project_id == project_id)
        .order_by(CreditShare.effective_on, CreditShare.indicator, Zone.order_no, CreditShare.id)
    )
    return [CreditRow(*row) for row in rows]


def grants_of(project_id: int, today: date) -> Sequence[GrantRow]:
    """Rights in force or to come."""
    rows = db.session.execute(
        select(
            Grant.id,
            Unit.code,
            Unit.short_name,
            User.login,
            User.name,
            Grant.level,
            Grant.source,
            Grant.starts_on,
            Grant.ends_on,
        )
        .outerjoin(Unit, Unit.id == Grant.unit_id)
        .outerjoin(User, User.id == Grant.user_id)
        .where(Grant.project_id == project_id, or_(Grant.ends_on.is_(None), Grant.ends_on >= today))
        .order_by(Grant.starts_on, Grant.id)
    )
    return [GrantRow(*row) for row in rows]


def grants_by(project_id: int, source: str, today: date) -> Sequence[Grant]:
    """The grants in force that one feature wrote."""
    found = select(Grant).where(
        Grant.project_id == project_id,
        Grant.source == source,
        Grant.starts_on <= today,
        or_(Grant.ends_on.is_(None), Grant.ends_on >= today),
    )
    return db.session.scalars(found.order_by(Grant.id)).all()


def grants_from(project_id: int, source: str, source_id: int) -> Sequence[Grant]:
    """The grants that one row of another feature caused."""
    found = select(Grant).where(
        Grant.project_id == project_id, Grant.source == source, Grant.source_id == source_id
    )
    return db.session.scalars(found.order_by(Grant.id)).all()


def changes_of(project_id: int, most: int = 50) -> Sequence[ChangeRow]:
    """The kept history of amounts, dates, tier, zone and owner, newest first."""
    rows = db.session.execute(
        select(
            ProjectChange.field,
            ProjectChange.before,
            ProjectChange.after,
            User.name,
            ProjectChange.changed_at,
        )
        .outerjoin(User, User.id == ProjectChange.changed_by)
        .where(ProjectChange.project_id == project_id, ProjectChange.field != promises.SIGN_UNTIL)
        .order_by(ProjectChange.id.desc())
        .limit(most)
    )
    return [ChangeRow(*row) for row in rows]


def story_of(project_id: int, most: int = 100) -> Sequence[EventRow]:
    """The audited acts on the project, newest first; views of files are left to the auditor."""
    rows = db.session.execute(
        select(
            AuditEvent.at,
            AuditEvent.code,
            AuditEvent.actor_name,
            AuditEvent.subject_type,
            AuditEvent.subject_label,
            AuditEvent.diff,
            AuditEvent.note,
        )
        .where(
            AuditEvent.project_id == project_id,
            AuditEvent.result == "ok",
            AuditEvent.code.not_in(_NOT_A_CHANGE),
        )
        .order_by(AuditEvent.id.desc())
        .limit(most)
    )
    return [EventRow(*row) for row in rows]


_NOT_A_CHANGE = ("attachment.viewed", "contact.revealed", "export.made", "company.checked")


def last_edit(project_id: int) -> tuple[str, datetime] | None:
    """Who saved the project last, and when; for the page that shows both versions."""
    row = db.session.execute(
        select(AuditEvent.actor_name, AuditEvent.at)
        .where(
            AuditEvent.subject_type == "project",
            AuditEvent.subject_id == project_id,
            AuditEvent.result == "ok",
        )
        .order_by(AuditEvent.id.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else (row[0], row[1])


def tab_counts(project_id: int) -> tuple[int, int]:
    """How many files and how many changes, in one statement."""
    files = (
        select(func.count())
        .where(Attachment.project_id == project_id, Attachment.deleted_at.is_(None))
        .scalar_subquery()
    )
    acts = (
        select(func.count())
        .where(
            AuditEvent.project_id == project_id,
            AuditEvent.result == "ok",
            AuditEvent.code.not_in(_NOT_A_CHANGE),
        )
        .scalar_subquery()
    )
    row = db.session.execute(select(files, acts)).one()
    return row[0], row[1]
