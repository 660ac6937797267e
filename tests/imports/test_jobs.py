"""Cleaning what nobody imports."""

import os
from datetime import timedelta

import pytest

from crm.core import clock
from crm.core.db import db
from crm.imports import jobs
from crm.imports.models import ImportBatch
from crm.imports.rules import BatchKind, BatchState


def _batch(world, state: BatchState, days: int) -> ImportBatch:
    made = ImportBatch(
        kind=BatchKind.PROJECTS,
        state=state,
        filename="在谈.xlsx",
        sha256="0" * 64,
        size=1,
        user_id=world.users["officer"].id,
        created_at=clock.now() - timedelta(days=days),
    )
    db.session.add(made)
    db.session.flush()
    jobs.folder().mkdir(parents=True, exist_ok=True)
    (jobs.folder() / f"batch-{made.id}").write_bytes(b"x")
    return made


@pytest.mark.parametrize(
    ("state", "days", "goes", "after"),
    [
        (BatchState.UPLOADED, 29, False, BatchState.UPLOADED),
        (BatchState.UPLOADED, 31, True, BatchState.FAILED),
        (BatchState.READ, 31, True, BatchState.FAILED),
        (BatchState.FAILED, 31, True, BatchState.FAILED),
        (BatchState.COMMITTED, 31, True, BatchState.COMMITTED),
        (BatchState.COMMITTING, 31, False, BatchState.COMMITTING),
        (BatchState.READING, 31, False, BatchState.READING),
    ],
)
def test_the_file_of_an_abandoned_import_goes_after_thirty_days(
    world, state: BatchState, days: int, goes: bool, after: BatchState
) -> None:
    batch = _batch(world, state, days)
    said = jobs.clean_uploads(clock.now())
    path = jobs.folder() / f"batch-{batch.id}"
    assert path.exists() != goes and said == f"清理导入文件 {int(goes)} 个"
    assert batch.state is after
    if after is not state:
        assert "重新上传" in batch.message
    path.unlink(missing_ok=True)


def test_what_a_broken_upload_left_goes_after_a_day(world) -> None:
    jobs.folder().mkdir(parents=True, exist_ok=True)
    old, young = jobs.folder() / "incoming-old", jobs.folder() / "incoming-young"
    for path in (old, young):
        path.write_bytes(b"x")
    two_days_ago = (clock.now() - timedelta(days=2)).timestamp()
    os.utime(old, (two_days_ago, two_days_ago))
    jobs.clean_uploads(clock.now())
    assert not old.exists() and young.exists()
    young.unlink()
