"""Targets without a link of a chain yet, and the links that what the register knows of them proposes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, select

from crm.accounts.permissions import PROJECT_SEE, PROJECT_WRITE
from crm.chains.models import Chain, ChainNode
from crm.companies.models import Company
from crm.companies.rules import LinkProgress
from crm.core import paging
from crm.core.actor import Actor
from crm.core.db import db
from crm.settings import queries as settings
from crm.targeting import scope
from crm.targeting.models import Target
from crm.targeting.queries.plans import leading_codes
from crm.targeting.queries.rows import CITY
from crm.targeting.rules import proposals
from crm.targeting.rules.fit import Industries
from crm.zones.models import Zone


@dataclass(frozen=True, slots=True)
class PendingRow:
    """A target that waits for its link. `proposed` are the best links first, each with its reasons in words."""

    id: int
    version: int
    company_id: int
    company: str
    industry: str
    region: str
    city: str
    zone: str
    proposed: Sequence[proposals.Proposal]


def _waiting(actor: Actor, verb: str = PROJECT_SEE) -> list[ColumnElement[bool]]:
    return [
        Target.node_id.is_(None),
        Target.progress != LinkProgress.GIVEN_UP,
        Company.merged_into_id.is_(None),
        scope.visible_to(actor, verb),
    ]


def waiting(actor: Actor) -> int:
    """How many targets within reach wait for a link."""
    return (
        db.session.scalar(
            select(func.count())
            .select_from(Target)
            .join(Company, Company.id == Target.company_id)
            .where(*_waiting(actor))
        )
        or 0
    )


def candidates() -> list[proposals.NodeFacts]:
    """What is proposed from: links in use that are no mere headings of others."""
    above = select(ChainNode.parent_id).where(ChainNode.parent_id.is_not(None), ChainNode.active)
    rows = db.session.execute(
        select(
            ChainNode.id, ChainNode.code, ChainNode.name, Chain.name, ChainNode.products, ChainNode.gbt4754,
            Chain.id,
        )
        .join(Chain, Chain.id == ChainNode.chain_id)
        .where(ChainNode.active, Chain.active, ChainNode.id.not_in(above))
        .order_by(Chain.order_no, Chain.id, ChainNode.code)
    )  # fmt: skip
    leading = leading_codes()
    return [
        proposals.NodeFacts(
            key, code, name, chain, tuple(products), tuple(classes), leading.get(chain_id, ())
        )
        for key, code, name, chain, products, classes, chain_id in rows
    ]


def _query(actor: Actor, verb: str = PROJECT_SEE) -> Any:
    """Those that wait, in the order they came: a PendingRow's columns, then what else is matched."""
    return (
        select(
            Target.id,
            Target.version,
            Company.id,
            Company.name,
            Company.industry,
            Company.region,
            Company.city,
            func.coalesce(Zone.short_name, CITY),
            Zone.code,
            Company.short_name,
            Company.industry_code,
            Company.business,
        )
        .select_from(Target)
        .join(Company, Company.id == Target.company_id)
        .outerjoin(Zone, Zone.id == Target.zone_id)
        .where(*_waiting(actor, verb))
        .order_by(Target.id)
    )


def _best(guess: proposals.Proposer, row: Any) -> list[proposals.Proposal]:
    facts = proposals.CompanyFacts(row[3], row[9], row[4], row[10], row[11], row[5], row[6])
    return guess.best(facts, row[8] or "")


@dataclass(frozen=True, slots=True)
class Sure:
    """A target whose link is all but certain."""

    target_id: int
    company: str
    link: proposals.Proposal


def sure(actor: Actor, zone: str = "", upto: int | None = None) -> list[Sure]:
    """All that wait for a link and may be written, up to a target's id, with a proposal nothing else comes near. Three statements."""
    query = _query(actor, PROJECT_WRITE)
    if zone:
        query = query.where(Target.zone_id.is_(None) if zone == "city" else Zone.code == zone)
    if upto is not None:
        query = query.where(Target.id <= upto)
    guess = proposer()
    found = ((row, _best(guess, row)) for row in db.session.execute(query))
    return [Sure(row[0], row[3], best[0]) for row, best in found if best and best[0].sure]


def pending_page(actor: Actor, window: paging.Window, total: int) -> paging.Page[PendingRow]:
    """Those that wait, in the order they came. Two statements: the rows, the links; what is proposed is derived."""
    query = _query(actor)
    if window.after is not None:
        query = query.where(Target.id > paging.number(paging.key_of(window.after, 1)[0]))
    rows: Any = db.session.execute(query.limit(window.per_page + 1)).all()
    shown = rows[: window.per_page]
    guess = proposer()
    found = [PendingRow(*(*r[:8], _best(guess, r))) for r in shown]
    following = paging.token(shown[-1][0]) if len(rows) > window.per_page else None
    return paging.Page(found, total, window, following)


def proposer() -> proposals.Proposer:
    """Ready for many companies: links, names of industries and points are read once."""
    points = {row["code"]: int(row["points"]) for row in settings.value("target_fit")}
    industries = Industries.of(settings.value("industry_classes"))
    return proposals.Proposer(candidates(), industries, points, settings.value("home_city"))
