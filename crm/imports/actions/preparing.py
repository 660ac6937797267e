"""What of a company list can be made ready before the write begins: names, keys, search entries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from crm.companies.actions import entries
from crm.companies.rules import CompanyDraft, CompanyKind
from crm.imports.actions.deciding import CompanyDecider, TargetDecider
from crm.imports.actions.staging import opened
from crm.imports.queries import StagedRow, matching
from crm.imports.rules import BatchKind, RowAction
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
class Preparer:
    """Makes staged rows of one batch ready. Reads, never writes.

    Rows are decided again once somebody has registered a company since they were decided: `newest` is the highest id
    of the register at that time.
    """

    zone_id: int | None
    newest: int
    kind: BatchKind = BatchKind.COMPANIES
    again: bool = False

    def ready(self, chunk: Sequence[StagedRow]) -> list[Ready]:
        newest = matching.newest_company()
        self.again = self.again or newest != self.newest
        self.newest = newest
        rows = [opened(staged) for staged in chunk]
        for staged, row in zip(chunk, rows, strict=True):
            row.action, row.target_id, row.changes = staged.action, staged.target_id, staged.changes
        if self.again:
            self._decide(chunk, rows)
        return [_ready(staged.id, row) for staged, row in zip(chunk, rows, strict=True)]

    def _decide(self, chunk: Sequence[StagedRow], rows: Sequence[ReadRow]) -> None:
        """Rows that repeat an earlier one of the file stay out, whoever has registered what."""
        open_rows = []
        for staged, row in zip(chunk, rows, strict=True):
            if not any(problem["kind"] == "repeated" for problem in staged.problems):
                row.action, row.target_id, row.changes = RowAction.NEW, None, {}
                open_rows.append(row)
        decider = CompanyDecider(self.zone_id)
        if self.kind is BatchKind.TARGETS:
            TargetDecider(self.zone_id, decider).decide(open_rows)
        else:
            decider.decide(open_rows)
        self._keep_parents(chunk, open_rows)

    def _keep_parents(self, chunk: Sequence[StagedRow], rows: Sequence[ReadRow]) -> None:
        """Parents are set once all rows are in (`actions.groups`); what was said of them when the file was read stands."""
        said = {(s.sheet, s.row_no): s.changes["parent"] for s in chunk if "parent" in s.changes}
        for row in rows:
            if row.target_id is not None and (parent := said.get((row.sheet, row.row_no))):
                row.changes, row.action = {**row.changes, "parent": parent}, RowAction.UPDATE


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
