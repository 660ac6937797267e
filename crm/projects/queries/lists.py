"""The list of projects: filters, order, sums by stage, the first of every stage. The investor's name is masked inside the select."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    case,
    false,
    func,
    literal,
    not_,
    select,
    tuple_,
    union,
    union_all,
)

from crm.companies.models import Company
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.errors import RuleBroken
from crm.core.paging import Page, Window, key_of, token
from crm.projects.models import Project
from crm.projects.queries.filters import Filter, conditions, investor_name
from crm.projects.queries.rows import Row, Sort, columns, sort_of
from crm.projects.rules import Stage, Status
from crm.projects.scope import ways_to
from crm.zones.models import Zone


@dataclass(frozen=True, slots=True)
class StageSum:
    """`wan` sums 万元; `usd` sums 万美元 of projects that state no 万元, so nothing is added twice."""

    count: int = 0
    wan: Decimal = Decimal(0)
    usd: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Summary:
    by_stage: Mapping[Stage, StageSum]

    def of(self, stages: Sequence[Stage] = ()) -> StageSum:
        """The sum over some stages; over all when none is named."""
        picked = [self.by_stage[s] for s in (stages or tuple(Stage)) if s in self.by_stage]
        return StageSum(
            sum(s.count for s in picked),
            sum((s.wan for s in picked), Decimal(0)),
            sum((s.usd for s in picked), Decimal(0)),
        )


@dataclass(frozen=True, slots=True)
class Suggestion:
    id: int
    code: str
    name: str
    zone: str | None
    investor: str


def _order(sort: Sort, down: bool) -> tuple[Any, Any]:
    """Unknown values stand last in both directions; the id breaks ties in the same direction."""
    if down:
        return sort.expression.desc().nulls_last(), Project.id.desc()
    return sort.expression.asc().nulls_last(), Project.id.asc()


def _typed(text: str | None, kind: type[Any]) -> Any:
    if text is None:
        return None
    try:
        return kind.fromisoformat(text) if kind in (date, datetime) else kind(text)
    except (ValueError, ArithmeticError) as error:
        raise RuleBroken("翻页位置无法识别，请回到第一页。", field="after") from error


def _seen(text: str | None, kind: type[Any]) -> tuple[Any, int] | None:
    """The sort value and id of the last row seen."""
    if text is None:
        return None
    raw_value, raw_id = key_of(text, 2)
    return _typed(raw_value, kind), _typed(raw_id, int)


def _beyond(sort: Sort, down: bool, seen: tuple[Any, int] | None) -> list[ColumnElement[bool]]:
    """Rows with a value that stand after the last one seen."""
    if seen is None:
        return []
    value = sort.expression
    place, bound = tuple_(value, Project.id), tuple_(literal(seen[0], value.type), seen[1])
    return [place < bound if down else place > bound]


def _page_ids(
    where: Sequence[ColumnElement[bool]], sort: Sort, down: bool, seen: tuple[Any, int] | None, most: int
) -> Any:
    """The ids of one page: rows with a value, then rows without, each part read in the order of its index.

    Asked for as one order with the unknown last, PostgreSQL would sort the whole list.
    """
    last, value = (Project.id.desc() if down else Project.id.asc()), sort.expression
    base = select(Project.id).where(*where).limit(most)
    parts = []
    if seen is None or seen[0] is not None:
        known = base.order_by(value.desc() if down else value.asc(), last)
        known = known.where(*_beyond(sort, down, seen))
        parts.append(known.where(value.is_not(None)) if sort.nullable else known)
    if sort.nullable:
        unknown = base.where(value.is_(None)).order_by(last)
        if seen is not None and seen[0] is None:
            unknown = unknown.where(Project.id < seen[1] if down else Project.id > seen[1])
        parts.append(unknown)
    selects = [select(part.subquery().c.id) for part in parts]
    return union_all(*selects) if len(selects) > 1 else selects[0]


def listed(
    actor: Actor,
    wanted: Filter,
    window: Window,
    total: int,
    sort: str = "",
    more: Mapping[str, Sort] | None = None,
) -> Page[Row]:
    """One page in one statement (two in a computed order); `total` comes from `stage_counts`, which the page needs anyway.

    `more` are orders of higher features by name (lights).
    """
    order, down = sort_of(sort, more or {})
    where, most = conditions(actor, wanted), window.per_page + 1
    seen = _seen(window.after, order.kind)
    skipped = (window.page - 1) * window.per_page if seen is None else 0
    if order.computed:
        found = _computed(columns(actor), order.computed(where), down, seen, skipped, most)
        return _page(found, total, window)
    statement = columns(actor).add_columns(order.expression).order_by(*_order(order, down)).limit(most)
    if skipped:
        statement = statement.where(*where).offset(skipped)
    else:
        statement = statement.where(Project.id.in_(_page_ids(where, order, down, seen, most)))
    return _page(db.session.execute(statement).all(), total, window)


def _page(found: Sequence[Any], total: int, window: Window) -> Page[Row]:
    """Rows that end with the value they are ordered by; one more than fits says that others follow."""
    shown = found[: window.per_page]
    following = token(shown[-1][-1], shown[-1][0]) if len(found) > window.per_page else None
    return Page([Row(*row[:-1]) for row in shown], total, window, following)


def _computed(
    rows: Select[Any], values: FromClause, down: bool, seen: tuple[Any, int] | None, skipped: int, most: int
) -> Sequence[Any]:
    """A page in an order that no index has: its ids first, then their rows; a join would read every row for them."""
    place = (values.c.value, values.c.id)
    picked = select(*place[::-1]).order_by(*(part.desc() if down else part.asc() for part in place))
    if seen is not None:
        picked = picked.where(tuple_(*place) < seen if down else tuple_(*place) > seen)
    by_id = {id_: value for id_, value in db.session.execute(picked.offset(skipped).limit(most))}
    found = {row.id: row for row in db.session.execute(rows.where(Project.id.in_(by_id)))}
    return [(*found[id_], value) for id_, value in by_id.items() if id_ in found]


def tops(
    actor: Actor, wanted: Filter, stages: Sequence[Stage], most: int, sort: str
) -> dict[Stage, list[Row]]:
    """The first projects of every stage in one statement, read in the order of an index, stage by stage.

    A search and conditions of higher features are answered once and ranked, not asked again for every stage.
    """
    order, down = sort_of(sort, {})
    where = conditions(actor, wanted, stages=False)
    statement = columns(actor).order_by(*_order(order, down))
    if wanted.q or wanted.extra:
        statement = statement.where(Project.id.in_(_ranked(where, order, down, stages, most)))
    else:
        parts = [_page_ids([*where, Project.stage == stage], order, down, None, most) for stage in stages]
        statement = statement.where(Project.id.in_(union_all(*(select(p.subquery().c.id) for p in parts))))
    found: dict[Stage, list[Row]] = {stage: [] for stage in stages}
    for row in db.session.execute(statement):
        if len(found[row.stage]) < most:
            found[row.stage].append(Row(*row))
    return found


def _ranked(
    where: Sequence[ColumnElement[bool]], order: Sort, down: bool, stages: Sequence[Stage], most: int
) -> Any:
    place = func.row_number().over(partition_by=Project.stage, order_by=_order(order, down))
    ranked = select(Project.id, place.label("place")).where(*where, Project.stage.in_(stages)).subquery()
    return select(ranked.c.id).where(ranked.c.place <= most)


def stage_counts(actor: Actor, wanted: Filter) -> Summary:
    """Count and sums of every stage under the filter, in one grouped select."""
    only_usd = case((Project.total_investment.is_(None), Project.total_investment_usd))
    rows = db.session.execute(
        select(Project.stage, func.count(), func.sum(Project.total_investment), func.sum(only_usd))
        .where(*conditions(actor, wanted, stages=False))
        .group_by(Project.stage)
    )
    return Summary(
        {stage: StageSum(count, wan or Decimal(0), usd or Decimal(0)) for stage, count, wan, usd in rows}
    )


def active_count(actor: Actor) -> Select[int]:
    """How many projects within reach are under way, as a statement for the rail; each way to them by its own index."""
    zone, *others = ways_to(actor)
    active = Project.status == Status.ACTIVE
    in_zone = select(func.count()).select_from(Project).where(zone, active)
    if not others:
        return in_zone
    outside = not_(func.coalesce(zone, false()))
    beyond = union(*(select(Project.id).where(way, outside, active) for way in others)).subquery()
    return select(in_zone.scalar_subquery() + select(func.count()).select_from(beyond).scalar_subquery())


def ids_of(actor: Actor, wanted: Filter, most: int) -> Sequence[int]:
    """The ids under a filter, for what higher features work out (lights)."""
    return db.session.scalars(
        select(Project.id).where(*conditions(actor, wanted)).order_by(Project.id).limit(most)
    ).all()


def rows_of(actor: Actor, ids: Sequence[int]) -> Sequence[Row]:
    """The rows of some projects, those the actor does not see left out; in no order."""
    statement = columns(actor).where(*conditions(actor, Filter(ids=tuple(ids))))
    return [Row(*row) for row in db.session.execute(statement)]


def of_company(actor: Actor, company_id: int) -> Sequence[Row]:
    """The projects of one investor that the actor sees and whose investor he may know, newest first."""
    wanted = Filter(company_id=company_id)
    statement = (
        columns(actor)
        .where(*conditions(actor, wanted))
        .order_by(Project.updated_at.desc(), Project.id.desc())
    )
    return [Row(*row) for row in db.session.execute(statement.limit(200))]


def lookup(actor: Actor, q: str, company_id: int | None = None, most: int = 10) -> Sequence[Suggestion]:
    """What a type-ahead offers, last touched first."""
    wanted = Filter(q=q, company_id=company_id)
    rows = db.session.execute(
        select(Project.id, Project.code, Project.name, Zone.short_name, investor_name(actor))
        .outerjoin(Zone, Zone.id == Project.zone_id)
        .outerjoin(Company, Company.id == Project.company_id)
        .where(*conditions(actor, wanted))
        .order_by(Project.updated_at.desc(), Project.id.desc())
        .limit(most)
    )
    return [Suggestion(*row) for row in rows]
