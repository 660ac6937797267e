"""Writing the audit: in the business transaction, or at once where there is none."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert

from crm.audit.codes import CODES
from crm.audit.models import AuditEvent
from crm.core import clock
from crm.core import db as database
from crm.core.actor import Actor
from crm.core.db import db

#: Into the table and past the mapper: no act is read back in the transaction that writes it, and every change writes one.
_ADD = insert(AuditEvent.__table__)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Subject:
    """What an act was done to. `label` is what a reader sees; a confidential project gives its code, not its investor."""

    type: str
    id: int | None
    label: str = ""
    zone_id: int | None = None
    project_id: int | None = None
    company_id: int | None = None


def _values(
    actor: Actor, code: str, subject: Subject, diff: Mapping[str, Any], note: str, result: str
) -> dict[str, Any]:
    if code not in CODES:
        raise KeyError(f"unknown audit code {code}: declare it in crm/audit/codes.py")
    return {
        "at": clock.now(),
        "code": code,
        "result": result,
        "actor_id": actor.user_id,
        "actor_name": actor.name,
        "post": f"{actor.unit_name} {actor.role.value if actor.role else ''}".strip(),
        "ip": actor.ip,
        "subject_type": subject.type,
        "subject_id": subject.id,
        "subject_label": subject.label[:240],
        "zone_id": subject.zone_id,
        "project_id": subject.project_id,
        "company_id": subject.company_id,
        "diff": {key: [_text(v) for v in pair] for key, pair in diff.items()},
        "note": note[:500],
    }


def _text(value: Any) -> Any:
    return value if value is None or isinstance(value, (bool, int, str)) else str(value)


def record(
    actor: Actor, code: str, subject: Subject, diff: Mapping[str, Any] | None = None, *, note: str = ""
) -> None:
    """Adds the act to the open transaction: it stands or falls with the change itself. `diff` is {field: (before, after)}."""
    db.session.execute(_ADD, [_values(actor, code, subject, diff or {}, note, "ok")])


def record_many(
    actor: Actor, code: str, rows: list[tuple[Subject, Mapping[str, Any]]], *, note: str = ""
) -> None:
    """The same for a set-based change, in one statement."""
    if rows:
        db.session.execute(_ADD, [_values(actor, code, s, d, note, "ok") for s, d in rows])


def write_now(actor: Actor, code: str, subject: Subject, *, note: str = "", result: str = "ok") -> None:
    """Writes in a transaction of its own: refusals, sign-ins and protected views have no business transaction.

    Whatever the session had not committed is given up first.
    """
    with database.own_transaction() as connection:
        connection.execute(_ADD, [_values(actor, code, subject, {}, note, result)])


def difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """The fields that differ."""
    return {key: (before.get(key), value) for key, value in after.items() if before.get(key) != value}
