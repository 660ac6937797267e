"""Taking a batch back: what it made and nobody has touched since; the rest is left, and named.

A long list goes in short transactions, as it came (ADR 9). `batch.undone_at` is set from the first of them on.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

from crm.accounts import permissions
from crm.audit import actions as audit
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.errors import Conflict
from crm.imports import queries
from crm.imports.actions.batches import reopen
from crm.imports.actions.committing import subject
from crm.imports.actions.undoing import companies, investment, projects, targets
from crm.imports.actions.undoing.traces import Undone as Undone
from crm.imports.models import ImportBatch
from crm.imports.rules import BatchKind, BatchState
from crm.settings import queries as settings

_Step = Callable[[ImportBatch, Undone], bool]
_REST: tuple[_Step, ...] = (companies.remove_contacts, companies.remove_links, companies.remove_companies)
_STEPS: Mapping[BatchKind, Sequence[_Step]] = {
    BatchKind.PROJECTS: (projects.take_back, *_REST),
    BatchKind.COMPANIES: (companies.restore, *_REST),
    BatchKind.INVESTMENT: (investment.take_back,),
    BatchKind.TARGETS: (targets.put_back, targets.take_back, companies.restore, *_REST),
}


def undo(actor: Actor, batch: ImportBatch, now: datetime) -> Undone:
    """Everything in the caller's transaction. Raises Conflict as `claim_undo` does."""
    claim_undo(actor, batch, now)
    *_, undone = [Undone(), *_steps(batch.id)]
    _close(actor, batch, undone, now)
    return undone


def undo_in_steps(
    actor: Actor, batch: ImportBatch, now: datetime, end: Callable[[], None]
) -> Iterator[Undone]:
    """A claimed batch, however long: `end` ends each short transaction. Broken off, it goes on when called again."""
    batch_id = batch.id
    undone = Undone()
    for undone in _steps(batch_id):
        end()
        yield undone
    _close(actor, queries.held(batch_id), undone, now)
    end()
    yield undone


def claim_undo(actor: Actor, batch: ImportBatch, now: datetime) -> None:
    """Raises Conflict for a batch that is not committed, is worked on, or is beyond the hours the setting allows.

    A commit or an undo that nobody works on any more may be claimed too.
    """
    actor.require(permissions.IMPORT_RUN)
    batch = queries.held(batch.id)
    if not queries.stranded(batch):
        if batch.state is not BatchState.COMMITTED or batch.committed_at is None:
            raise Conflict("这一批没有入库，或已经撤销，不需要再撤销。")
        if batch.undone_at is not None:
            raise Conflict("这一批正在撤销，请稍后刷新页面看结果。")
        hours = settings.value("import_undo_hours")
        if now - batch.committed_at > timedelta(hours=hours):
            raise Conflict(f"入库已超过 {hours} 小时，不能整批撤销。请在各条记录上修改。")
    batch.undone_at = now
    db.session.flush()


def take_back(batch_id: int, end: Callable[[], None]) -> None:
    """Removes what a commit that failed has written so far; the batch may then be tried again.

    Broken off, it leaves a batch whose commit begins anew and finds in the register what is still there.
    """
    batch = queries.held(batch_id)
    if batch.state is not BatchState.COMMITTING or batch.undone_at is not None:
        db.session.rollback()
        return
    if "so_far" in batch.counts:
        for _ in _steps(batch_id):
            end()
    reopen(queries.held(batch_id))
    end()


def _steps(batch_id: int) -> Iterator[Undone]:
    """Each step is one chunk of the first kind of work that has something left; what was done stands on the batch."""
    while True:
        batch = queries.held(batch_id)
        undone = Undone(**batch.counts.get("undoing", {}))
        if not any(step(batch, undone) for step in _STEPS[batch.kind]):
            return
        batch.counts = batch.counts | {"undoing": asdict(undone)}
        db.session.flush()
        yield undone


def _close(actor: Actor, batch: ImportBatch, undone: Undone, now: datetime) -> None:
    companies.name_left(batch, undone)
    batch.state = BatchState.UNDONE
    batch.undone_at = now
    kept = {key: value for key, value in batch.counts.items() if key not in ("undoing", "so_far")}
    batch.counts = kept | {
        "removed": undone.removed,
        "restored": undone.restored,
        "left": undone.left_count,
    }
    batch.message = "\n".join(undone.left)
    db.session.flush()
    audit.record(
        actor,
        "import.undone",
        subject(batch),
        note=undone.told,
    )
