"""What the pipeline says first: how many links are missing or weak, and how far somebody has come at each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from crm.chains.queries import NodeRow
from crm.chains.rules import GAPS, NodeState
from crm.targeting import queries as targeting
from crm.targeting import rules as targets

#: What the table of links is narrowed to, as an address says it: code → the words of its heading.
SHOWS = {
    "gaps": "缺口环节",
    "missing": "空白环节",
    "weak": "薄弱环节",
    "moving": "有在推项目的缺口",
    "sought": "只有靶向企业的缺口",
    "bare": "没人去找的缺口",
    "open": "未评估的环节",
    "expired": "评估已过期的环节",
}


@dataclass(frozen=True, slots=True)
class Standing:
    """A link with what stands at it. `far` counts the steps from 未接触 to 竣工投产 that somebody has come, 0 where nobody has begun."""

    node: NodeRow
    companies: targets.Companies
    line: targets.Line
    far: int
    kinds: frozenset[str]
    project: targeting.FrontProject | None = None
    target: targeting.TargetRow | None = None

    @property
    def bare(self) -> bool:
        return "bare" in self.kinds


def far(companies: targets.Companies, line: targets.Line) -> int:
    counts = [companies.by_progress.get(progress, 0) for progress in targets.LIVE_PROGRESS]
    counts += [found.count for found in line.groups.values()]
    return max((at for at, count in enumerate(counts, 1) if count), default=0)


def kinds(node: NodeRow, companies: targets.Companies, line: targets.Line, today: date) -> frozenset[str]:
    """Under which of SHOWS a link falls; groups of links are no links."""
    found = set()
    if node.leaf and node.active:
        if node.state in GAPS:
            doing = "moving" if line.all.count else "sought" if companies.targets else "bare"
            found |= {"gaps", "missing" if node.state is NodeState.MISSING else "weak", doing}
        if node.state is None:
            found.add("open")
        elif node.expired(today):
            found.add("expired")
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class Fronts:
    """Who is furthest at a link, by node id."""

    projects: Mapping[int, targeting.FrontProject]
    targets: Mapping[int, targeting.TargetRow]


def standings(
    nodes: Sequence[NodeRow],
    companies: Mapping[int, targets.Companies],
    live: targets.Pipeline,
    fronts: Fronts,
    today: date,
) -> dict[int, Standing]:
    """By node id, in the order of the tree."""
    found = {}
    for node in nodes:
        here = companies.get(node.id, targets.Companies())
        line = live.nodes.get(node.id, targets.Line())
        found[node.id] = Standing(
            node,
            here,
            line,
            far(here, line),
            kinds(node, here, line, today),
            fronts.projects.get(node.id),
            fronts.targets.get(node.id),
        )
    return found


def counted(standing: Mapping[int, Standing]) -> dict[str, int]:
    """How many links fall under each of SHOWS."""
    return {code: sum(code in one.kinds for one in standing.values()) for code in SHOWS}


@dataclass(frozen=True, slots=True)
class Group:
    """建链, 补链, 强链, 延链 or not yet assessed, with the links that are shown of it and what all of it adds up to."""

    direction: targets.Direction
    rows: tuple[Standing, ...]


def groups(
    directions: Sequence[targets.Direction], standing: Mapping[int, Standing], show: str
) -> list[Group]:
    """Directions with something in them, and their links that are shown."""
    found = []
    for direction in directions:
        here = [standing[node.id] for node in direction.nodes]
        rows = tuple(one for one in here if not show or show in one.kinds)
        if rows or (not show and direction.projects.all.count):
            found.append(Group(direction, rows))
    return found
