"""Which links of the chains a company may belong to, by its class of industry, its words and its region; a person confirms.

Nothing of this is stored: what is proposed follows from the register, the links and the settings each time it is asked for.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from crm.core.folding import nfkc
from crm.targeting.rules.fit import Industries, class_code, nearness, product_words

#: How many links are put before a person.
MOST = 3
#: Added where class and words say the same, and where the chain is one the list's zone works on.
_BOTH, _OWN_CHAIN = 8, 4
_ROWS = {4: "class4", 3: "class3", 2: "class2"}
_NEAR_WORDS = {"class4": "行业小类相同", "class3": "行业中类相同", "class2": "行业大类相同"}


@dataclass(frozen=True, slots=True)
class NodeFacts:
    """A link as it is matched; `zones` are codes of the zones that work on its chain."""

    id: int
    code: str
    name: str
    chain: str
    products: tuple[str, ...] = ()
    gbt4754: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CompanyFacts:
    name: str
    short_name: str = ""
    industry: str = ""
    industry_code: str = ""
    business: str = ""
    region: str = ""
    city: str = ""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A link with its points and why, in words; `sure` where nothing else comes near it."""

    node_id: int
    code: str
    name: str
    chain: str
    points: int
    why: str
    sure: bool = False


@dataclass(frozen=True, slots=True)
class _Ready:
    node: NodeFacts
    words: tuple[str, ...]


class Proposer:
    """Holds the links ready for many companies. `points` is the setting target_fit by code, `home` how this city is called."""

    def __init__(
        self, nodes: Iterable[NodeFacts], industries: Industries, points: Mapping[str, int], home: str
    ) -> None:
        self._nodes = [_Ready(node, product_words(node.name, node.products)) for node in nodes]
        self._industries = industries
        self._points = points
        self._home = home
        self._near: dict[tuple[str, int], int] = {}

    def best(self, company: CompanyFacts, zone_code: str = "") -> list[Proposal]:
        """At most three links, the likeliest first; none where neither class nor words say anything."""
        own = self._industries.class_of(company.industry, class_code(company.industry_code))
        text = nfkc(" ".join((company.name, company.short_name, company.industry, company.business))).lower()
        found = [p for ready in self._nodes if (p := self._one(ready, own, text, company, zone_code))]
        found.sort(key=lambda p: (-p.points, p.code))
        return _marked(found[: MOST + 1])

    def _one(
        self, ready: _Ready, own: str, text: str, company: CompanyFacts, zone_code: str
    ) -> Proposal | None:
        node, why, ways = ready.node, [], []
        if row := _ROWS.get(self._nearness(own, node)):
            ways.append(self._points[row])
            why.append(f"{_NEAR_WORDS[row]}（{company.industry or company.industry_code}）")
        if word := next((word for word in ready.words if word in text), ""):
            ways.append(self._points["word"])
            why.append(f"名称或主营有“{word}”")
        if not ways:
            return None
        points = max(ways) + (_BOTH if len(ways) > 1 else 0)
        if zone_code and zone_code in node.zones:
            points += _OWN_CHAIN
            why.append("本板块的链")
        why += self._where(company)
        return Proposal(node.id, node.code, node.name, node.chain, points, "，".join(why))

    def _where(self, company: CompanyFacts) -> list[str]:
        """A company of this city is no target from outside, but one to grow."""
        if self._home and company.city.startswith(self._home):
            return ["本市企业，宜增资扩产"]
        return [company.region] if company.region else []

    def _nearness(self, own: str, node: NodeFacts) -> int:
        if not own or not node.gbt4754:
            return 0
        key = (own, node.id)
        if key not in self._near:
            self._near[key] = nearness(own, node.gbt4754)
        return self._near[key]


#: What comes this near to the best leaves it open which of the two it is.
_CLEAR = 6


def _marked(found: Sequence[Proposal]) -> list[Proposal]:
    if not found:
        return []
    first = found[0]
    clear = len(found) == 1 or first.points - found[1].points >= _CLEAR
    sure = Proposal(
        first.node_id,
        first.code,
        first.name,
        first.chain,
        first.points,
        first.why,
        clear and first.points >= 85,
    )
    return [sure, *found[1:MOST]]
