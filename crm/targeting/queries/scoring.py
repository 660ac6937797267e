"""The parts of many companies' scores; what depends on a few distinct values is worked out once for each of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache

from crm.chains.rules import ChainAction, NodeState, action_of
from crm.targeting.queries.known import Dealings
from crm.targeting.rules import fit as fits
from crm.targeting.rules import score as rules
from crm.targeting.rules.score import Part, PartCode


@dataclass(frozen=True, slots=True)
class NodeFacts:
    """What the score asks of a link."""

    id: int
    code: str
    name: str
    chain_code: str
    chain: str
    products: tuple[str, ...]
    gbt4754: tuple[str, ...]
    state: NodeState | None
    chosen: ChainAction | None
    priority: int | None
    valid_until: date | None

    @property
    def action(self) -> ChainAction | None:
        return action_of(self.state, self.chosen)


@dataclass(frozen=True, slots=True)
class Facts:
    """What the register says of a company. `word` is the place of the link's first product word that name or business has; capital in 万元."""

    id: int
    name: str
    short_name: str
    region: str
    city: str
    industry: str
    industry_code: str
    listed_code: str | None
    capital: Decimal | None
    sort_key: str
    word: int | None = None


class Scorer:
    """One scope's eyes on one day, under the settings in force."""

    def __init__(
        self, terms: rules.Terms, industries: fits.Industries, dealings: Dealings, today: date
    ) -> None:
        self.terms = terms
        self._dealings = dealings
        self._today = today
        self._nobody = rules.reach(rules.NOBODY, today, terms)
        self._quiet = rules.signals((), today, terms)
        self._fit = lru_cache(maxsize=None)(self._fit_part)
        self._distance = lru_cache(maxsize=None)(lambda region, city: rules.distance(region, city, terms))
        self._gap = lru_cache(maxsize=None)(
            lambda state, priority, until: rules.gap(state, priority, until, today, terms)
        )
        self._exact = lru_cache(maxsize=None)(lambda points: rules.exact(points, terms.taken_off))
        self.industries = industries

    def parts(self, node: NodeFacts, row: Facts, words: Sequence[str]) -> tuple[Part, ...]:
        word = words[row.word] if row.word is not None else ""
        size = fits.size_of(row.listed_code is not None, row.capital)
        return (
            self._gap(node.state, node.priority, node.valid_until),
            self._fit(fits.Capable(row.industry, row.industry_code, word, size), node.gbt4754),
            self._reach(row.id),
            self._signals(row.id),
            self._distance(row.region, row.city),
        )

    def exact(self, parts: Sequence[Part]) -> int:
        value: int = self._exact(tuple(part.points for part in parts))
        return value

    def _fit_part(self, company: fits.Capable, classes: Sequence[str]) -> Part:
        found = fits.fit(company, classes, self.industries, self.terms.fit)
        if found.points is None:
            return self.terms.unknown(PartCode.FIT, found.words)
        return Part(PartCode.FIT, found.points, found.words)

    def _reach(self, company_id: int) -> Part:
        found = self._dealings.known.get(company_id)
        return rules.reach(found, self._today, self.terms) if found else self._nobody

    def _signals(self, company_id: int) -> Part:
        found = self._dealings.signals.get(company_id)
        return rules.signals(found, self._today, self.terms) if found else self._quiet
