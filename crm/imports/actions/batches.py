"""A batch from upload to the last look before its commit: the verbs that pages, commands and background tasks share. None of them commits."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import delete

from crm.accounts import permissions
from crm.audit import actions as audit
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.errors import Conflict, RuleBroken
from crm.imports import files, queries
from crm.imports.actions import staging
from crm.imports.actions.committing import subject
from crm.imports.actions.staging import Reading
from crm.imports.files import Kept
from crm.imports.models import HeadingTemplate, ImportBatch, ImportRow
from crm.imports.queries import matching
from crm.imports.rules import KIND_LABELS, BatchKind, BatchState
from crm.imports.rules.rows import Choices

#: Files with more rows than this are read and committed in the background.
INLINE_ROWS = 2000


def upload(actor: Actor, kind: BatchKind, kept: Kept, zone_id: int | None) -> ImportBatch:
    """A new batch for a file that has been kept; the file gets the batch's number for a name."""
    actor.require(permissions.IMPORT_RUN)
    if actor.user_id is None:
        raise RuleBroken("导入要以某个用户的名义进行，请指定登录名。")
    batch = ImportBatch(
        kind=kind,
        state=BatchState.UPLOADED,
        filename=kept.filename,
        sha256=kept.sha256,
        size=kept.size,
        zone_id=zone_id,
        user_id=actor.user_id,
    )
    db.session.add(batch)
    db.session.flush()
    files.settle(kept, batch.id)
    audit.record(actor, "import.uploaded", subject(batch), note=KIND_LABELS[kind])
    return batch


def note(actor: Actor, kind: BatchKind, path: Path, zone_id: int | None) -> ImportBatch:
    """A new batch for a file that lies somewhere on the machine and is read at once."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    batch = ImportBatch(
        kind=kind,
        state=BatchState.READING,
        filename=files.clean_name(path.name),
        sha256=digest,
        size=path.stat().st_size,
        zone_id=zone_id,
        user_id=actor.user_id,
    )
    db.session.add(batch)
    db.session.flush()
    audit.record(actor, "import.uploaded", subject(batch), note=KIND_LABELS[kind])
    return batch


def begin_reading(actor: Actor, batch: ImportBatch, folder: Path, most_mb: int, today: date) -> "Opened":
    """Opens the batch's file with what people have corrected so far. Raises RuleBroken for a file that cannot be read."""
    _refuse_settled(batch)
    path = files.path_of(folder, batch.id)
    if not path.is_file():
        raise RuleBroken("导入文件已经清理，请重新上传。")
    return Opened(actor, batch, path, most_mb, today)


@dataclass(slots=True)
class Opened:
    """A batch's file about to be read. `steps` stages it, chunk by chunk."""

    actor: Actor
    batch: ImportBatch
    path: Path
    most_mb: int
    today: date

    def steps(self) -> Iterator[int]:
        """The number of rows staged so far after each chunk; at the end the batch is READ."""
        batch = self.batch
        with files.opened(self.path, batch.filename, self.most_mb) as book:
            choices = Choices.of(batch.choices)
            read = staging.begin(
                self.actor, batch.kind, book, batch.zone_id, self.today, batch.mapping, choices
            )
            yield from staging.stage(batch, read)
        remember(batch, read)


def remember(batch: ImportBatch, read: Reading) -> None:
    """What was found and counted, on the batch itself."""
    batch.sheets = [table.found.as_stored() for table in read.tables]
    batch.counts = read.counts.as_json() | {"newest": matching.newest_company()}
    batch.message = ""
    batch.state = BatchState.READ
    db.session.flush()


def fail(batch: ImportBatch, message: str) -> None:
    batch.state = BatchState.FAILED
    batch.message = message
    db.session.flush()


def _refuse_settled(batch: ImportBatch) -> None:
    if batch.state in (BatchState.COMMITTED, BatchState.UNDONE, BatchState.COMMITTING):
        raise Conflict("这一批已经入库，不能再改。要改请先撤销，再重新上传。")


# --- corrections ----------------------------------------------------------------------------------


def remap(actor: Actor, batch: ImportBatch, mapping: dict[str, Any], *, keep: bool) -> None:
    """A person's mapping {sheet: {"columns": …, "unit": …}}; `keep` teaches it to the unit for the next sheet like this."""
    _refuse_settled(batch)
    batch.mapping = mapping
    db.session.flush()
    if not keep or actor.unit_id is None:
        return
    for sheet in batch.sheets:
        correction = mapping.get(sheet["name"])
        if not correction:
            continue
        found = queries.template(actor.unit_id, batch.kind, sheet["signature"])
        if found is None:
            found = HeadingTemplate(unit_id=actor.unit_id, kind=batch.kind, signature=sheet["signature"])
            db.session.add(found)
        found.mapping = correction
        found.updated_by = actor.user_id
    db.session.flush()


def answer(
    batch: ImportBatch,
    *,
    cells: dict[str, str] | None = None,
    confirmed: tuple[str, ...] = (),
    skipped: tuple[str, ...] = (),
) -> None:
    """A person's answers to problems, added to those given before; the batch has to be read again."""
    _refuse_settled(batch)
    there = batch.choices
    batch.choices = {
        "cells": {**there.get("cells", {}), **(cells or {})},
        "confirmed": sorted({*there.get("confirmed", ()), *confirmed}),
        "skipped": sorted({*there.get("skipped", ()), *skipped}),
    }
    db.session.flush()


# --- giving up ------------------------------------------------------------------------------------


def discard(batch: ImportBatch) -> None:
    """Nothing of the batch was written: it goes with its staged rows."""
    db.session.execute(delete(ImportRow).where(ImportRow.batch_id == batch.id))
    db.session.delete(batch)
    db.session.flush()


def reopen(batch: ImportBatch) -> None:
    """A commit that failed and of which nothing stands any more leaves a batch that may be tried again."""
    if batch.state is BatchState.COMMITTING:
        batch.state = BatchState.READ
        batch.counts = {key: value for key, value in batch.counts.items() if key != "so_far"}
        db.session.flush()


def forget_file(batch: ImportBatch, folder: Path) -> None:
    """The file has served; numbers in it should not lie about."""
    files.path_of(folder, batch.id).unlink(missing_ok=True)
