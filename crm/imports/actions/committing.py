"""Committing a batch: a ledger in one transaction, a company list in as many short ones as it needs (ADR 9).

SQLite has one writer. What is expensive is computed between the transactions, while nobody waits; each writes
five hundred rows with everything that hangs on them and says on the batch how far it has come, so an attempt that was
broken off is picked up where it stood, or taken back.
"""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any

from crm.accounts import permissions
from crm.audit import actions as audit
from crm.core.actor import Actor
from crm.core.db import db, looking
from crm.core.errors import Conflict
from crm.imports import queries
from crm.imports.actions import companies, grouping, investment, projects, targets
from crm.imports.actions.companies import Written
from crm.imports.actions.grouping import Placed
from crm.imports.actions.preparing import Preparer, Ready
from crm.imports.actions.running import Run
from crm.imports.models import ImportBatch
from crm.imports.queries import StagedRow, matching
from crm.imports.rules import KIND_LABELS, OF_COMPANIES, BatchKind, BatchState, RowAction

#: Rows of one transaction: they hold SQLite's writer for a fifth of a second, for a good one where six others compute.
CHUNK = 500
COUNT_LABELS = (
    ("new", "新增"),
    ("updated", "更新"),
    ("duplicates", "重复"),
    ("skipped", "跳过"),
    ("errors", "未导入"),
)
_WANTED = (RowAction.NEW, RowAction.UPDATE, RowAction.DUPLICATE)


def subject(batch: ImportBatch) -> audit.Subject:
    return audit.Subject("import", batch.id, batch.filename, batch.zone_id)


def claim(batch: ImportBatch) -> None:
    """Marks a batch as being committed: of two who press the button at once, one is refused.

    A commit that was broken off and that nobody works on may be claimed again.
    """
    batch = queries.held(batch.id)
    again = batch.state is BatchState.COMMITTING and batch.undone_at is None and queries.stranded(batch)
    if batch.state is not BatchState.READ and not again:
        raise Conflict("这一批已经入库或正在入库，请刷新页面看结果。")
    batch.state = BatchState.COMMITTING
    db.session.flush()


def commit(actor: Actor, batch: ImportBatch, now: datetime, today: date) -> None:
    """Writes everything that has no error, as one transaction of the caller's: for ledgers and for short lists."""
    actor.require(permissions.IMPORT_RUN)
    if batch.kind in OF_COMPANIES:
        filling = Filling.of(actor, batch, now)
        while filling.prepare():
            filling.write()
        while filling.place():
            pass
        _close(actor, batch, filling.so_far.counts(), now)
    else:
        write = investment.write if batch.kind is BatchKind.INVESTMENT else projects.write
        written = write(Run(actor, batch, queries.zone_names(), now, today))
        _close(actor, batch, _counts(written), now)


def commit_in_steps(
    actor: Actor, batch: ImportBatch, now: datetime, today: date, end: Callable[[], None]
) -> Iterator[int]:
    """The same for a list of any length: `end` ends each short transaction; gives the rows done after each.

    Raises Conflict where somebody else is at it or has taken it back.
    """
    if batch.kind not in OF_COMPANIES:
        commit(actor, batch, now, today)
        end()
        return
    actor.require(permissions.IMPORT_RUN)
    filling = Filling.of(actor, batch, now)
    while True:
        with looking():
            more = filling.prepare()
        if not more:
            break
        filling.write()
        end()
        yield filling.so_far.rows
    while filling.place():
        end()
        yield filling.so_far.rows
    _close(actor, filling.own(), filling.so_far.counts(), now)
    end()


def _counts(written: Written) -> dict[str, int]:
    return {"new": written.new, "updated": written.updated, "duplicates": written.duplicates}


def _close(actor: Actor, batch: ImportBatch, counts: dict[str, Any], now: datetime) -> None:
    kept = {key: value for key, value in batch.counts.items() if key not in ("so_far", "undoing")}
    batch.counts = kept | counts
    batch.state = BatchState.COMMITTED
    batch.committed_at = now
    db.session.flush()
    told = "，".join(f"{label} {batch.counts.get(key, 0)}" for key, label in COUNT_LABELS)
    audit.record(actor, "import.committed", subject(batch), note=f"{KIND_LABELS[batch.kind]} {told}")


# --- a company list -------------------------------------------------------------------------------


@dataclass(slots=True)
class SoFar:
    """How far a commit has come, as the batch keeps it under `counts.so_far`: staged rows up to `row_id` are in the register."""

    row_id: int = 0
    rows: int = 0
    new: int = 0
    updated: int = 0
    duplicates: int = 0
    #: The highest id of the register after the last step: when it has grown since, somebody else has registered.
    newest: int = 0
    #: After all rows: how far their parents are set.
    placed: Placed = field(default_factory=Placed)

    def counts(self) -> dict[str, Any]:
        done = {"new": self.new, "updated": self.updated, "duplicates": self.duplicates}
        return done | self.placed.counts() if self.placed.row_id else done

    def add(self, written: Written, rows: list[StagedRow]) -> None:
        self.row_id = rows[-1].id
        self.rows += len(rows)
        self.new += written.new
        self.updated += written.updated
        self.duplicates += written.duplicates
        self.newest = matching.newest_company()


def _so_far(batch: ImportBatch) -> SoFar:
    # Where taking it back was broken off, every row is looked at anew.
    if "undoing" in batch.counts:
        return SoFar()
    kept = batch.counts.get("so_far", {"newest": batch.counts.get("newest", 0)})
    return SoFar(**kept | {"placed": Placed(**kept.get("placed", {}))})


@dataclass(slots=True)
class Filling:
    """A company list on its way into the register: `prepare` reads and computes a chunk, `write` writes it."""

    actor: Actor
    batch_id: int
    now: datetime
    so_far: SoFar
    preparer: Preparer
    staged: list[StagedRow] = field(default_factory=list)
    ready: list[Ready] = field(default_factory=list)

    @classmethod
    def of(cls, actor: Actor, batch: ImportBatch, now: datetime) -> "Filling":
        so_far = _so_far(batch)
        return cls(actor, batch.id, now, so_far, Preparer(batch.zone_id, so_far.newest, batch.kind))

    def prepare(self) -> bool:
        """False when nothing is left to be written."""
        after = self.so_far.row_id
        self.staged = list(queries.rows(self.batch_id, actions=_WANTED, after=after, most=CHUNK))
        self.ready = self.preparer.ready(self.staged) if self.staged else []
        return bool(self.staged)

    def write(self) -> None:
        """The caller's transaction: the batch's row is held first, so of two at the same batch one is refused."""
        batch = self.own()
        if matching.newest_company() != self.preparer.newest:
            self.ready = self.preparer.ready(self.staged)
        if batch.kind is BatchKind.TARGETS:
            written = targets.write(self.actor, batch, self.ready, self.staged, self.now)
        else:
            written = companies.write(self.actor, batch, self.ready, self.now)
        self.so_far.add(written, self.staged)
        self.preparer.newest = self.so_far.newest
        self._keep(batch)

    def place(self) -> bool:
        """The next rows under their parents, in the caller's transaction; False when there are no more."""
        batch = self.own()
        rows = grouping.waiting(batch, self.so_far.placed.row_id)
        if rows:
            grouping.place(batch, rows, self.so_far.placed, self.now)
            self._keep(batch)
        return bool(rows)

    def _keep(self, batch: ImportBatch) -> None:
        kept = {key: value for key, value in batch.counts.items() if key != "undoing"}
        batch.counts = kept | {"so_far": asdict(self.so_far)}
        db.session.flush()

    def own(self) -> ImportBatch:
        """The batch, held for this transaction and standing where this attempt has left it."""
        batch = queries.held(self.batch_id)
        ours = batch.state is BatchState.COMMITTING and batch.undone_at is None
        if not ours or _so_far(batch) != self.so_far:
            raise Conflict("这一批正由另一个进程处理，或已经撤销。请刷新页面看结果。")
        return batch
