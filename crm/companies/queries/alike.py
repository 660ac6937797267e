"""Entries of the register that look like one company, in groups, for the bureau to decide on."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select, union
from sqlalchemy.orm import aliased

from crm.companies.models import Company, CompanyAlias, CompanyLink, Contact, NotSame
from crm.core import paging
from crm.core.db import db
from crm.core.paging import Page, Window

#: What two entries have in common → its word.
BY = {"name": "名称相同", "alias": "别名相同", "phone": "联系电话相同"}

_PER_PAGE = 20
#: A brand that so many entries share says nothing; more groups than this are counted as "more".
_MOST_PAIRS = 200
COUNTED = 1000


@dataclass(frozen=True, slots=True)
class Member:
    id: int
    name: str
    uscc: str | None
    region: str
    city: str
    industry: str
    links: int
    others: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Alike:
    """Members that share `what`, those with most links first; `others` of a member are who it may be the same as."""

    what: str
    members: tuple[Member, ...]


def _may_be_one(one: Any, other: Any) -> ColumnElement[bool]:
    """Both live, no two different codes, and nobody has said that they are two companies."""
    return and_(
        one.merged_into_id.is_(None),
        other.merged_into_id.is_(None),
        or_(one.uscc.is_(None), other.uscc.is_(None)),
        or_(one.old_reg_no.is_(None), other.old_reg_no.is_(None), one.old_reg_no == other.old_reg_no),
        ~exists().where(
            NotSame.low_id == case((one.id < other.id, one.id), else_=other.id),
            NotSame.high_id == case((one.id < other.id, other.id), else_=one.id),
        ),
    )


def _pairs(by: str) -> Any:
    """Columns `what`, `low`, `high`: what two entries share, and their ids. A pair may stand there both ways round."""
    one, other = aliased(Company), aliased(Company)
    if by == "name":
        return select(one.loose_key.label("what"), one.id.label("low"), other.id.label("high")).where(
            one.uscc.is_(None), other.loose_key == one.loose_key, other.id != one.id, _may_be_one(one, other)
        )
    if by == "phone":
        mine, theirs = aliased(Contact), aliased(Contact)
        return select(mine.phone_hash.label("what"), one.id.label("low"), other.id.label("high")).where(
            theirs.phone_hash == mine.phone_hash,
            mine.company_id < theirs.company_id,
            mine.active.is_(True),
            theirs.active.is_(True),
            one.id == mine.company_id,
            other.id == theirs.company_id,
            _may_be_one(one, other),
        )
    alias, second = aliased(CompanyAlias), aliased(CompanyAlias)
    of_a_name = select(alias.key.label("what"), one.id.label("low"), other.id.label("high")).where(
        one.id == alias.company_id, other.key == alias.key, other.id != one.id, _may_be_one(one, other)
    )
    of_two = select(alias.key.label("what"), one.id.label("low"), other.id.label("high")).where(
        second.key == alias.key,
        alias.company_id < second.company_id,
        one.id == alias.company_id,
        other.id == second.company_id,
        _may_be_one(one, other),
    )
    return union(of_a_name, of_two)


def look_alikes(by: str, window: Window) -> Page[Alike]:
    """Groups in the order of what they share; `total` stops counting at COUNTED + 1."""
    pairs = _pairs(by).subquery()
    keys: Select[Any] = select(pairs.c.what).group_by(pairs.c.what).order_by(pairs.c.what)
    total = db.session.scalar(
        select(func.count()).select_from(keys.order_by(None).limit(COUNTED + 1).subquery())
    )
    if window.after:
        keys = keys.where(pairs.c.what > (paging.key_of(window.after, 1)[0] or ""))
    found = list(db.session.scalars(keys.limit(window.per_page + 1)))
    shown = found[: window.per_page]
    groups = _groups(by, shown)
    more = len(found) > window.per_page
    return Page(groups, total or 0, window, paging.token(shown[-1]) if more else None)


def _groups(by: str, keys: Sequence[str]) -> list[Alike]:
    pairs = _pairs(by).subquery()
    query = select(pairs.c.what, pairs.c.low, pairs.c.high).where(pairs.c.what.in_(keys)).distinct()
    touching: dict[str, dict[int, set[int]]] = {key: defaultdict(set) for key in keys}
    for what, low, high in db.session.execute(query.order_by(pairs.c.what).limit(_MOST_PAIRS * _PER_PAGE)):
        touching[what][low].add(high)
        touching[what][high].add(low)
    facts = _facts({company for found in touching.values() for company in found})
    groups = []
    for what, found in touching.items():
        members = [Member(*facts[key], tuple(sorted(found[key]))) for key in found]
        members.sort(key=lambda m: (-m.links, m.uscc is None, m.id))
        groups.append(Alike(what if by != "phone" else "", tuple(members)))
    return groups


def _facts(ids: Collection[int]) -> dict[int, tuple[int, str, str | None, str, str, str, int]]:
    links = (
        select(func.count()).where(CompanyLink.company_id == Company.id).correlate(Company).scalar_subquery()
    )
    facts = (Company.id, Company.name, Company.uscc, Company.region, Company.city, Company.industry, links)
    rows = db.session.execute(select(*facts).where(Company.id.in_(ids)))
    return {row[0]: (row[0], row[1], row[2], row[3], row[4], row[5], row[6]) for row in rows}


def not_same_as(company_id: int, others: Iterable[int]) -> set[int]:
    """Those of `others` somebody has found to be another company."""
    ids = list(others)
    rows = db.session.execute(
        select(NotSame.low_id, NotSame.high_id).where(
            or_(
                and_(NotSame.low_id == company_id, NotSame.high_id.in_(ids)),
                and_(NotSame.high_id == company_id, NotSame.low_id.in_(ids)),
            )
        )
    )
    return {low if high == company_id else high for low, high in rows}
