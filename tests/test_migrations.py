"""The migrations make what the models say, up and down, on both databases."""

import uuid
from datetime import date
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import create_engine, inspect, make_url, select, text

from crm.app import create_app
from crm.companies.rules import LinkProgress
from crm.core import config
from crm.core import db as database
from crm.core.db import db
from crm.targeting.models import Target, TargetStep

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


def test_every_check_of_the_models_is_in_the_database_word_by_word(empty: Flask) -> None:
    """Alembic does not see checks, so what the migrations made is compared with what the models would make."""
    upgrade(directory=str(MIGRATIONS))
    migrated = _checks()
    downgrade(directory=str(MIGRATIONS), revision="base")
    db.create_all()
    wanted = _checks()
    for table in wanted:
        assert migrated[table] == wanted[table], table


def _checks() -> dict[str, dict[str, str]]:
    inspector = inspect(db.engine)
    return {
        table.name: {
            str(c["name"]): " ".join(str(c["sqltext"]).split())
            for c in inspector.get_check_constraints(table.name)
        }
        for table in db.metadata.sorted_tables
    }


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


def test_a_city_of_the_first_floor_moves_up_and_down_with_its_rows_and_its_search(empty: Flask) -> None:
    """Rebuilding a table on SQLite would lose the triggers that keep its search index."""
    upgrade(directory=str(MIGRATIONS), revision="0001")
    _first_floor()
    for act, revision in ((upgrade, "head"), (downgrade, "0001"), (upgrade, "head")):
        act(directory=str(MIGRATIONS), revision=revision)
        assert _found("旧名") == ["P-1"], f"{act.__name__} {revision}"
    with db.engine.begin() as connection:
        connection.execute(text("UPDATE projects SET search_tokens = '新名' WHERE code = 'P-1'"))
        kind = connection.execute(text("SELECT kind FROM phases")).scalar_one()
    assert (_found("新名"), _found("旧名"), kind) == (["P-1"], [], "phase")


def _first_floor() -> None:
    """A project with a phase and a signing, as the first migration knew them."""
    rows = (
        "INSERT INTO projects (id, code, name, key, sort_key, statistics_name, chain_action_reason, source_note, kind, capital, "
        "amount_note, content, address, industry, investor_text, stage, stage_since, status, status_since, status_reason, confidential, "
        "first_contact_text, expected_sign_text, search_tokens, search_text, is_demo, created_at, updated_at, version) VALUES "
        "(1, 'P-1', '甲', '甲', '', '', '', '', 'new', 'domestic', '', '', '', '', '', 'signed', '2026-01-01', 'active', '2026-01-01', '', "
        "false, '', '', '旧名', '', false, '2026-01-01 00:00:00', '2026-01-01 00:00:00', 1)",
        "INSERT INTO phases (id, project_id, no, name, version) VALUES (1, 1, 1, '一期', 1)",
        "INSERT INTO milestones (id, project_id, kind, state, order_reason, decision_reason, needs_again, agreement_parties, review_by, "
        "review_conclusion, note, created_at, updated_at, version) VALUES "
        "(1, 1, 'signed', 'draft', '', '', false, '', '', '', '', '2026-01-01 00:00:00', '2026-01-01 00:00:00', 1)",
        "INSERT INTO chains (id, code, name, name_en, lead_name, zone_codes, note, source, order_no, active, edited, version) VALUES "
        "(1, 'C', '链', '', '', '[]', '', '甲', 1, true, false, 1)",
        "INSERT INTO chain_nodes (id, chain_id, code, name, name_en, position, products, gbt4754, anchors, state_note, order_no, "
        "active, source, edited, version) VALUES (1, 1, 'C-1', '环节', '', 'upstream', '[]', '[]', '[]', '', 1, true, '甲', false, 1)",
        *_firm(1, "南京市", "talking"),
        *_firm(2, "连云港市", "contacted"),
    )
    with db.engine.begin() as connection:
        for row in rows:
            connection.execute(text(row))


def _firm(number: int, city: str, progress: str) -> tuple[str, ...]:
    """A company of that city which the city itself is in talks with, at the only link."""
    return (
        "INSERT INTO companies (id, name, short_name, key, loose_key, sort_key, region, city, address, industry, industry_code, "
        "registered_capital_text, website, is_demo, created_at, updated_at, version, business, search_text, search_tokens) VALUES "
        f"({number}, '企业{number}', '', '企业{number}', '', '', '', '{city}', '', '', '', '', '', false, '2026-01-01 00:00:00', "
        "'2026-01-01 00:00:00', 1, '', '', '')",
        "INSERT INTO company_links (id, company_id, progress, source, notes, created_at, updated_at, version) VALUES "
        f"({number}, {number}, '{progress}', '', '', '2026-01-01 00:00:00', '2026-03-02 00:00:00', 1)",
        f"INSERT INTO link_nodes (link_id, node_id) VALUES ({number}, 1)",
    )


def test_an_outside_company_at_a_link_becomes_a_target(empty: Flask) -> None:
    upgrade(directory=str(MIGRATIONS), revision="0001")
    _first_floor()
    upgrade(directory=str(MIGRATIONS))
    targets = db.session.execute(
        select(Target.company_id, Target.node_id, Target.progress, Target.progress_on)
    ).all()
    assert targets == [(1, 1, LinkProgress.TALKING, date(2026, 3, 2))]
    assert db.session.execute(select(TargetStep.before, TargetStep.after)).all() == [
        (None, LinkProgress.TALKING)
    ]


def _found(word: str) -> list[str]:
    query = {
        "sqlite": "SELECT code FROM projects WHERE id IN (SELECT rowid FROM projects_fts WHERE projects_fts MATCH :word)",
        "postgresql": "SELECT code FROM projects WHERE array_to_tsvector(string_to_array(search_tokens, ' ')) @@ CAST(:word AS tsquery)",
    }[db.engine.dialect.name]
    with db.engine.connect() as connection:
        return [row[0] for row in connection.execute(text(query), {"word": word})]
