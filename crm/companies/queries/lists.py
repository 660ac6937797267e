"""The register as a list, and the type-ahead."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, literal, or_, select, tuple_

from crm.accounts import permissions
from crm.chains.models import Chain, ChainNode
from crm.companies import scope
from crm.companies.models import Company, CompanyLink, LinkNode
from crm.companies.queries import dealings
from crm.companies.rules import SORTS, CompanyKind, Filters, LinkProgress
from crm.core import paging, search
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.errors import RuleBroken
from crm.settings import queries as settings
from crm.zones.models import Zone

_link = CompanyLink.__table__.c
_MOST_HITS = 10
# The type-ahead ranks this many hits; whoever types a word that common goes on typing.
_MOST_RANKED = 400


@dataclass(frozen=True, slots=True)
class Row:
    """A company of the list; `links` are those within reach, `own` the actor's own among them."""

    id: int
    name: str
    short_name: str
    uscc: str | None
    region: str
    city: str
    industry: str
    kind: CompanyKind | None
    listed_code: str | None
    version: int
    sort_key: str
    updated_at: datetime
    links: Sequence[dealings.LinkRow] = ()
    own: dealings.LinkRow | None = None
    nodes: Sequence[dealings.Node] = ()


@dataclass(frozen=True, slots=True)
class Hit:
    """A line of the type-ahead."""

    id: int
    label: str
    note: str


_COLUMNS = (
    Company.id,
    Company.name,
    Company.short_name,
    Company.uscc,
    Company.region,
    Company.city,
    Company.industry,
    Company.kind,
    Company.listed_code,
    Company.version,
    Company.sort_key,
    Company.updated_at,
)


def _found_by(query: str) -> ColumnElement[bool]:
    return search.matches(
        "companies",
        Company.id,
        Company.search_tokens,
        Company.search_text,
        query,
        db.session.get_bind().dialect.name,
    )


def _linked(actor: Actor, filters: Filters) -> Select[int]:
    """Companies with a link within reach that the link filters keep."""
    query = select(CompanyLink.company_id).where(
        scope.reach(actor, permissions.PROJECT_SEE, _link.company_id, _link.zone_id)
    )
    if filters.progress:
        query = query.where(CompanyLink.progress == filters.progress)
    if filters.live:
        query = query.where(CompanyLink.progress != LinkProgress.GIVEN_UP)
    if filters.owner_id:
        query = query.where(CompanyLink.owner_id == filters.owner_id)
    if filters.zone:
        query = query.where(CompanyLink.zone_id.in_(select(Zone.id).where(Zone.code == filters.zone)))
    if filters.node:
        of_node = (
            select(LinkNode.link_id)
            .join(ChainNode, ChainNode.id == LinkNode.node_id)
            .join(Chain, Chain.id == ChainNode.chain_id)
            .where(or_(ChainNode.code == filters.node, Chain.code == filters.node))
        )
        query = query.where(CompanyLink.id.in_(of_node))
    return query


def _conditions(actor: Actor, filters: Filters) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [Company.merged_into_id.is_(None)]
    if filters.q.strip():
        conditions.append(_found_by(filters.q))
    for column, value in (
        (Company.region, filters.region),
        (Company.city, filters.city),
        (Company.industry, filters.industry),
        (Company.kind, filters.kind),
    ):
        if value:
            conditions.append(column == value)
    if filters.local:
        conditions.append(Company.city.startswith(settings.value("home_city"), autoescape=True))
    if filters.by_link:
        conditions.append(Company.id.in_(_linked(actor, filters)))
    return conditions


def page(actor: Actor, filters: Filters, sort: str, window: paging.Window) -> paging.Page[Row]:
    """One page of the register in four statements: count, rows, links of those rows, nodes of those links."""
    actor.require(permissions.PROJECT_SEE)
    conditions = _conditions(actor, filters)
    total = db.session.scalar(select(func.count()).select_from(Company).where(*conditions)) or 0
    query = _ordered(select(*_COLUMNS).where(*conditions), sort or "name", window)
    rows = [Row(*row) for row in db.session.execute(query.limit(window.per_page + 1))]
    shown = rows[: window.per_page]
    following = _token(shown[-1], sort) if len(rows) > window.per_page else None
    return paging.Page(_with_links(actor, shown), total, window, following)


def _ordered(query: Any, sort: str, window: paging.Window) -> Any:
    """Keyset paging: the order ends in the id, and the next page begins after the last row seen."""
    down, key = sort.startswith("-"), sort.removeprefix("-")
    if key not in SORTS:
        raise RuleBroken("排序只能按 name 或 updated，倒序在前面加 -。", "sort")
    column: Any = Company.sort_key if key == "name" else Company.updated_at
    query = query.order_by(*((column.desc(), Company.id.desc()) if down else (column, Company.id)))
    if window.after is None:
        return query.offset((window.page - 1) * window.per_page) if window.page > 1 else query
    value, last = _seen(window.after, key)
    seen, place = tuple_(literal(value, column.type), last), tuple_(column, Company.id)
    return query.where(place < seen if down else place > seen)


def _seen(token: str, key: str) -> tuple[Any, int]:
    value, last = paging.key_of(token, 2)
    try:
        return (value or "") if key == "name" else datetime.fromisoformat(value or ""), int(last or "")
    except ValueError as error:
        raise RuleBroken("翻页位置无法识别，请回到第一页。", field="after") from error


def _token(row: Row, sort: str) -> str:
    by_time = sort.removeprefix("-") == "updated"
    return paging.token(row.updated_at.isoformat() if by_time else row.sort_key, row.id)


def _with_links(actor: Actor, rows: Sequence[Row]) -> list[Row]:
    found: dict[int, list[dealings.LinkRow]] = {}
    for link in dealings.links(actor, [row.id for row in rows]):
        found.setdefault(link.company_id, []).append(link)
    own = {row.id: dealings.own_link(actor, found.get(row.id, ())) for row in rows}
    nodes = dealings.nodes([link.id for link in own.values() if link is not None])
    return [
        replace(row, links=found.get(row.id, ()), own=link, nodes=nodes.get(link.id, ()) if link else ())
        for row in rows
        for link in (own[row.id],)
    ]


def progress_counts(actor: Actor) -> Mapping[LinkProgress, int]:
    """How many links within reach stand at each progress."""
    rows = db.session.execute(
        select(CompanyLink.progress, func.count())
        .where(scope.reach(actor, permissions.PROJECT_SEE, _link.company_id, _link.zone_id))
        .group_by(CompanyLink.progress)
    )
    return {progress: count for progress, count in rows}


def lookup(actor: Actor, query: str) -> Sequence[Hit]:
    """At most ten companies for what has been typed so far: names, pinyin, codes, or a known contact's phone tail.

    Companies linked within reach come first, then names beginning with the query, then shorter names.
    """
    actor.require(permissions.PROJECT_SEE)
    asked = search.words(query)
    if not asked or (len(asked) == 1 and len(asked[0]) == 1):
        return []
    people = dealings.contacts_by_phone(actor, query, _MOST_HITS)
    hits = [Hit(person.company_id, person.company, f"{person.name} {person.phone_mask}") for person in people]
    known = {hit.id for hit in hits}
    hits += [hit for hit in _named(actor, query.strip()) if hit.id not in known]
    return hits[:_MOST_HITS]


def _named(actor: Actor, query: str) -> Sequence[Hit]:
    found = (
        select(Company.id)
        .where(_found_by(query), Company.merged_into_id.is_(None))
        .limit(_MOST_RANKED)
        .subquery()
    )
    mine = exists(
        select(CompanyLink.id).where(
            CompanyLink.company_id == Company.id,
            scope.reach(actor, permissions.PROJECT_SEE, _link.company_id, _link.zone_id),
        )
    )
    begins = Company.name.startswith(query, autoescape=True)
    rows = db.session.execute(
        select(Company.id, Company.name, Company.region, Company.city, Company.industry, mine)
        .where(Company.id.in_(select(found.c.id)))
        .order_by(mine.desc(), begins.desc(), func.length(Company.name), Company.sort_key, Company.id)
        .limit(_MOST_HITS)
    )
    return [Hit(row[0], row[1], _note(*row[2:])) for row in rows]


def _note(region: str, city: str, industry: str, linked: bool) -> str:
    words = [" ".join(filter(None, (region, city if city != region else ""))), industry]
    return "，".join(filter(None, [*words, "已建联系" if linked else ""]))
