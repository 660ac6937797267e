"""The catalogue's rows from live data, within the actor's reach; its releases.

A zone's draft has its own targets alone. The city's release names whom the bureau names, and never the investor of a confidential project.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, func, not_, select

from crm.accounts.models import User
from crm.accounts.permissions import PROJECT_SEE
from crm.chains.models import Chain, ChainNode, NodeAssessment
from crm.chains.rules import action_of
from crm.companies import scope as companies
from crm.companies.models import Company, CompanyLink, LinkNode
from crm.companies.rules import LinkProgress
from crm.core import clock
from crm.core.actor import Actor, Role
from crm.core.db import db
from crm.projects.models import Project
from crm.projects.scope import discloses_investor, visible_to
from crm.settings import queries as settings
from crm.targeting import scope
from crm.targeting.models import CatalogueEntry, CatalogueNaming, Target, ZoneChain
from crm.targeting.rules.catalogue import Row, Whom, named
from crm.zones.models import Zone

CITY = "市商务局"
#: Representative firms of a link that a row has room for.
_MOST_LOCAL = 6


@dataclass(frozen=True, slots=True)
class Candidate:
    """A target at a link that the catalogue could name. `named` is what holds, `secret` bars it whatever was decided."""

    company_id: int
    node_id: int
    whom: Whom
    zone: str
    named: bool
    secret: bool


def entry(node_id: int) -> CatalogueEntry | None:
    return db.session.get(CatalogueEntry, node_id)


def naming(node_id: int, company_id: int) -> CatalogueNaming | None:
    return db.session.scalar(
        select(CatalogueNaming).where(
            CatalogueNaming.node_id == node_id, CatalogueNaming.company_id == company_id
        )
    )


def draft(actor: Actor, *, chain: str = "", release: bool = False) -> list[Row]:
    """Every link that somebody assessed or wrote of, or that has targets, in the city's order. Eight statements at most.

    `release`: as the city's document names companies; else with all targets the actor sees.
    """
    actor.require(PROJECT_SEE)
    nodes = _nodes(chain)
    ids = [node.id for node in nodes]
    asked = candidates(actor, ids)
    whom: dict[int, list[Whom]] = {}
    for one in asked:
        if (one.named and not one.secret) if release else not one.secret:
            whom.setdefault(one.node_id, []).append(one.whom)
    local, gaps, zones = _local(actor, ids, release), _gaps(ids), _Zones()
    return [
        _row(node, local.get(node.id, []), whom.get(node.id, []), gaps.get(node.id, ""), zones)
        for node in nodes
        if node.state is not None or node.written or node.id in whom
    ]


def _nodes(chain: str) -> Sequence[Any]:
    wanted = [Chain.code == chain] if chain else []
    query = (
        select(
            ChainNode.id,
            ChainNode.code,
            ChainNode.name,
            ChainNode.parent_id,
            ChainNode.position,
            ChainNode.products,
            ChainNode.anchors,
            ChainNode.state,
            ChainNode.state_on,
            ChainNode.action,
            ChainNode.priority,
            Chain.id.label("chain_id"),
            Chain.code.label("chain_code"),
            Chain.name.label("chain"),
            CatalogueEntry.direction,
            CatalogueEntry.land,
            CatalogueEntry.energy,
            CatalogueEntry.environment,
            CatalogueEntry.zone_codes,
            CatalogueEntry.lead_department,
            CatalogueEntry.updated_at,
            CatalogueEntry.node_id.label("written"),
        )
        .join(Chain, Chain.id == ChainNode.chain_id)
        .outerjoin(CatalogueEntry, CatalogueEntry.node_id == ChainNode.id)
        .where(ChainNode.active, Chain.active, *wanted)
        .order_by(Chain.order_no, Chain.id, ChainNode.order_no, ChainNode.id)
    )
    return _in_tree_order(db.session.execute(query).all())


def _in_tree_order(rows: Sequence[Any]) -> list[Any]:
    """Each link behind the one it belongs to, chain by chain; a link of a retired group stands by itself."""
    known = {row.id for row in rows}
    children: dict[int | None, list[Any]] = {}
    for row in rows:
        children.setdefault(row.parent_id if row.parent_id in known else None, []).append(row)
    found: list[Any] = []
    waiting = children.get(None, [])[::-1]
    while waiting:
        row = waiting.pop()
        found.append(row)
        waiting += children.get(row.id, [])[::-1]
    return found


class _Zones:
    """Short names of zones by code, and the zones of each chain: the leading before the others. Two statements."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        for code, name in db.session.execute(select(Zone.code, Zone.short_name).order_by(Zone.order_no)):
            self.names[code] = name
        self.of_chain: dict[int, list[str]] = {}
        rows = db.session.execute(
            select(ZoneChain.chain_id, Zone.short_name)
            .join(Zone, Zone.id == ZoneChain.zone_id)
            .where(ZoneChain.active)
            .order_by(ZoneChain.kind.desc(), Zone.order_no, Zone.id)
        )
        for chain_id, name in rows:
            self.of_chain.setdefault(chain_id, []).append(name)


def _row(node: Any, local: Sequence[str], whom: Sequence[Whom], gap: str, zones: _Zones) -> Row:
    firms = dict.fromkeys([*(anchor["name"] for anchor in node.anchors), *local])
    chosen = [zones.names.get(code, code) for code in node.zone_codes or ()]
    days = [day for day in (node.state_on, node.updated_at and clock.local(node.updated_at).date()) if day]
    return Row(
        node.chain_code,
        node.chain,
        node.code,
        node.name,
        node.position,
        tuple(node.products),
        node.state,
        action_of(node.state, node.action),
        tuple(firms)[:_MOST_LOCAL],
        node.direction or gap,
        tuple(whom),
        node.land or "",
        node.energy or "",
        node.environment or "",
        tuple(chosen or zones.of_chain.get(node.chain_id, [])),
        node.lead_department or "",
        node.priority,
        max(days, default=None),
    )


def _gaps(node_ids: Sequence[int]) -> Mapping[int, str]:
    """What the newest assessment of a link calls its gap: the direction where nobody wrote another."""
    newest = select(func.max(NodeAssessment.id)).group_by(NodeAssessment.node_id)
    rows: Any = db.session.execute(
        select(NodeAssessment.node_id, NodeAssessment.gap).where(
            NodeAssessment.node_id.in_(node_ids), NodeAssessment.id.in_(newest)
        )
    )
    return {node_id: gap for node_id, gap in rows if gap}


def _local(actor: Actor, node_ids: Sequence[int], release: bool) -> dict[int, list[str]]:
    """Companies of this city that stand at a link, as far as one sees their links."""
    table = CompanyLink.__table__.c
    rows: Any = db.session.execute(
        select(LinkNode.node_id, func.coalesce(func.nullif(Company.short_name, ""), Company.name))
        .join(CompanyLink, CompanyLink.id == LinkNode.link_id)
        .join(Company, Company.id == CompanyLink.company_id)
        .where(
            LinkNode.node_id.in_(node_ids),
            companies.reach(actor, PROJECT_SEE, table.company_id, table.zone_id),
            Company.merged_into_id.is_(None),
            Company.city.startswith(settings.value("home_city"), autoescape=True),
            Company.id.not_in(_secret(actor, release)),
        )
        .order_by(LinkNode.node_id, Company.sort_key, Company.id)
        .distinct()
        .add_columns(Company.sort_key, Company.id)
    )
    found: dict[int, list[str]] = {}
    for node_id, name, *_ in rows:
        found.setdefault(node_id, []).append(name)
    return found


def _secret(actor: Actor, release: bool) -> Any:
    """Investors of confidential projects: for the city's document all of them, for a draft those the reader may not know.

    Another zone's projects are none of a reader's business: leaving a company out because of one would tell of it.
    """
    hidden: ColumnElement[bool] = Project.confidential.is_(True)
    if not release:
        hidden = and_(hidden, visible_to(actor), not_(discloses_investor(actor)))
    return select(Project.company_id).where(Project.company_id.is_not(None), hidden)


def candidates(actor: Actor, node_ids: Sequence[int]) -> list[Candidate]:
    """Live targets at these links within the actor's reach, one for each company and link. Three statements."""
    hidden = set(db.session.scalars(_secret(actor, False)))
    barred = set(db.session.scalars(_secret(actor, True))) if actor.role is Role.BUREAU else hidden
    found: dict[tuple[int, int], Candidate] = {}
    for node_id, company_id, name, region, city, listed, standing, zone, owner, decided in _targets(
        actor, node_ids
    ):
        if company_id in hidden:
            continue
        place = city or region
        about = standing or (f"上市公司 {listed}" if listed else "")
        contact = f"{zone or CITY} {owner}".strip() if owner else zone or CITY
        earlier = found.get((node_id, company_id))
        keep = named(zone is None, decided) or (earlier is not None and earlier.named)
        whom = earlier.whom if earlier else Whom(name, place, about, contact)
        zones = f"{earlier.zone}、{zone or CITY}" if earlier else zone or CITY
        found[node_id, company_id] = Candidate(company_id, node_id, whom, zones, keep, company_id in barred)
    return list(found.values())


def _targets(actor: Actor, node_ids: Sequence[int]) -> Any:
    return db.session.execute(
        select(
            Target.node_id,
            Company.id,
            Company.name,
            Company.region,
            Company.city,
            Company.listed_code,
            Target.standing,
            Zone.short_name,
            User.name,
            CatalogueNaming.named,
        )
        .join(Company, Company.id == Target.company_id)
        .outerjoin(Zone, Zone.id == Target.zone_id)
        .outerjoin(User, User.id == Target.owner_id)
        .outerjoin(
            CatalogueNaming,
            and_(CatalogueNaming.node_id == Target.node_id, CatalogueNaming.company_id == Company.id),
        )
        .where(
            Target.node_id.in_(node_ids),
            Target.progress != LinkProgress.GIVEN_UP,
            Target.project_id.is_(None),
            Company.merged_into_id.is_(None),
            scope.visible_to(actor),
        )
        .order_by(Target.node_id, Company.sort_key, Company.id, Target.zone_id.is_not(None), Target.id)
    )
