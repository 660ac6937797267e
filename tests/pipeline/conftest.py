"""Calling the API as one of the demo's people."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.factories import World
from tests.tasks.conftest import real_app as real_app
from tests.tasks.conftest import real_dir as real_dir
from tests.tasks.conftest import real_url as real_url

Call = Any


@pytest.fixture
def call(world: World, client: FlaskClient) -> Call:
    """`call("officer", "post", "/projects/X/stage", json)` with that person's token."""
    known: dict[str, dict[str, str]] = {}

    def calling(
        login: str, method: str, path: str, body: dict[str, Any] | None = None, **headers: str
    ) -> Any:
        known.setdefault(login, world.token(login))
        options: dict[str, Any] = {} if method == "get" else {"json": body or {}}
        sent = known[login] | {k.replace("_", "-"): v for k, v in headers.items()}
        return client.open(f"/api/v1{path}", method=method.upper(), headers=sent, **options)

    return calling
