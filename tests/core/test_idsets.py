"""A list of ids of any length, as one condition."""

import pytest
from sqlalchemy import not_, select

from crm.core.db import db
from crm.core.idsets import among
from crm.projects.models import Project
from tests.factories import World


@pytest.mark.parametrize("others", [0, 3, 40_000])
def test_any_number_of_ids_finds_those_that_are_there(world: World, others: int) -> None:
    made = [world.project().id for _ in range(3)]
    named = [*made[:2], *range(10_000_000, 10_000_000 + others)]
    found = db.session.scalars(select(Project.id).where(among(Project.id, named)).order_by(Project.id))
    assert list(found) == made[:2]
    assert list(db.session.scalars(select(Project.id).where(not_(among(Project.id, named))))) == made[2:]
    assert list(db.session.scalars(select(Project.id).where(among(Project.id, [])))) == []
