"""Several people in one test: the outer app context would keep the first one's sign-in for all of them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import g
from flask.testing import FlaskClient
from sqlalchemy import Connection

from crm.core.db import db
from crm.tasks import actions as tasks
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


@pytest.fixture(autouse=True)
def beside(world: factories.World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Progress reports join the test's transaction instead of a connection that could not see it."""

    @contextmanager
    def aside() -> Iterator[Connection]:
        with db.engine.begin_nested():
            yield db.engine

    monkeypatch.setattr(tasks, "aside", aside)
