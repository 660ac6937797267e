"""Targets without a link of a chain yet, and the links that what the register knows of them proposes."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select

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


def _waiting(actor: Actor) -> list[ColumnElement[bool]]:
    return [
        Target.node_id.is_(None),
        Target.progress != LinkProgress.GIVEN_UP,
        Company.merged_into_id.is_(None),
        scope.visible_to(actor),
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


def pending_page(actor: Actor, window: paging.Window, total: int) -> paging.Page[PendingRow]:
    """Those that wait, in the order they came. Two statements: the rows, the links; what is proposed is derived."""
    query = (
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
        .where(*_waiting(actor))
        .order_by(Target.id)
    )
    if window.after is not None:
        query = query.where(Target.id > paging.number(paging.key_of(window.after, 1)[0]))
    rows = db.session.execute(query.limit(window.per_page + 1)).all()
    shown = rows[: window.per_page]
    guess = proposer()
    found = [
        PendingRow(
            *r[:8], guess.best(proposals.CompanyFacts(r[3], r[9], r[4], r[10], r[11], r[5], r[6]), r[8] or "")
        )
        for r in shown
    ]
    following = paging.token(shown[-1][0]) if len(rows) > window.per_page else None
    return paging.Page(found, total, window, following)


def proposer() -> proposals.Proposer:
    """Ready for many companies: links, names of industries and points are read once."""
    points = {row["code"]: int(row["points"]) for row in settings.value("target_fit")}
    industries = Industries.of(settings.value("industry_classes"))
    return proposals.Proposer(candidates(), industries, points, settings.value("home_city"))
