"""The demo on one fixed day, loaded once for all tests of a file; what a test changes in it is taken back."""

from collections.abc import Iterator
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import Connection, update

from crm.accounts.models import User
from crm.core.db import db
from crm.demo import load
from tests.conftest import OuterTransaction

DAY = date(2026, 11, 23)


def not_of_the_demo() -> None:
    """The accounts of the tests are the city's own people, so that the demo is loaded beside them."""
    db.session.execute(update(User).values(is_demo=False))
    db.session.flush()


@pytest.fixture(scope="module")
def _loaded(app: Flask) -> Iterator[tuple[Connection, dict[str, int]]]:
    with OuterTransaction(app) as connection:
        with app.app_context():
            not_of_the_demo()
            made = load.everything(DAY)
            db.session.commit()
            db.session.remove()
        yield connection, made


@pytest.fixture
def city(app: Flask, _loaded: tuple[Connection, dict[str, int]]) -> Iterator[dict[str, int]]:
    """How many of each kind the demo has; not to be asked for together with `world`."""
    connection, made = _loaded
    with app.app_context():
        inside = connection.begin_nested()
        yield made
        db.session.remove()
        inside.rollback()
