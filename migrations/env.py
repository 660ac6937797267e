"""Alembic runs inside the app: `flask db upgrade`."""

from typing import Any

from alembic import context
from flask import current_app

from crm.core import db as database
from crm.core.db import db

config = context.config


def include_object(obj: Any, name: str | None, kind: str, reflected: bool, compare_to: Any) -> bool:
    """The search indexes are made by hand (crm.core.search) and unknown to the models."""
    return not (name and ("_fts" in name or (kind == "index" and name.endswith("_search"))))


def run() -> None:
    token = database.reading.set(False)
    engine = db.engine
    with engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            # Batch operations rebuild tables; rows pointing at them must not be refused half-way. Inside a transaction
            # SQLite would ignore this, so it is said below the engine, which begins one with every statement.
            connection.connection.cursor().execute("PRAGMA foreign_keys=OFF")
        context.configure(
            connection=connection,
            target_metadata=db.metadata,
            render_as_batch=True,
            compare_type=True,
            include_object=include_object,
            **{
                k: v
                for k, v in current_app.extensions["migrate"].configure_args.items()
                if k not in ("render_as_batch", "compare_type")
            },
        )
        with context.begin_transaction():
            context.run_migrations()
        if connection.dialect.name == "sqlite":
            connection.commit()
            connection.connection.cursor().execute("PRAGMA foreign_keys=ON")
    database.reading.reset(token)


run()
