"""How the tests of imports bring a file in: through the same verbs as pages and commands."""

from collections.abc import Callable
from typing import Any

import pytest

from crm.core import clock, tables
from crm.core.db import db
from crm.imports import actions, files
from crm.imports.actions import staging
from crm.imports.models import ImportBatch
from crm.imports.rules import BatchKind
from crm.imports.rules.rows import Choices, ReadRow
from tests.factories import World


@pytest.fixture
def preview(world: World) -> Callable[..., list[ReadRow]]:
    """`preview(content, "a.xlsx", as_="bureau")`: the rows of a file with their fate, nothing written."""

    def run(
        content: bytes, filename: str = "a.xlsx", kind: str = "projects", as_: str = "bureau", **more: Any
    ) -> list[ReadRow]:
        actor = world.actor(as_)
        book = tables.open_book(content, filename)
        read = actions.begin(actor, BatchKind(kind), book, actor.zone_id, clock.today(), **more)
        return [row for chunk in read.chunks() for row in chunk]

    return run


@pytest.fixture
def bring(world: World, tmp_path: Any) -> Callable[..., ImportBatch]:
    """`bring(content, …)`: reads, stages and commits a file; the batch as it stands afterwards."""

    def run(
        content: bytes, filename: str = "a.xlsx", kind: str = "projects", as_: str = "bureau", **choices: Any
    ) -> ImportBatch:
        actor = world.actor(as_)
        path = tmp_path / filename
        path.write_bytes(content)
        with files.opened(path, filename, 50) as book:
            zone_id = actions.target_zone(actor, choices.pop("zone", None), staging.queries.zone_names())
            read = actions.begin(
                actor, BatchKind(kind), book, zone_id, clock.today(), choices=Choices(**choices)
            )
            batch = actions.note(actor, BatchKind(kind), path, zone_id)
            for _ in staging.stage(batch, read):
                pass
        actions.remember(batch, read)
        actions.claim(batch)
        actions.commit(actor, batch, clock.now(), clock.today())
        db.session.commit()
        return batch

    return run


@pytest.fixture
def stage(world: World) -> Callable[..., ImportBatch]:
    return staged(world)


def staged(world: World) -> Callable[..., ImportBatch]:
    """`staged(world)(content)`: a company list read and staged, ready to be claimed."""

    def run(content: bytes, as_: str = "bureau") -> ImportBatch:
        actor = world.actor(as_)
        book = tables.open_book(content, "a.csv")
        read = actions.begin(actor, BatchKind.COMPANIES, book, actor.zone_id, clock.today())
        batch = ImportBatch(
            kind=BatchKind.COMPANIES,
            filename="a.csv",
            sha256="0" * 64,
            size=1,
            user_id=actor.user_id,
            zone_id=actor.zone_id,
        )
        db.session.add(batch)
        db.session.flush()
        for _ in staging.stage(batch, read):
            pass
        actions.remember(batch, read)
        db.session.commit()
        return batch

    return run
