"""A fixed noon, so that dates, paces and weeks in these tests mean the same on every day."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine

NOON = datetime(2026, 11, 23, 4, tzinfo=UTC)


@pytest.fixture(autouse=True, scope="module")
def noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield
