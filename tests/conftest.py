"""One schema and one set of reference data a run; every test in an outer transaction that is rolled back."""

import gc
import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, tzinfo
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask, g
from flask.testing import FlaskClient
from hypothesis import HealthCheck, settings
from sqlalchemy import Connection, create_engine, event, make_url, text

from crm.accounts import passwords
from crm.app import create_app
from crm.core import clock, config, memo
from crm.core import db as database
from crm.core.db import db
from tests import factories

# The real one is slow on purpose; what is tested is who gets in, not how long it takes.
passwords._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)

# A busy machine is no error of the product: nothing here is held against a clock. The world of a test is made once for all
# examples on purpose, each of them in a savepoint or on rows of its own.
settings.register_profile(
    "crm", deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
settings.load_profile("crm")


class Earlier(datetime):
    """An hour ago."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        return datetime.now(tz) - timedelta(hours=1)


# Tests name today when they are loaded; a run that begins in the day's last hour must not see another day begin.
if clock.local(clock.now()).hour == 23:
    clock.datetime = Earlier  # type: ignore[misc]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--db", choices=("sqlite", "postgresql"), default="sqlite", help="which database the tests run on"
    )


@pytest.fixture(scope="session")
def database_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A database of this worker's own."""
    if request.config.getoption("--db") == "sqlite":
        yield f"sqlite:///{tmp_path_factory.mktemp('db') / 'crm.db'}"
        return
    server = os.environ.get("CRM_TEST_PG_URL")
    if not server:
        pytest.exit(
            "--db postgresql needs CRM_TEST_PG_URL: run through scripts/test.py or tests/postgres.py", 2
        )
    name = f"crm_{uuid.uuid4().hex[:12]}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield make_url(server).set(database=name).render_as_string(hide_password=False)
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What never touches the database need not run on both of them."""
    for item in items:
        if not {"app", "database_url"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.once)


class Browser(FlaskClient):
    """A browser of its own: the test's app context stays open, and what one request left in `g` is nobody else's."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        for name in list(g):
            g.pop(name)
        return super().open(*args, **kwargs)


@pytest.fixture(scope="session")
def app(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The app on a filled schema: reference data, one unit tree and an account for every role, no business rows."""
    data_dir = tmp_path_factory.mktemp("data")
    conf = config.load({"CRM_DATABASE_URL": database_url, "CRM_DATA_DIR": str(data_dir)})
    made = create_app(conf, TESTING=True, WTF_CSRF_ENABLED=False)
    made.test_client_class = Browser
    with made.app_context():
        db.metadata.create_all(db.engine)
        factories.reference()
        factories.people()
        db.session.commit()
        db.session.remove()
    # What the whole run needs is not looked through again and again: a tenth of the time went there.
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    yield made
    with made.app_context():
        db.engine.dispose()


class OuterTransaction:
    """Binds the session to one connection; commits inside become savepoints, the end rolls all of it back."""

    def __init__(self, app: Flask) -> None:
        self.engines = db._app_engines[app]
        self.engine = self.engines[None]

    def __enter__(self) -> Connection:
        token = database.reading.set(False)
        self.connection = self.engine.connect()
        self.transaction = self.connection.begin()
        database.reading.reset(token)
        self.engines[None] = self.connection  # type: ignore[assignment]
        return self.connection

    def __exit__(self, *error: object) -> None:
        self.engines[None] = self.engine
        self.transaction.rollback()
        self.connection.close()


@pytest.fixture
def world(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[factories.World]:
    """The database of one test, with an actor for every role. Nothing of it survives the test."""
    with OuterTransaction(app) as connection:

        @contextmanager
        def own_transaction() -> Iterator[Connection]:
            db.session.rollback()
            with connection.begin_nested():
                yield connection

        monkeypatch.setattr(database, "own_transaction", own_transaction)
        with app.app_context():
            world = factories.World(app)
            db.session.commit()
            db.session.expire_all()
            memo.end()
            yield world
            db.session.remove()


@pytest.fixture
def undone(world: factories.World) -> Callable[[], Any]:
    """`with undone(): …`: what is done inside is taken back at its end; rows loaded before are let go of."""

    @contextmanager
    def undoing() -> Iterator[None]:
        db.session.remove()
        inside = db._app_engines[world.app][None].begin_nested()  # type: ignore[union-attr]
        try:
            yield
        finally:
            db.session.remove()
            inside.rollback()
            memo.end()

    return undoing


@pytest.fixture
def client(world: factories.World) -> FlaskClient:
    """Nobody signed in."""
    return world.app.test_client()


@pytest.fixture
def as_(world: factories.World) -> Callable[[str], FlaskClient]:
    """`as_("officer")`: a browser signed in as that demo role (see factories.PEOPLE)."""
    return world.client


@pytest.fixture
def count_queries(world: factories.World) -> Callable[[], Any]:
    """`with count_queries() as statements: …` collects the SELECTs sent (savepoints and pragmas left out)."""

    @contextmanager
    def counting() -> Iterator[list[str]]:
        statements: list[str] = []

        def note(conn: Any, cursor: Any, statement: str, *rest: Any) -> None:
            if statement.lstrip().upper().startswith(("SELECT", "WITH", "INSERT", "UPDATE", "DELETE")):
                statements.append(statement)

        connection = db._app_engines[world.app][None]
        event.listen(connection, "before_cursor_execute", note)
        try:
            yield statements
        finally:
            event.remove(connection, "before_cursor_execute", note)

    return counting
