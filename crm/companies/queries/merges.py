"""What points at a company, what a merge of two would move, and the merges there were."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Index, UniqueConstraint, func, select
from sqlalchemy.orm import aliased

from crm.accounts import permissions
from crm.accounts.models import User
from crm.companies import rules
from crm.companies.models import Company, CompanyMerge
from crm.companies.queries.family import closes_circle, parents_up
from crm.core import paging
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.errors import NotFound
from crm.core.paging import Page, Window
from crm.zones.models import Zone

#: Tables that tell of merges themselves: they keep naming the entry they were written about.
_TOLD = {"company_merges", "companies_not_same"}

#: (kept, merged) → why the two may not be merged, or None. Told by features above that hold rights on a company.
Objection = Callable[[Company, Company], str | None]
_objecting: list[Objection] = []


def object_by(condition: Objection) -> None:
    """Filings and the like stand above companies, so what speaks against a merge there is told from above."""
    _objecting.append(condition)


# --- what points at a row ---------------------------------------------------------------------------


def columns_to(table: str) -> list[Column[Any]]:
    """Every column of the metadata that is a foreign key to the table's id, whatever feature it belongs to."""
    return [
        key.parent
        for found in db.metadata.sorted_tables
        if found.name not in _TOLD
        for key in sorted(found.foreign_keys, key=lambda k: str(k.parent))
        if key.column.table.name == table
    ]


def identity(column: Column[Any]) -> list[Column[Any]]:
    """What names a row of the column's table once the column itself has changed."""
    return [part for part in column.table.primary_key.columns if part is not column]


def colliding(column: Column[Any], from_id: int, to_id: int) -> set[tuple[Any, ...]]:
    """Identities of rows that a unique constraint keeps from following, as `to_id` has its own already."""
    found: set[tuple[Any, ...]] = set()
    for others, where in _unique_with(column):
        there = {
            tuple(row[1:])
            for row in db.session.execute(select(column, *others).where(column == to_id, *where))
        }
        shown = [column, *others, *identity(column)]
        for row in db.session.execute(select(*shown).where(column == from_id, *where)) if there else ():
            mark = tuple(row[1 : len(others) + 1])
            if mark in there and None not in mark:
                found.add(tuple(row[len(others) + 1 :]))
    return found


def _unique_with(column: Column[Any]) -> Iterable[tuple[list[Column[Any]], list[Any]]]:
    """(the other columns, the condition) of every unique constraint and index the column is part of."""
    table: Any = column.table
    dialect = db.session.get_bind().dialect.name
    for constraint in [*table.constraints, *table.indexes]:
        unique = isinstance(constraint, UniqueConstraint) or (
            isinstance(constraint, Index) and constraint.unique
        )
        if (unique or constraint is table.primary_key) and column in list(constraint.columns):
            where = constraint.dialect_options[dialect].get("where")
            others = [part for part in constraint.columns if part is not column]
            yield others, [] if where is None else [where]


# --- before a merge ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Load:
    """How many rows of one kind a zone has on an entry; `zone` is None where the kind knows no zone or is the city's."""

    label: str
    zone: str | None
    count: int
    folded: int


def loads(company_id: int, into_id: int) -> list[Load]:
    """What a merge would move, by kind and zone; `folded` of them meet a row of the kept entry."""
    zones = {key: name for key, name in db.session.execute(select(Zone.id, Zone.short_name))}
    counted: dict[tuple[str, str | None], list[int]] = {}
    for column in columns_to("companies"):
        zone = column.table.c.get("zone_id")
        ids = identity(column)
        shown = [*ids, zone] if zone is not None else ids
        rows = db.session.execute(select(*shown).where(column == company_id)).all() if shown else []
        met = colliding(column, company_id, into_id) if rows else set()
        label = rules.moved_label(str(column))
        for row in rows:
            key = (label, zones.get(row[-1]) if zone is not None else None)
            both = counted.setdefault(key, [0, 0])
            both[0] += 1
            both[1] += tuple(row[: len(ids)]) in met
    return [Load(label, zone, count, folded) for (label, zone), (count, folded) in counted.items()]


def entry(actor: Actor, company_id: int) -> Company:
    """The entry of that very id, merged or not, for who may merge. Raises NotFound."""
    company = db.session.get(Company, company_id) if actor.can(permissions.COMPANY_MERGE) else None
    if company is None:
        raise NotFound()
    return company


def objections(kept: Company, gone: Company) -> list[tuple[str, str]]:
    """("conflict" or "rule", why not) for two entries that may not become one."""
    if kept.id == gone.id:
        return [("rule", "两家是同一条档案，请另选一家。")]
    found = [
        ("conflict", f"“{one.name}”已经并入别的企业，请重新选择。")
        for one in (kept, gone)
        if one.merged_into_id is not None
    ]
    if kept.uscc and gone.uscc and kept.uscc != gone.uscc:
        found.append(("rule", "两家的统一社会信用代码不同，是两家企业，不能合并。代码抄错了的请先更正。"))
    above = parents_up((kept.id, gone.id))
    for one, other in ((kept, gone), (gone, kept)):
        if closes_circle(other.id, above.get(one.id), above):
            found.append(
                ("rule", f"“{other.name}”是“{one.name}”的上级企业，不能合并。确是同一家的，请先去掉上级。")
            )
    found += [("rule", words) for condition in _objecting if (words := condition(kept, gone))]
    return found


# --- merges there were ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MergeRow:
    id: int
    kept_id: int
    kept: str
    merged_id: int
    merged: str
    reason: str
    by: str
    at: datetime
    undone_by: str | None
    undone_at: datetime | None


def _merge_rows() -> Any:
    kept, merged, by, undone = aliased(Company), aliased(Company), aliased(User), aliased(User)
    return (
        select(
            CompanyMerge.id,
            kept.id,
            kept.name,
            merged.id,
            merged.name,
            CompanyMerge.reason,
            func.coalesce(by.name, "系统"),
            CompanyMerge.merged_at,
            undone.name,
            CompanyMerge.undone_at,
        )
        .join(kept, kept.id == CompanyMerge.kept_id)
        .join(merged, merged.id == CompanyMerge.merged_id)
        .outerjoin(by, by.id == CompanyMerge.merged_by)
        .outerjoin(undone, undone.id == CompanyMerge.undone_by)
    )


def merge_page(window: Window) -> Page[MergeRow]:
    """Merges, the newest first."""
    query = _merge_rows().order_by(CompanyMerge.id.desc()).limit(window.per_page + 1)
    if window.after:
        query = query.where(CompanyMerge.id < paging.number(paging.key_of(window.after, 1)[0]))
    rows = [MergeRow(*tuple(row)) for row in db.session.execute(query)]
    total = db.session.scalar(select(func.count()).select_from(CompanyMerge)) or 0
    shown = rows[: window.per_page]
    more = len(rows) > window.per_page
    return Page(shown, total, window, paging.token(shown[-1].id) if more else None)


def merge_row(merge_id: int) -> MergeRow:
    return MergeRow(*db.session.execute(_merge_rows().where(CompanyMerge.id == merge_id)).one())


def merge(merge_id: int) -> CompanyMerge:
    found = db.session.get(CompanyMerge, merge_id)
    if found is None:
        raise NotFound()
    return found


def taken_in(company_id: int) -> list[int]:
    """Ids of the entries that were merged into this one, however long ago, and still are."""
    return list(
        db.session.scalars(
            select(Company.id).where(Company.merged_into_id == company_id).order_by(Company.id)
        )
    )


def what_moved(moved: dict[str, Any]) -> list[tuple[str, int]]:
    """(kind in words, how many) of a merge's record."""
    counted: Counter[str] = Counter()
    for key, rows in moved.get("rows", {}).items():
        counted[rules.moved_label(key)] += len(rows)
    if links := moved.get("links"):
        counted["板块联系合在一起"] += len(links)
    for table, told in moved.get("folds", {}).items():
        counted[f"{rules.moved_label(table)}合在一起"] += len(told)
    return [(label, count) for label, count in counted.items() if count]
