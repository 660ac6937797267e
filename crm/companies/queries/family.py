"""A company's group: who stands above it and who below, each read in one statement however deep."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import Select, bindparam, literal, select
from sqlalchemy.orm import aliased

from crm.companies.models import Company
from crm.core.db import db
from crm.core.idsets import among

Key = TypeVar("Key", bound=Hashable)

#: A group deeper or larger than this is cut, and the page says so.
_DEEPEST, MOST = 12, 300


@dataclass(frozen=True, slots=True)
class Kin:
    id: int
    name: str
    region: str
    city: str
    children: tuple["Kin", ...]


@dataclass(frozen=True, slots=True)
class Family:
    """`tree` is None for a company that stands alone; `more` tells that the tree was cut."""

    tree: Kin | None
    more: bool = False


def _upward() -> Select[int, str]:
    start = select(Company.id, Company.parent_id, Company.name, literal(0).label("depth")).where(
        Company.id == bindparam("company")
    )
    line = start.cte("line", recursive=True)
    parent = aliased(Company)
    line = line.union_all(
        select(parent.id, parent.parent_id, parent.name, line.c.depth + 1)
        .join(line, line.c.parent_id == parent.id)
        .where(line.c.depth < _DEEPEST)
    )
    return select(line.c.id, line.c.name).order_by(line.c.depth)


def _downward() -> Select[int, int | None, str, str, str]:
    start = select(Company.id, literal(0).label("depth")).where(Company.id == bindparam("company"))
    line = start.cte("line", recursive=True)
    child, shown = aliased(Company), aliased(Company)
    line = line.union_all(
        select(child.id, line.c.depth + 1)
        .join(line, line.c.id == child.parent_id)
        .where(child.merged_into_id.is_(None), line.c.depth < _DEEPEST)
    )
    return (
        select(shown.id, shown.parent_id, shown.name, shown.region, shown.city)
        .join(line, line.c.id == shown.id)
        .order_by(line.c.depth, shown.sort_key, shown.id)
        .limit(MOST + 1)
    )


#: The same for everybody. Putting a recursive statement together takes longer than the database takes to answer it.
_UPWARD, _DOWNWARD = _upward(), _downward()


def above(company_id: int) -> list[tuple[int, str]]:
    """(id, name) of the parents, the nearest first."""
    found: dict[int, str] = {}
    for key, name in db.session.execute(_UPWARD, {"company": company_id}):
        if key != company_id:
            found.setdefault(key, name)
    return list(found.items())


def parents_up(company_ids: Iterable[int]) -> dict[int, int]:
    """Company → parent, for these companies and all above them, however deep; a circle that slipped in ends it too."""
    asked = sorted(set(company_ids))
    if not asked:
        return {}
    start = select(Company.id, Company.parent_id).where(
        among(Company.id, asked), Company.parent_id.is_not(None)
    )
    line = start.cte("line", recursive=True)
    parent = aliased(Company)
    # Without repetitions: a row that was met already adds nothing, so this comes to an end.
    line = line.union(
        select(parent.id, parent.parent_id)
        .join(line, line.c.parent_id == parent.id)
        .where(parent.parent_id.is_not(None))
    )
    return {company_id: parent_id for company_id, parent_id in db.session.execute(select(line))}


def closes_circle(child: Key, parent: Key | None, above: Mapping[Key, Key]) -> bool:
    """Whether `child` under `parent` would stand above itself; `above` has everybody's parent on the way up."""
    seen: set[Key] = set()
    at = parent
    while at is not None and at not in seen:
        if at == child:
            return True
        seen.add(at)
        at = above.get(at)
    return False


def family(company_id: int) -> Family:
    """The whole group from its top company down."""
    parents = above(company_id)
    top = parents[-1][0] if parents else company_id
    rows = db.session.execute(_DOWNWARD, {"company": top}).all()
    if len(rows) < 2:
        return Family(None)
    below: dict[int | None, list[tuple[int, str, str, str]]] = defaultdict(list)
    facts: dict[int, tuple[int, str, str, str]] = {}
    for key, parent_id, name, region, city in rows[:MOST]:
        if key not in facts:
            facts[key] = (key, name, region, city)
            if key != top:
                below[parent_id].append(facts[key])
    return Family(_kin(facts[top], below), len(rows) > MOST)


def _kin(facts: tuple[int, str, str, str], below: dict[int | None, list[tuple[int, str, str, str]]]) -> Kin:
    return Kin(*facts, tuple(_kin(child, below) for child in below.get(facts[0], ())))
