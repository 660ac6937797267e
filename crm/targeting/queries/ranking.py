"""Companies of the register ranked for a link of a chain, as one scope sees them. Nothing is stored: a score is never older than its parts (ADR 12)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Integer, case, func, literal, or_, select

from crm.accounts.permissions import PROJECT_SEE
from crm.chains.models import Chain, ChainNode
from crm.companies.models import Company
from crm.companies.rules import LinkProgress
from crm.core import search
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.errors import NotFound
from crm.core.idsets import among
from crm.settings import queries as settings
from crm.targeting import scope
from crm.targeting.models import Target, ZoneChain
from crm.targeting.queries import known
from crm.targeting.queries.known import Dealings, Held
from crm.targeting.queries.scoring import Facts, NodeFacts, Scorer
from crm.targeting.rules import fit as fits
from crm.targeting.rules import score as rules
from crm.targeting.rules.plans import ChainRole
from crm.targeting.rules.score import Part, PartCode

_NODE = (
    ChainNode.id,
    ChainNode.code,
    ChainNode.name,
    Chain.code,
    Chain.name,
    ChainNode.products,
    ChainNode.gbt4754,
    ChainNode.state,
    ChainNode.action,
    ChainNode.priority,
    ChainNode.valid_until,
)


def nodes(*conditions: ColumnElement[bool]) -> list[NodeFacts]:
    """Active links in the city's order."""
    rows: Any = db.session.execute(
        select(*_NODE)
        .join(Chain, Chain.id == ChainNode.chain_id)
        .where(ChainNode.active, Chain.active, *conditions)
        .order_by(Chain.order_no, Chain.id, ChainNode.order_no, ChainNode.id)
    )
    return [
        NodeFacts(id_, code, name, chain_code, chain, tuple(products), tuple(classes), *rest)
        for id_, code, name, chain_code, chain, products, classes, *rest in rows
    ]


def node(code: str) -> NodeFacts:
    """NotFound for a code that names no active link."""
    found = nodes(ChainNode.code == code.strip())
    if not found:
        raise NotFound()
    return found[0]


@dataclass(frozen=True, slots=True)
class Ranked:
    """A company at its place for a link. `target` is the scope's own at this link, where there is one."""

    place: int
    company: Facts
    node: NodeFacts
    total: Decimal
    parts: tuple[Part, ...]
    target: Held | None

    def part(self, code: PartCode) -> Part:
        return self.parts[list(PartCode).index(code)]


@dataclass(frozen=True, slots=True)
class Ranking:
    """`left_out` are the companies of the register whose industry does not fit; `why` says what puts the first one first."""

    rows: Sequence[Ranked]
    total: int
    left_out: int
    why: str
    terms: rules.Terms


@dataclass(frozen=True, slots=True)
class _Scored:
    exact: int
    parts: tuple[Part, ...]
    company: Facts
    node: NodeFacts
    target: Held | None


def rank(
    actor: Actor,
    node: NodeFacts,
    today: date,
    *,
    zone_id: int | None = None,
    first: int = 0,
    most: int | None = None,
) -> Ranking:
    """Everybody who could fill the link, the best first, `most` of them from `first` on. Eleven statements, whatever their number."""
    actor.require(PROJECT_SEE)
    scorer, dealings = _scorer(actor, zone_id, today)
    words = fits.product_words(node.name, node.products)
    at_node = {
        company_id: found
        for company_id, held in dealings.targets.items()
        if (found := _at(held, node.id, zone_id)) is not None
    }
    rows = _read(_candidates(node, _fitting(node, scorer.industries), words, list(at_node)), words)
    scored = _score(scorer, ((row, node, at_node.get(row.id)) for row in rows), {node.id: words})
    everybody = db.session.scalar(
        select(func.count()).select_from(Company).where(Company.merged_into_id.is_(None))
    )
    part = slice(first, None if most is None else first + most)
    return _ranking(scored, scorer.terms, part, (everybody or 0) - len(scored))


def rank_targets(
    actor: Actor, today: date, *, zone_id: int | None = None, first: int = 0, most: int | None = None
) -> Ranking:
    """The scope's own live targets over all links, the best first. Ten statements."""
    actor.require(PROJECT_SEE)
    scorer, dealings = _scorer(actor, zone_id, today)
    of_scope = select(Target.node_id).where(scope.visible_to(actor), Target.node_id.is_not(None))
    by_id = {node.id: node for node in nodes(ChainNode.id.in_(of_scope))}
    held = [
        (company_id, one)
        for company_id, each in dealings.targets.items()
        for one in each
        if one.node_id in by_id and one.progress is not LinkProgress.GIVEN_UP
    ]
    companies = {row.id: row for row in _read(among(Company.id, sorted({c for c, _ in held})), ())}
    pairs = ((companies[c], by_id[one.node_id or 0], one) for c, one in held if c in companies)
    part = slice(first, None if most is None else first + most)
    return _ranking(_score(scorer, pairs, {}), scorer.terms, part, 0)


def _scorer(actor: Actor, zone_id: int | None, today: date) -> tuple[Scorer, Dealings]:
    terms = rules.terms(settings.values())
    industries = fits.Industries.of(settings.value("industry_classes"))
    dealings = known.of_scope(actor, zone_id, settings.value("home_city"), today, terms.signal_days)
    return Scorer(terms, industries, dealings, today), dealings


def _at(held: Sequence[Held], node_id: int, zone_id: int | None) -> Held | None:
    """The scope's target at the link; of several zones' the chosen one's, else the first."""
    here = [one for one in held if one.node_id == node_id]
    return next((one for one in here if one.zone_id == zone_id), next(iter(here), None))


def _score(
    scorer: Scorer,
    pairs: Iterable[tuple[Facts, NodeFacts, Held | None]],
    words: dict[int, tuple[str, ...]],
) -> list[_Scored]:
    found = []
    for company, node, held in pairs:
        parts = scorer.parts(node, company, words.get(node.id, ()))
        found.append(_Scored(scorer.exact(parts), parts, company, node, held))
    found.sort(key=lambda one: (-one.exact, one.company.sort_key, one.company.id, one.node.id))
    return found


def _ranking(scored: Sequence[_Scored], terms: rules.Terms, part: slice, left_out: int) -> Ranking:
    places = rules.places([one.exact for one in scored])
    rows = [
        Ranked(place, one.company, one.node, rules.shown(one.exact), one.parts, one.target)
        for place, one in zip(places[part], scored[part], strict=True)
    ]
    second = scored[1].parts if len(scored) > 1 else None
    why = rules.why_first(scored[0].parts, second, terms.weights) if scored else ""
    return Ranking(rows, len(scored), left_out, why, terms)


def _fitting(node: NodeFacts, industries: fits.Industries) -> list[str]:
    """The industries of the register that have at least the link's division. One statement over the index."""
    said = db.session.scalars(select(Company.industry).where(Company.merged_into_id.is_(None)).distinct())
    return [word for word in said if word and fits.nearness(industries.class_of(word), node.gbt4754)]


def _candidates(
    node: NodeFacts, fitting: Sequence[str], words: Sequence[str], dealt: Sequence[int]
) -> ColumnElement[bool]:
    """The fitting, the listed whose industry is unknown, those with a word of the link in their name, and the scope's targets there."""
    divisions = sorted({code[:2] for code in map(fits.class_code, node.gbt4754) if code})
    return or_(
        Company.industry.in_(fitting),
        among(Company.id, dealt),
        (Company.industry == "") & Company.listed_code.is_not(None),
        *(Company.industry_code.like(f"{section}{code}%") for code in divisions for section in ("", "_")),
        *(_named(word) for word in words),
    )


def _named(word: str) -> ColumnElement[bool]:
    dialect = db.session.get_bind().dialect.name
    return search.matches("companies", Company.id, Company.search_tokens, Company.search_text, word, dialect)


def _word_found(words: Sequence[str]) -> Any:
    """The place of the first word that name or business has, else NULL."""
    if not words:
        return literal(None, Integer)
    text = func.lower(Company.name + " " + Company.business)
    return case(*[(text.contains(word, autoescape=True), at) for at, word in enumerate(words)])


_FACTS = (
    Company.id,
    Company.name,
    Company.short_name,
    Company.region,
    Company.city,
    Company.industry,
    Company.industry_code,
    Company.listed_code,
    Company.registered_capital,
    Company.sort_key,
)


def _read(chosen: ColumnElement[bool], words: Sequence[str]) -> list[Facts]:
    rows: Any = db.session.execute(
        select(*_FACTS, _word_found(words)).where(Company.merged_into_id.is_(None), chosen)
    )
    return [Facts(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class Start:
    """A link worth beginning with: what its gap is worth, and whether its chain leads in the zone."""

    node: NodeFacts
    gap: Part
    leading: bool


def starts(today: date, zone_id: int | None, most: int = 12) -> list[Start]:
    """Assessed links by their gap, those of the zone's leading chains first. Two statements."""
    terms = rules.terms(settings.values())
    leading = set(
        db.session.scalars(
            select(Chain.code)
            .join(ZoneChain, ZoneChain.chain_id == Chain.id)
            .where(ZoneChain.zone_id == zone_id, ZoneChain.active, ZoneChain.kind == ChainRole.LEADING)
        )
    )
    found = [
        Start(
            node,
            rules.gap(node.state, node.priority, node.valid_until, today, terms),
            node.chain_code in leading,
        )
        for node in nodes(ChainNode.state.is_not(None))
    ]
    found.sort(key=lambda one: (not one.leading, -one.gap.points))
    return found[:most]
