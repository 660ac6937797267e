"""The releases of the guidance catalogue as they left the bureau."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from crm.core.db import db
from crm.core.errors import NotFound
from crm.targeting.models import CatalogueRelease
from crm.targeting.rules.catalogue import Row, thawed


@dataclass(frozen=True, slots=True)
class ReleaseRow:
    number: int
    released_on: date
    by: str
    note: str
    changes: tuple[str, ...]


def every() -> list[ReleaseRow]:
    """The newest first; their rows stay in the database."""
    rows: Any = db.session.execute(
        select(
            CatalogueRelease.number,
            CatalogueRelease.released_on,
            CatalogueRelease.by_name,
            CatalogueRelease.note,
            CatalogueRelease.changes,
        ).order_by(CatalogueRelease.number.desc())
    )
    return [ReleaseRow(number, on, by, note, tuple(said)) for number, on, by, note, said in rows]


def numbered(number: int) -> CatalogueRelease:
    found = db.session.scalar(select(CatalogueRelease).where(CatalogueRelease.number == number))
    if found is None:
        raise NotFound()
    return found


def newest() -> CatalogueRelease | None:
    return db.session.scalar(select(CatalogueRelease).order_by(CatalogueRelease.number.desc()).limit(1))


def rows_of(kept: CatalogueRelease | None) -> list[Row]:
    return [thawed(row) for row in kept.rows] if kept else []
