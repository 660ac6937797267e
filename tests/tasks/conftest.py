"""Databases of these tests' own (two connections must see each other's commits), and several people in one test."""

import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, g
from flask.testing import FlaskClient
from sqlalchemy import Connection, create_engine, text

from crm.app import create_app
from crm.core import config
from crm.core.db import db
from crm.tasks import actions
from tests import factories


@pytest.fixture
def as_(world: factories.World, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], FlaskClient]:
    kind = world.app.test_client_class or FlaskClient
    plain = kind.open

    def fresh(self: FlaskClient, *args: Any, **kwargs: Any) -> Any:
        g.pop("_login_user", None)
        return plain(self, *args, **kwargs)

    monkeypatch.setattr(kind, "open", fresh)
    return world.client


@pytest.fixture
def beside(world, monkeypatch: pytest.MonkeyPatch) -> None:
    """Progress reports join the test's transaction instead of a connection that could not see it."""

    @contextmanager
    def aside() -> Iterator[Connection]:
        with db.engine.begin_nested():
            yield db.engine

    monkeypatch.setattr(actions, "aside", aside)


@pytest.fixture(scope="module")
def real_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if request.config.getoption("--db") == "sqlite":
        yield f"sqlite:///{tmp_path_factory.mktemp('tasks') / 'crm.db'}"
        return
    server, name = os.environ["CRM_TEST_PG_URL"], f"crm_{uuid.uuid4().hex[:12]}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield server.replace("/postgres?", f"/{name}?")
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


@pytest.fixture(scope="module")
def real_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def real_app(real_url: str, real_dir: Path) -> Iterator[Flask]:
    """An app whose commits are commits, with one user."""
    settings = config.load({"CRM_DATABASE_URL": real_url, "CRM_DATA_DIR": str(real_dir)})
    app = create_app(settings, TESTING=True, WTF_CSRF_ENABLED=False)
    with app.app_context():
        db.metadata.create_all(db.engine)
    yield app
    with app.app_context():
        db.engine.dispose()
