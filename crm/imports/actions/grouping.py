"""Companies of a list put under their parents, once all of its rows are in the register: a parent may stand further down."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select

from crm.companies import naming
from crm.companies import queries as companies
from crm.companies.actions import entries
from crm.companies.models import Company
from crm.core.db import db
from crm.core.idsets import among
from crm.imports import queries
from crm.imports.actions import bulk
from crm.imports.actions.deciding import companies as deciding
from crm.imports.models import ImportBatch, ImportRow
from crm.imports.queries import StagedRow
from crm.imports.rules import RowAction
from crm.imports.rules.groups import gives_parents

_CHUNK = 500
#: So many parents that were not found are named on the result.
_NAMED = 20


@dataclass(slots=True)
class Placed:
    """How far the placing has come: staged rows up to `row_id` are done; `open` are parents that nobody is, by their rows."""

    row_id: int = 0
    count: int = 0
    open: dict[str, int] = field(default_factory=dict)

    def counts(self) -> dict[str, Any]:
        return {"placed": self.count, "open_parents": self.open}

    def leave(self, names: Sequence[str]) -> None:
        self.open = dict((Counter(self.open) + Counter(names)).most_common(_NAMED))


def waiting(batch: ImportBatch, after: int) -> Sequence[StagedRow]:
    """The next rows of a batch; none where no column of its sheets gives a parent."""
    if not gives_parents(batch.sheets):
        return ()
    wanted = (RowAction.NEW, RowAction.UPDATE)
    return queries.rows(batch.id, actions=wanted, after=after, most=_CHUNK)


@dataclass(frozen=True, slots=True)
class _Child:
    id: int
    parent_id: int | None
    version: int
    own: bool


def place(batch: ImportBatch, staged: Sequence[StagedRow], placed: Placed, now: datetime) -> None:
    """In the caller's transaction. Nothing is overwritten that nobody has confirmed, and nobody comes to stand above himself."""
    placed.row_id = staged[-1].id
    rows = [row for row in staged if row.fields.get("parent")]
    if not rows:
        return
    entries.take_turns_in_groups()
    hits = companies.match_many([deciding.wanted(row.fields) for row in rows])
    parents = companies.match_many([naming.named(row.fields["parent"]) for row in rows])
    children = _children(batch, hits.values())
    above = companies.parents_up([*hits.values(), *parents.values()])
    moves: list[tuple[StagedRow, _Child, int]] = []
    for index, row in enumerate(rows):
        child, parent_id = children.get(hits.get(index, 0)), parents.get(index)
        if child is None or above.get(child.id) == parent_id is not None:
            continue
        if parent_id is None or companies.closes_circle(child.id, parent_id, above):
            placed.leave([row.fields["parent"]])
        elif _may_move(row, child, above):
            above[child.id] = parent_id
            moves.append((row, child, parent_id))
    placed.count += len(moves)
    _write(moves, now)


def _children(batch: ImportBatch, company_ids: Any) -> dict[int, _Child]:
    query = select(Company.id, Company.parent_id, Company.version, Company.batch_id).where(
        among(Company.id, sorted(set(company_ids)))
    )
    return {
        row.id: _Child(row.id, row.parent_id, row.version, row.batch_id == batch.id and row.version == 1)
        for row in db.session.execute(query)
    }


def _may_move(row: StagedRow, child: _Child, above: dict[int, int]) -> bool:
    """What the batch brought in is its own; what stood there before keeps its parent unless a person said otherwise, and is
    left alone where somebody has saved it since this batch filled it in."""
    if child.id in above:
        return row.accepted and not child.own
    return child.own or not row.before or row.before["version"] == child.version


def _write(moves: Sequence[tuple[StagedRow, _Child, int]], now: datetime) -> None:
    """A company of the batch stays as untouched as it came in; of others the undo keeps what was."""
    own = [{"row_id": child.id, "under": parent_id} for _, child, parent_id in moves if child.own]
    table = bulk.table_of(Company)
    if own:
        placing = table.update().where(table.c.id == bindparam("row_id")).values(parent_id=bindparam("under"))
        db.session.connection().execute(placing, own)
    known = [(row, child, parent_id) for row, child, parent_id in moves if not child.own]
    bulk.change(Company, [(child.id, {"parent_id": p, "updated_at": now}) for _, child, p in known])
    bulk.change(ImportRow, [(row.id, _kept(row, child)) for row, child, _ in known])


def _kept(row: StagedRow, child: _Child) -> dict[str, Any]:
    values = {**row.before.get("values", {}), "parent_id": child.parent_id}
    before = {"values": values, "version": child.version + 1}
    return {"target_id": child.id, "action": RowAction.UPDATE, "before": before}
