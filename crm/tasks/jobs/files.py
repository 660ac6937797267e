"""What tasks leave to be fetched, and reading at length without holding up those who write."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import current_app

from crm.core import db as database
from crm.core.db import db
from crm.tasks.models import Task

#: Below the data folder; `exports.download` hands out what lies here, to the owner of its task.
FOLDER = "exports"


@contextmanager
def kept(task: Task, suffix: str) -> Iterator[tuple[str, Path]]:
    """(the `file` of the task's result, where to write it); the file goes again when the handler does not come to its end."""
    name = f"{FOLDER}/{task.id}-{secrets.token_hex(8)}.{suffix}"
    path = current_app.config["CRM"].data_dir / name
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        yield name, path
    except BaseException:
        path.unlink(missing_ok=True)
        raise


@contextmanager
def reading() -> Iterator[None]:
    """Nobody else's writing waits for a long read: on SQLite the transaction is opened as one that only reads."""
    db.session.rollback()
    token = database.reading.set(True)
    try:
        yield
    finally:
        db.session.rollback()
        database.reading.reset(token)
