"""Reading and committing long lists in the background, in steps, with progress."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from flask import current_app, url_for

from crm.core import clock
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.errors import Conflict, RuleBroken
from crm.imports import actions, queries
from crm.imports.models import ImportBatch
from crm.imports.rules import BatchState
from crm.settings import queries as settings
from crm.tasks.actions import Progress
from crm.tasks.jobs.worker import actor_of, address
from crm.tasks.models import Task

#: How long a file waits for its commit.
KEEP_UPLOADS = timedelta(days=30)
_BUSY = (BatchState.READING, BatchState.COMMITTING)


def folder() -> Any:
    """Where files wait for their commit."""
    return current_app.config["CRM"].data_dir / "imports"


def read_steps(actor: Actor, batch: ImportBatch) -> Any:
    """The batch's file, ready to be read with what people have corrected so far."""
    opened = actions.begin_reading(actor, batch, folder(), settings.value("import_most_mb"), clock.today())
    return opened.steps()


def read(task: Task, progress: Progress) -> Mapping[str, Any]:
    """Stages a batch chunk by chunk; other writers wait for one chunk at most."""
    batch = queries.find(actor_of(task), int(task.payload["batch_id"]))
    total = int(batch.counts.get("rows", 0)) + int(batch.counts.get("skipped", 0))
    try:
        for done in read_steps(actor_of(task), batch):
            db.session.commit()
            progress(done, total if total >= done else 0, f"已读 {done} 行")
    except RuleBroken as broken:
        db.session.rollback()
        actions.fail(db.session.get_one(ImportBatch, batch.id), broken.message)
        db.session.commit()
        raise
    db.session.commit()
    return {"message": f"读出 {batch.counts['rows']} 行", "next": address("imports.show", batch_id=batch.id)}


def commit(task: Task, progress: Progress) -> Mapping[str, Any]:
    """Commits a batch that has been claimed, in short transactions; one that was broken off goes on where it stood."""
    actor = actor_of(task)
    batch = queries.find(actor, int(task.payload["batch_id"]))
    batch_id, total = batch.id, int(batch.counts.get("rows", 0))
    try:
        for done in actions.commit_in_steps(actor, batch, clock.now(), clock.today(), db.session.commit):
            progress(done, total, "正在写入")
    except Conflict:
        raise
    except Exception:
        db.session.rollback()
        actions.take_back(batch_id, db.session.commit)
        raise
    batch = db.session.get_one(ImportBatch, batch_id)
    actions.forget_file(batch, folder())
    return {
        "message": f"新增 {batch.counts['new']}，更新 {batch.counts['updated']}",
        "next": address("imports.show", batch_id=batch_id),
    }


def undo(task: Task, progress: Progress) -> Mapping[str, Any]:
    """Takes back a batch whose undo has been claimed."""
    actor = actor_of(task)
    batch = queries.find(actor, int(task.payload["batch_id"]))
    batch_id, total = batch.id, int(batch.counts.get("new", 0))
    undone = actions.Undone()
    for undone in actions.undo_in_steps(actor, batch, clock.now(), db.session.commit):
        progress(undone.removed, max(total, undone.removed), "正在撤销")
    return {"message": undone.told, "next": address("imports.show", batch_id=batch_id)}


def clean_uploads(now: datetime) -> str:
    """Files of batches nobody has committed for KEEP_UPLOADS, and what broken uploads left: numbers in them should not lie about.

    A batch whose file goes says so; being read or committed at this moment it is left alone.
    """
    removed, edge = 0, now - KEEP_UPLOADS
    for path in sorted(folder().glob("batch-*")):
        number = path.name.removeprefix("batch-")
        batch = db.session.get(ImportBatch, int(number)) if number.isdigit() else None
        if batch is not None:
            if batch.state in _BUSY or batch.created_at > edge:
                continue
            if batch.state in (BatchState.UPLOADED, BatchState.READ):
                actions.fail(batch, f"{KEEP_UPLOADS.days} 天没有入库，上传的文件已清理。要导入请重新上传。")
        path.unlink(missing_ok=True)
        removed += 1
    for path in folder().glob("incoming-*"):
        if path.stat().st_mtime < (now - timedelta(days=1)).timestamp():
            path.unlink(missing_ok=True)
            removed += 1
    return f"清理导入文件 {removed} 个"


def poll_url(task_id: int) -> str:
    return url_for("tasks.progress", task_id=task_id)


TASKS = {"imports.read": read, "imports.commit": commit, "imports.undo": undo}
