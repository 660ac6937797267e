"""Whether the process lives (/healthz) and may be given work (/readyz): for gateways and start scripts."""

from pathlib import Path
from typing import Any

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Blueprint, current_app, jsonify
from sqlalchemy.exc import SQLAlchemyError

from crm.core.db import db
from crm.web import guard

bp = Blueprint("health", __name__)


@bp.get("/healthz")
@guard.public
def healthz() -> Any:
    return jsonify(status="ok")


@bp.get("/readyz")
@guard.public
def readyz() -> Any:
    """503 until the database answers and its schema is the one this build needs."""
    folder = Path(current_app.root_path).parent / "migrations"
    wanted = ScriptDirectory(str(folder)).get_current_head()
    try:
        found = MigrationContext.configure(db.session.connection()).get_current_revision()
    except SQLAlchemyError:
        return jsonify(status="数据库没有应答"), 503
    if found != wanted:
        return jsonify(
            status="数据库结构不是这个版本，请执行 flask db upgrade", found=found, wanted=wanted
        ), 503
    return jsonify(status="ok", schema=found)
