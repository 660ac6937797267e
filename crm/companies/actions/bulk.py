"""The register by thousands, for imports: keys and search made here, rows written in a few statements."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, cast

from sqlalchemy import Table, func, insert, select, text

from crm.accounts import permissions
from crm.companies.actions.entries import columns, other_names
from crm.companies.models import Company, CompanyAlias, CompanyLink
from crm.companies.rules import CompanyDraft, LinkProgress
from crm.core import clock
from crm.core.actor import Actor
from crm.core.db import db

_CHUNK = 1000
_companies, _aliases, _links = (
    cast(Table, model.__table__) for model in (Company, CompanyAlias, CompanyLink)
)


def insert_many(
    actor: Actor, drafts: Sequence[CompanyDraft], *, batch_id: int | None = None, is_demo: bool = False
) -> list[int]:
    """Registers companies that match nothing yet (queries.match_many) and one another in no code: their ids, in order.

    Raises RuleBroken for a code that is none, and IntegrityError for one that is taken. Links come by `link_many`;
    the audit of a batch is written by the import.
    """
    actor.require(permissions.PROJECT_WRITE)
    ids: list[int] = []
    for chunk in _chunks(drafts):
        numbers = _reserve(len(chunk))
        ids += numbers
        rows, aliases = [], []
        common = {"batch_id": batch_id, "is_demo": is_demo, "created_by": actor.user_id, "version": 1}
        for number, draft in zip(numbers, chunk, strict=True):
            values = columns(draft)
            rows.append({"id": number, **values, **common})
            aliases += [
                {"company_id": number, "alias": name, "key": key, "kind": kind}
                for key, (name, kind) in other_names(draft, values["name"]).items()
            ]
        db.session.execute(insert(_companies), rows)
        if aliases:
            db.session.execute(insert(_aliases), aliases)
    return ids


def _chunks(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for at in range(0, len(items), _CHUNK):
        yield items[at : at + _CHUNK]


def _reserve(count: int) -> list[int]:
    """Ids for rows about to be written, so that what hangs on them needs no reading back.

    SQLite has one writer, which this transaction is; PostgreSQL takes them from the table's own sequence.
    """
    if db.session.get_bind().dialect.name == "postgresql":
        numbers = text(
            "SELECT nextval(pg_get_serial_sequence('companies', 'id')) FROM generate_series(1, :count)"
        )
        return list(db.session.scalars(numbers, {"count": count}))
    last = db.session.scalar(select(func.max(Company.id))) or 0
    return list(range(last + 1, last + 1 + count))


def link_many(
    actor: Actor,
    zone_id: int | None,
    company_ids: Iterable[int],
    *,
    batch_id: int | None = None,
    owner_id: int | None = None,
    progress: LinkProgress = LinkProgress.UNTOUCHED,
) -> list[int]:
    """Links a zone to companies it is not linked to yet; the ids of the companies that were linked now."""
    actor.require(permissions.PROJECT_WRITE)
    wanted = list(dict.fromkeys(company_ids))
    linked: list[int] = []
    now = clock.now()
    zone = CompanyLink.__table__.c.zone_id
    for chunk in _chunks(wanted):
        there = set(
            db.session.scalars(
                select(CompanyLink.company_id).where(
                    CompanyLink.company_id.in_(chunk), zone.is_not_distinct_from(zone_id)
                )
            )
        )
        fresh = [company_id for company_id in chunk if company_id not in there]
        if fresh:
            common = {"zone_id": zone_id, "owner_id": owner_id, "progress": progress, "batch_id": batch_id}
            more = {"created_by": actor.user_id, "created_at": now, "updated_at": now, "version": 1}
            rows = [{"company_id": company_id, **common, **more} for company_id in fresh]
            db.session.execute(insert(_links), rows)
            linked += fresh
    return linked
