"""The migrations make what the models say, up and down, on both databases."""

import uuid
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import CheckConstraint, create_engine, inspect, make_url, text

from crm.app import create_app
from crm.core import config
from crm.core import db as database
from crm.core.db import db

MIGRATIONS = Path(__file__).resolve().parents[1] / "migrations"


@pytest.fixture
def empty(request: pytest.FixtureRequest, database_url: str, tmp_path: Path):
    """An app on an empty database of its own."""
    url = f"sqlite:///{tmp_path / 'empty.db'}"
    if request.config.getoption("--db") == "postgresql":
        name = f"crm_migrations_{uuid.uuid4().hex[:8]}"
        server = create_engine(database_url, isolation_level="AUTOCOMMIT")
        with server.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        server.dispose()
        url = make_url(database_url).set(database=name).render_as_string(hide_password=False)
    app = create_app(config.load({"CRM_DATABASE_URL": url, "CRM_DATA_DIR": str(tmp_path)}), TESTING=True)
    token = database.reading.set(False)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()
    database.reading.reset(token)


def _relevant(diff: object) -> bool:
    return "_fts" not in str(diff) and "_search" not in str(diff)


@pytest.mark.once
def test_there_is_one_head_and_files_are_numbered() -> None:
    script = ScriptDirectory(str(MIGRATIONS))
    assert len(script.get_heads()) == 1
    revisions = sorted(r.revision for r in script.walk_revisions())
    assert revisions == [f"{n:04d}" for n in range(1, len(revisions) + 1)]


def test_the_models_are_what_the_migrations_make(empty: Flask) -> None:
    upgrade(directory=str(MIGRATIONS))
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = [d for d in compare_metadata(context, db.metadata) if _relevant(d)]
    assert not differences


def test_every_check_of_the_models_is_in_the_database(empty: Flask) -> None:
    """Alembic does not see checks, so they are compared by name."""
    upgrade(directory=str(MIGRATIONS))
    inspector = inspect(db.engine)
    for table in db.metadata.sorted_tables:
        wanted = {str(c.name) for c in table.constraints if isinstance(c, CheckConstraint)}
        found = {str(c["name"]) for c in inspector.get_check_constraints(table.name)}
        assert wanted == found, table.name


def test_down_leaves_nothing_and_up_works_again(empty: Flask) -> None:
    upgrade(directory=str(MIGRATIONS))
    downgrade(directory=str(MIGRATIONS), revision="base")
    assert set(inspect(db.engine).get_table_names()) <= {"alembic_version"}
    upgrade(directory=str(MIGRATIONS))
    assert "projects" in inspect(db.engine).get_table_names()


def test_the_search_index_works_after_a_migration(empty: Flask) -> None:
    upgrade(directory=str(MIGRATIONS))
    found = inspect(db.engine)
    if db.engine.dialect.name == "sqlite":
        assert "companies_fts" in found.get_table_names()
    else:
        assert "ix_companies_search" in {i["name"] for i in found.get_indexes("companies")}
