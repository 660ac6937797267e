"""The audit for the auditor, and the history of one record for its page."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal, select, tuple_

from crm.audit import rules
from crm.audit.models import AuditEvent
from crm.core import paging
from crm.core.actor import Actor
from crm.core.clock import midnight
from crm.core.db import UtcMoment, db
from crm.core.errors import RuleBroken
from crm.core.paging import Page, Window

_BATCH = 1000


@dataclass(frozen=True, slots=True)
class Filters:
    """Days are the city's, both included; `person` is part of a name, `q` part of the subject's label."""

    since: date | None = None
    until: date | None = None
    person: str = ""
    code: str = ""
    subject: str = ""
    result: str = ""
    q: str = ""


@dataclass(frozen=True, slots=True)
class EventRow:
    id: int
    at: datetime
    code: str
    result: str
    actor_name: str
    post: str
    ip: str
    subject_type: str
    subject_id: int | None
    subject_label: str
    note: str
    diff: dict[str, Any]

    @property
    def sentence(self) -> str:
        return rules.sentence(self.code)

    @property
    def post_words(self) -> str:
        return rules.post_words(self.post)

    @property
    def changes(self) -> tuple[rules.Change, ...]:
        return rules.changes(self.subject_type, self.diff)


_COLUMNS = (
    AuditEvent.id,
    AuditEvent.at,
    AuditEvent.code,
    AuditEvent.result,
    AuditEvent.actor_name,
    AuditEvent.post,
    AuditEvent.ip,
    AuditEvent.subject_type,
    AuditEvent.subject_id,
    AuditEvent.subject_label,
    AuditEvent.note,
    AuditEvent.diff,
)


def _conditions(filters: Filters) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if filters.since:
        found.append(AuditEvent.at >= midnight(filters.since))
    if filters.until:
        found.append(AuditEvent.at < midnight(filters.until + timedelta(days=1)))
    if filters.person:
        found.append(AuditEvent.actor_name.contains(filters.person, autoescape=True))
    if filters.q:
        found.append(AuditEvent.subject_label.contains(filters.q, autoescape=True))
    for column, value in (
        (AuditEvent.code, filters.code),
        (AuditEvent.subject_type, filters.subject),
        (AuditEvent.result, filters.result),
    ):
        if value:
            found.append(column == value)
    return found


def count(actor: Actor, filters: Filters) -> int:
    actor.require(rules.READ_VERB)
    return db.session.scalar(select(func.count(AuditEvent.id)).where(*_conditions(filters))) or 0


def _newest_first(filters: Filters) -> Select[Any]:
    return select(*_COLUMNS).where(*_conditions(filters)).order_by(AuditEvent.at.desc(), AuditEvent.id.desc())


def page(actor: Actor, filters: Filters, window: Window) -> Page[EventRow]:
    """Newest first, in two statements. Raises Forbidden for everybody but the auditor."""
    total = count(actor, filters)
    query = _newest_first(filters)
    if window.after:
        at, last = paging.key_of(window.after, 2)
        try:
            seen = tuple_(literal(datetime.fromisoformat(at or ""), UtcMoment()), literal(int(last or "")))
        except ValueError as error:
            raise RuleBroken("翻页位置无法识别，请回到第一页。", field="after") from error
        query = query.where(tuple_(AuditEvent.at, AuditEvent.id) < seen)
    found = db.session.execute(query.limit(window.per_page + 1)).all()
    rows = [EventRow(*row) for row in found[: window.per_page]]
    following = None
    if len(found) > window.per_page:
        following = paging.token(rows[-1].at.isoformat(), rows[-1].id)
    return Page(rows, total, window, following)


def stream(actor: Actor, filters: Filters) -> Iterator[EventRow]:
    """Every row behind the filters, newest first, in batches."""
    actor.require(rules.READ_VERB)
    for row in db.session.execute(_newest_first(filters), execution_options={"yield_per": _BATCH}):
        yield EventRow(*row)


def of_project(project_id: int, most: int = 100) -> Sequence[rules.Line]:
    """What was done to a project, newest first. The caller has checked that the project is visible."""
    return _history(AuditEvent.project_id == project_id, most=most)


def of_company(
    company_id: int, zones: ColumnElement[bool] | None = None, most: int = 100
) -> Sequence[rules.Line]:
    """What was done to a company; `zones` is a condition on AuditEvent.zone_id where only some zones' acts may be read.

    Acts on projects are left out: a confidential one would give its investor away here.
    """
    conditions = [AuditEvent.company_id == company_id, AuditEvent.project_id.is_(None)]
    if zones is not None:
        conditions.append(zones)
    return _history(*conditions, most=most)


def _history(*conditions: ColumnElement[bool], most: int) -> Sequence[rules.Line]:
    rows = db.session.execute(
        select(*_COLUMNS)
        .where(*conditions, AuditEvent.result == "ok", AuditEvent.code.not_in(rules.LOOKING))
        .order_by(AuditEvent.id.desc())
        .limit(most)
    )
    return [_line(EventRow(*row)) for row in rows]


def _line(row: EventRow) -> rules.Line:
    return rules.Line(
        row.id, row.at, row.actor_name, row.post_words, row.sentence, row.subject_label, row.note, row.changes
    )
