"""The list of projects: filters, order, sums by stage. The investor's name is masked inside the select."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, literal, select, tuple_, union_all

from crm.accounts.models import User
from crm.chains.models import Chain, ChainNode
from crm.chains.rules import ChainAction
from crm.companies.models import Company
from crm.core.actor import Actor
from crm.core.dates import Precision
from crm.core.db import db
from crm.core.errors import RuleBroken
from crm.core.paging import Page, Window, key_of, token
from crm.projects.models import Project
from crm.projects.queries.filters import Filter, conditions, investor_name
from crm.projects.rules import Capital, Source, Stage, Status, Tier
from crm.projects.scope import discloses_investor
from crm.zones.models import Zone

_project = Project.__table__.c


@dataclass(frozen=True, slots=True)
class Row:
    """One project as a list shows it. `investor` is already masked; `company_id` is None where it is."""

    id: int
    code: str
    name: str
    zone_id: int | None
    zone: str | None
    company_id: int | None
    investor: str
    confidential: bool
    capital: Capital
    total_investment: Decimal | None
    total_investment_usd: Decimal | None
    fixed_investment: Decimal | None
    fixed_investment_usd: Decimal | None
    stage: Stage
    stage_since: date
    status: Status
    tier: Tier | None
    owner_id: int | None
    owner_login: str | None
    owner: str | None
    node_code: str | None
    node: str | None
    chain: str | None
    chain_action: ChainAction | None
    source: Source | None
    expected_sign_on: date | None
    expected_sign_precision: Precision | None
    updated_at: datetime
    version: int
    sort_key: str


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


#: sort name → (column, type of its key in a token); the names are part of the API.
SORTS: dict[str, tuple[Any, type[Any]]] = {
    "amount": (_project.total_investment, Decimal),
    "updated": (_project.updated_at, datetime),
    "name": (_project.sort_key, str),
    "expected": (_project.expected_sign_on, date),
}
DEFAULT_SORT = "-updated"


def _columns(actor: Actor) -> Select[Any]:
    disclosed = discloses_investor(actor)
    return (
        select(
            Project.id,
            Project.code,
            Project.name,
            Project.zone_id,
            Zone.short_name,
            case((disclosed, Project.company_id)),
            investor_name(actor),
            Project.confidential,
            Project.capital,
            Project.total_investment,
            Project.total_investment_usd,
            Project.fixed_investment,
            Project.fixed_investment_usd,
            Project.stage,
            Project.stage_since,
            Project.status,
            Project.tier,
            Project.owner_id,
            User.login,
            User.name,
            ChainNode.code,
            ChainNode.name,
            Chain.name,
            Project.chain_action,
            Project.source,
            Project.expected_sign_on,
            Project.expected_sign_precision,
            Project.updated_at,
            Project.version,
            Project.sort_key,
        )
        .outerjoin(Zone, Zone.id == Project.zone_id)
        .outerjoin(Company, Company.id == Project.company_id)
        .outerjoin(User, User.id == Project.owner_id)
        .outerjoin(ChainNode, ChainNode.id == Project.node_id)
        .outerjoin(Chain, Chain.id == ChainNode.chain_id)
    )


def _sort(sort: str) -> tuple[str, Any, type[Any], bool]:
    name = sort or DEFAULT_SORT
    down = name.startswith("-")
    if name.lstrip("-") not in SORTS:
        raise RuleBroken(
            f"不能按 {name.lstrip('-')} 排序。可用 {'、'.join(SORTS)}，前面加 - 为倒序。", field="sort"
        )
    column, kind = SORTS[name.lstrip("-")]
    return name.lstrip("-"), column, kind, down


def _order(column: Any, down: bool) -> tuple[Any, Any]:
    """Unknown values stand last in both directions; the id breaks ties in the same direction."""
    if down:
        return column.desc().nulls_last(), Project.id.desc()
    return column.asc().nulls_last(), Project.id.asc()


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


def _page_ids(
    where: Sequence[ColumnElement[bool]], column: Any, down: bool, seen: tuple[Any, int] | None, most: int
) -> Any:
    """The ids of one page: rows with a value, then rows without, each part read in the order of its index.

    Asked for as one order with the unknown last, PostgreSQL would sort the whole list.
    """
    last = Project.id.desc() if down else Project.id.asc()
    base = select(Project.id).where(*where).limit(most)
    parts = []
    if seen is None or seen[0] is not None:
        known = base.order_by(column.desc() if down else column.asc(), last)
        if seen is not None:
            place, bound = tuple_(column, Project.id), tuple_(literal(seen[0], column.type), seen[1])
            known = known.where(place < bound if down else place > bound)
        parts.append(known.where(column.is_not(None)) if column.nullable else known)
    if column.nullable:
        unknown = base.where(column.is_(None)).order_by(last)
        if seen is not None and seen[0] is None:
            unknown = unknown.where(Project.id < seen[1] if down else Project.id > seen[1])
        parts.append(unknown)
    selects = [select(part.subquery().c.id) for part in parts]
    return union_all(*selects) if len(selects) > 1 else selects[0]


def listed(actor: Actor, wanted: Filter, window: Window, total: int, sort: str = "") -> Page[Row]:
    """One page in one statement; `total` comes from `stage_counts`, which the page needs anyway."""
    name, column, kind, down = _sort(sort)
    where, most = conditions(actor, wanted), window.per_page + 1
    statement = _columns(actor).order_by(*_order(column, down)).limit(most)
    if window.page > 1 and not window.after:
        statement = statement.where(*where).offset((window.page - 1) * window.per_page)
    else:
        ids = _page_ids(where, column, down, _seen(window.after, kind), most)
        statement = statement.where(Project.id.in_(ids))
    rows = [Row(*row) for row in db.session.execute(statement)]
    following = None
    if len(rows) > window.per_page:
        rows = rows[:-1]
        following = token(_key(rows[-1], name), rows[-1].id)
    return Page(rows, total, window, following)


def _key(row: Row, name: str) -> Any:
    keys = {
        "amount": row.total_investment,
        "updated": row.updated_at,
        "name": row.sort_key,
        "expected": row.expected_sign_on,
    }
    return keys[name]


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


def ids_of(actor: Actor, wanted: Filter, most: int) -> Sequence[int]:
    """The ids under a filter, for what higher features work out (lights)."""
    return db.session.scalars(
        select(Project.id).where(*conditions(actor, wanted)).order_by(Project.id).limit(most)
    ).all()


def of_company(actor: Actor, company_id: int) -> Sequence[Row]:
    """The projects of one investor that the actor sees and whose investor he may know, newest first."""
    wanted = Filter(company_id=company_id)
    statement = (
        _columns(actor)
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
