"""A row of a list of projects: what is read for it, and the orders it can stand in."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, case, select

from crm.accounts.models import User
from crm.chains.models import Chain, ChainNode
from crm.chains.rules import ChainAction
from crm.companies.models import Company
from crm.core.actor import Actor
from crm.core.dates import Precision
from crm.core.errors import RuleBroken
from crm.projects.models import Project
from crm.projects.queries.filters import investor_name
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
    registered_capital: Decimal | None
    equipment_investment: Decimal | None
    statistics_name: str
    statistics_amount: Decimal | None
    land_mu: Decimal | None
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
    first_contact_on: date | None
    first_contact_precision: Precision | None
    expected_sign_on: date | None
    expected_sign_precision: Precision | None
    expected_start_on: date | None
    updated_at: datetime
    version: int
    sort_key: str


def columns(actor: Actor) -> Select[Any]:
    """What every Row is read from, in the order of its fields."""
    disclosed = discloses_investor(actor)
    named = (
        Project.id, Project.code, Project.name, Project.zone_id, Zone.short_name,
        case((disclosed, Project.company_id)), investor_name(actor), Project.confidential,
        Project.capital, Project.total_investment, Project.total_investment_usd,
        Project.fixed_investment, Project.fixed_investment_usd, Project.registered_capital,
        Project.equipment_investment, Project.statistics_name, Project.statistics_amount,
        Project.land_mu, Project.stage, Project.stage_since, Project.status, Project.tier,
        Project.owner_id, User.login, User.name, ChainNode.code, ChainNode.name, Chain.name,
        Project.chain_action, Project.source, Project.first_contact_on,
        Project.first_contact_precision, Project.expected_sign_on, Project.expected_sign_precision,
        Project.expected_start_on, Project.updated_at, Project.version, Project.sort_key,
    )  # fmt: skip
    return (
        select(*named)
        .outerjoin(Zone, Zone.id == Project.zone_id)
        .outerjoin(Company, Company.id == Project.company_id)
        .outerjoin(User, User.id == Project.owner_id)
        .outerjoin(ChainNode, ChainNode.id == Project.node_id)
        .outerjoin(Chain, Chain.id == ChainNode.chain_id)
    )


@dataclass(frozen=True, slots=True)
class Sort:
    """An order: the expression, the type of its value in a page token, whether it may be unknown.

    `against`: the smallest value stands for the most, as an early day does for a long stay. `computed`, in place of an
    expression: (id, value) of the projects under some conditions, where no index could give them in order.
    """

    expression: Any
    kind: type[Any]
    nullable: bool = False
    against: bool = False
    computed: Callable[[Sequence[ColumnElement[bool]]], FromClause] | None = None


#: The names are part of the API.
SORTS: Mapping[str, Sort] = {
    "amount": Sort(_project.total_investment, Decimal, nullable=True),
    "updated": Sort(_project.updated_at, datetime),
    "name": Sort(_project.sort_key, str),
    "expected": Sort(_project.expected_sign_on, date, nullable=True),
    "fixed": Sort(_project.fixed_investment, Decimal, nullable=True),
    "start": Sort(_project.expected_start_on, date, nullable=True),
    "days": Sort(_project.stage_since, date, against=True),
}
DEFAULT_SORT = "-updated"


def sort_of(wanted: str, more: Mapping[str, Sort]) -> tuple[Sort, bool]:
    """The order and whether it falls. Refuses a name that is neither here nor in `more`, the orders of higher features."""
    name = wanted or DEFAULT_SORT
    plain, known = name.removeprefix("-"), {**SORTS, **more}
    if plain not in known:
        raise RuleBroken(f"不能按 {plain} 排序。可用 {'、'.join(known)}，前面加 - 为倒序。", field="sort")
    return known[plain], name.startswith("-") is not known[plain].against
