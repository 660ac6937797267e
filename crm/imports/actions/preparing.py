"""What of a company list can be made ready before the write begins: names, keys, search entries."""

import pickle
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import IO, Any

from crm.companies.actions import entries
from crm.companies.rules import CompanyDraft, CompanyKind
from crm.imports import queries
from crm.imports.actions.deciding import CompanyDecider
from crm.imports.actions.staging import opened
from crm.imports.models import ImportBatch
from crm.imports.queries import matching
from crm.imports.rules import RowAction
from crm.imports.rules.rows import ReadRow

_PLAIN = (
    "short_name",
    "region",
    "city",
    "address",
    "industry",
    "registered_capital_text",
    "business",
    "website",
)


def draft_of(fields: dict[str, Any]) -> CompanyDraft:
    """What the sheet says of a company, as the register takes it."""
    founded, capital = fields.get("founded_on"), fields.get("registered_capital")
    return CompanyDraft(
        name=fields["name"],
        code=fields.get("uscc") or fields.get("old_reg_no") or "",
        listed_code=fields.get("listed_code") or "",
        kind=CompanyKind(fields["kind"]) if fields.get("kind") else None,
        founded_on=date.fromisoformat(founded) if founded else None,
        registered_capital=Decimal(capital) if capital else None,
        aliases=tuple(alias[:200] for alias in fields.get("aliases", ())),
        **{name: fields.get(name, "") for name in _PLAIN},
    )


@dataclass(slots=True)
class Ready:
    """A row ready to be written: `columns` of a new company, or the `changes` of the one with `target_id`."""

    staged_id: int
    action: RowAction
    target_id: int | None
    columns: dict[str, Any]
    aliases: list[dict[str, Any]]
    changes: dict[str, Any]
    people: list[Any]
    notes: str


@dataclass(slots=True)
class Prepared:
    """Rows ready to be written, spooled to disk in chunks so that memory stays flat."""

    spool: IO[bytes]
    chunks: int = 0
    rows: int = 0

    @classmethod
    def empty(cls) -> "Prepared":
        return cls(tempfile.TemporaryFile())

    def put(self, rows: list[Ready]) -> None:
        pickle.dump(rows, self.spool, pickle.HIGHEST_PROTOCOL)
        self.chunks += 1
        self.rows += len(rows)

    def close(self) -> None:
        """The spool goes; nothing of it is left on the disk."""
        self.spool.close()

    def __iter__(self) -> Iterator[list[Ready]]:
        self.spool.seek(0)
        for _ in range(self.chunks):
            # Only this process has written the spool, which has no name.
            yield pickle.load(self.spool)  # noqa: S301


def prepare(batch: ImportBatch, prepared: Prepared) -> Iterator[int]:
    """Computes names, keys and search entries into the spool; gives the number of rows after each chunk.

    Every row is decided again, unless no company has been registered since the file was read.
    """
    again = batch.counts.get("newest") != matching.newest_company()
    decider = CompanyDecider(batch.zone_id)
    wanted = (RowAction.NEW, RowAction.UPDATE, RowAction.DUPLICATE)
    for chunk in queries.staged(batch.id, wanted):
        rows = [opened(staged) for staged in chunk]
        if again:
            decider.decide(rows)
        else:
            for staged, row in zip(chunk, rows, strict=True):
                row.action, row.target_id, row.changes = staged.action, staged.target_id, staged.changes
        prepared.put([_ready(staged.id, row) for staged, row in zip(chunk, rows, strict=True)])
        yield prepared.rows


def _ready(staged_id: int, row: ReadRow) -> Ready:
    columns: dict[str, Any] = {}
    aliases: list[dict[str, Any]] = []
    if row.action is RowAction.NEW:
        draft = draft_of(row.fields)
        columns = entries.columns(draft)
        others = entries.other_names(draft, columns["name"])
        aliases = [{"alias": name, "key": key, "kind": kind} for key, (name, kind) in others.items()]
    notes = row.fields.get("notes", "")
    return Ready(staged_id, row.action, row.target_id, columns, aliases, row.changes, row.people, notes)
