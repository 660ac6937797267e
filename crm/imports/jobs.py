"""Reading and committing long lists in the background, in steps, with progress."""

from collections.abc import Mapping
from typing import Any

from flask import current_app, url_for

from crm.core import clock
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.errors import RuleBroken
from crm.imports import actions, queries
from crm.imports.models import ImportBatch
from crm.imports.rules import BatchKind
from crm.settings import queries as settings
from crm.tasks.actions import Progress
from crm.tasks.jobs.worker import actor_of, address
from crm.tasks.models import Task


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
    """Commits a batch that has been claimed: prepared without a lock, then one transaction."""
    actor = actor_of(task)
    batch = queries.find(actor, int(task.payload["batch_id"]))
    batch_id = batch.id
    try:
        prepared = None
        if batch.kind is BatchKind.COMPANIES:
            prepared = actions.prepare(
                batch, lambda done: progress(done, int(batch.counts["rows"]), "正在准备")
            )
            db.session.rollback()
        progress(0, 0, "正在写入")
        actions.commit(actor, batch, clock.now(), clock.today(), prepared)
        db.session.commit()
    except Exception:
        db.session.rollback()
        actions.reopen(db.session.get_one(ImportBatch, batch_id))
        db.session.commit()
        raise
    actions.forget_file(batch, folder())
    return {
        "message": f"新增 {batch.counts['new']}，更新 {batch.counts['updated']}",
        "next": address("imports.show", batch_id=batch_id),
    }


def poll_url(task_id: int) -> str:
    return url_for("tasks.progress", task_id=task_id)


TASKS = {"imports.read": read, "imports.commit": commit}
