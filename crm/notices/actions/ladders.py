"""Steps up a ladder: each written once, and closed when its subject is answered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update

from crm.core.actor import Role
from crm.core.db import db, upsert
from crm.notices.models import Escalation


@dataclass(frozen=True, slots=True)
class Step:
    """One step as a ladder finds it; to a person, or to whoever holds a role in a unit (None: the city)."""

    ladder: str
    subject_type: str
    subject_id: int
    due_key: str
    level: int
    reason: str
    to_user_id: int | None = None
    to_role: Role | None = None
    to_unit_id: int | None = None
    zone_id: int | None = None


def climb(steps: Sequence[Step], now: datetime) -> set[int]:
    """Writes steps of different subjects up one ladder; answers whose were written: one taken before stays as it was."""
    rows = [{name: getattr(step, name) for name in Step.__dataclass_fields__} | {"at": now} for step in steps]
    if not rows:
        return set()
    written = upsert(Escalation).on_conflict_do_nothing().returning(Escalation.subject_id)
    return set(db.session.scalars(written, rows))


def resolve(subject_type: str, subject_id: int, now: datetime) -> None:
    """The subject was answered, put off or given up: nothing of it waits on any ladder."""
    db.session.execute(
        update(Escalation)
        .where(
            Escalation.subject_type == subject_type,
            Escalation.subject_id == subject_id,
            Escalation.resolved_at.is_(None),
        )
        .values(resolved_at=now)
        .execution_options(synchronize_session=False)
    )


def wait_again(subject_type: str, subject_id: int, resolved_at: datetime) -> None:
    """What was closed at that moment was closed by mistake: its steps wait as before."""
    db.session.execute(
        update(Escalation)
        .where(
            Escalation.subject_type == subject_type,
            Escalation.subject_id == subject_id,
            Escalation.resolved_at == resolved_at,
        )
        .values(resolved_at=None)
        .execution_options(synchronize_session=False)
    )
