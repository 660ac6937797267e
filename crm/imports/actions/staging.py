"""From a file to staged rows: parsed, compared with what is there, written in chunks."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import date
from itertools import islice
from typing import Any, cast

from sqlalchemy import Table as SqlTable
from sqlalchemy import delete, insert

from crm.accounts import permissions
from crm.core import text
from crm.core.actor import Actor, Scope
from crm.core.db import db
from crm.core.errors import RuleBroken
from crm.core.tables import Book
from crm.imports import queries
from crm.imports.actions.deciding import (
    CompanyDecider,
    InvestmentDecider,
    ProjectDecider,
    TargetDecider,
    decider,
)
from crm.imports.models import ImportBatch, ImportRow
from crm.imports.rules import BatchKind, RowAction, groups
from crm.imports.rules import rows as reading
from crm.imports.rules.cells import Person
from crm.imports.rules.projects import Sender
from crm.imports.rules.rows import Choices, ReadRow, Table
from crm.imports.rules.zone_names import ZoneNames

CHUNK = 500
#: The first rows of a file are kept as they were written, to be shown; further down only rows with problems are.
KEPT_RAW = 2000


@dataclass(slots=True)
class Counts:
    """Rows by what becomes of them; `rows` are those that hold a record, `skipped` those left out, `waiting` those that
    nobody has confirmed; problems by kind.
    """

    rows: int = 0
    new: int = 0
    updated: int = 0
    duplicates: int = 0
    skipped: int = 0
    errors: int = 0
    waiting: int = 0
    kinds: dict[str, int] = field(default_factory=dict)

    def add(self, row: ReadRow) -> None:
        action = row.action
        for problem in row.problems:
            self.kinds[problem.kind] = self.kinds.get(problem.kind, 0) + 1
        name = {
            RowAction.NEW: "new",
            RowAction.UPDATE: "updated",
            RowAction.DUPLICATE: "duplicates",
            RowAction.ERROR: "errors",
        }
        self.rows += action is not RowAction.SKIP
        counted = "waiting" if row.waits else name.get(action, "skipped")
        setattr(self, counted, getattr(self, counted) + 1)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(slots=True)
class Reading:
    """A book being read for an actor: iterate `chunks` for its rows, each with its fate."""

    actor: Actor
    kind: BatchKind
    zone_id: int | None
    today: date
    tables: list[Table]
    task: reading.Task
    decider: CompanyDecider | ProjectDecider | InvestmentDecider | TargetDecider
    counts: Counts = field(default_factory=Counts)
    #: Told of every chunk once its fate is decided.
    listener: Callable[[list[ReadRow]], None] | None = None

    def chunks(self) -> Iterator[list[ReadRow]]:
        source = reading.read(self.tables, self.task)
        while chunk := list(islice(source, CHUNK)):
            self.decider.decide(chunk)
            for row in chunk:
                self.counts.add(row)
            if self.listener is not None:
                self.listener(chunk)
            yield chunk


def sender(actor: Actor, zone_id: int | None, names: ZoneNames) -> Sender:
    """Whose names and limits apply: the zone the batch is for, else the actor's own place."""
    zone = next((zone for zone in names.zones if zone.id == zone_id), None)
    everywhere = actor.scope(permissions.IMPORT_RUN) is Scope.CITY
    allowed = None if everywhere else frozenset({actor.zone_id or 0})
    return Sender(zone.county_id if zone else actor.county_id, allowed, zone.code if zone else None)


def target_zone(actor: Actor, code: str | None, names: ZoneNames) -> int | None:
    """The zone a batch is for: one's own, or any for the bureau, whose lists may also be for none."""
    actor.require(permissions.IMPORT_RUN)
    zone = names.by_code(code) if code else None
    if code and zone is None:
        raise RuleBroken(f"没有代码为 {code} 的开发区，请核对。", field="zone")
    if actor.scope(permissions.IMPORT_RUN) is Scope.CITY:
        return zone.id if zone else None
    if zone is not None and zone.id != actor.zone_id:
        raise RuleBroken("只能为本板块导入。请切换岗位，或不指定板块。", field="zone")
    return actor.zone_id


def begin(
    actor: Actor,
    kind: BatchKind,
    book: Book,
    zone_id: int | None,
    today: date,
    corrections: dict[str, Any] | None = None,
    choices: Choices | None = None,
) -> Reading:
    """Finds the tables of a book. Raises RuleBroken when there is none. The unit's own headings come before ours."""
    actor.require(permissions.IMPORT_RUN)
    names = queries.zone_names()
    taught = queries.templates(actor.unit_id, kind) | (corrections or {})
    tables = reading.tables_of(book, kind, taught, names)
    task = reading.Task(kind, today, names, sender(actor, zone_id, names), choices or Choices())
    listed = groups.listed(tables, task.choices)
    return Reading(
        actor, kind, zone_id, today, tables, task, decider(kind, actor, zone_id, names, today, listed)
    )


# --- staging --------------------------------------------------------------------------------------


def stage(batch: ImportBatch, read: Reading) -> Iterator[int]:
    """Replaces the batch's staged rows; gives the number of rows so far after each chunk, so that an edge may commit."""
    batch_id = batch.id
    db.session.execute(delete(ImportRow).where(ImportRow.batch_id == batch_id))
    written = 0
    for chunk in read.chunks():
        values = [_staged(batch_id, row, written + at) for at, row in enumerate(chunk)]
        db.session.execute(insert(cast(SqlTable, ImportRow.__table__)), values)
        written += len(chunk)
        yield written


def _staged(batch_id: int, row: ReadRow, at: int) -> dict[str, Any]:
    keep = at < KEPT_RAW or bool(row.problems)
    fields = row.fields
    if row.people:
        masked = [{"name": p.name, "post": p.post, "phone": text.mask_phone(p.phone)} for p in row.people]
        fields = fields | {"contacts": masked}
    return {
        "batch_id": batch_id,
        "sheet": row.sheet,
        "row_no": row.row_no,
        "action": row.action,
        "raw": row.masked() if keep else [],
        "fields": fields,
        "secret": _secret(row, keep),
        "problems": [problem.as_json() for problem in row.problems],
        "changes": row.changes,
        "accepted": row.confirmed,
        "target_id": row.target_id,
        "before": {},
    }


def _secret(row: ReadRow, keep: bool) -> str | None:
    """What must not stand open in the database: numbers, and the cells they were written in."""
    raw = {}
    if keep:
        masked = row.masked()
        raw = {str(at): row.raw[at] for at in row.hidden if at < len(row.raw) and row.raw[at] != masked[at]}
    phones = [person.phone for person in row.people]
    if not raw and not any(phones):
        return None
    return json.dumps({"raw": raw, "phones": phones}, ensure_ascii=False)


def opened(row: queries.StagedRow) -> ReadRow:
    """A staged row as it was read, numbers and all; its fate is to be decided anew."""
    secret = json.loads(row.secret) if row.secret else {}
    phones = secret.get("phones", [])
    contacts = row.fields.get("contacts", [])
    people = [
        Person(contact["name"], contact["post"], phones[at] if at < len(phones) else "")
        for at, contact in enumerate(contacts)
    ]
    raw = list(row.raw)
    for at, written in secret.get("raw", {}).items():
        raw[int(at)] = written
    fields = {key: value for key, value in row.fields.items() if key != "contacts"}
    return ReadRow(row.sheet, row.row_no, RowAction.NEW, raw, fields, people=people, confirmed=row.accepted)


def opened_many(rows: Iterable[queries.StagedRow]) -> list[ReadRow]:
    return [opened(row) for row in rows]
