"""How the pipeline is drawn: bars on one common scale, so that a longer one is more, and what the page says first."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from crm.chains.queries import NodeRow
from crm.chains.rules import ChainAction, NodeState
from crm.companies.rules import PROGRESS_LABELS, LinkProgress
from crm.targeting import rules as targets

WIDTH = 140
_GAPS = (NodeState.MISSING, NodeState.WEAK)
#: The furthest first and darkest; what has only begun is drawn as an outline.
_FAR = (LinkProgress.TALKING, LinkProgress.CONTACTED, LinkProgress.UNTOUCHED)
_SHADES = {"done": 1, "started": 2, "signed": 3, "talking": 4}


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a bar in its own units; `shade` 1 is solid, 4 an outline."""

    x: float
    width: float
    shade: int


@dataclass(frozen=True, slots=True)
class Bar:
    parts: tuple[Part, ...]
    words: str


def _bar(counts: Sequence[tuple[int, str, int]], most: int) -> Bar:
    """`counts` are (shade, label, number); one unit has the same length on every bar of the page."""
    at, parts = 0.0, []
    for shade, _, number in counts:
        if number:
            width = round(WIDTH * number / most, 2)
            parts.append(Part(round(at, 2), width, shade))
            at += width
    words = "，".join(f"{label} {number}" for _, label, number in counts)
    return Bar(tuple(parts), words)


def _of_targets(found: targets.Companies) -> list[tuple[int, str, int]]:
    shades = (1, 3, 4)
    return [
        (shade, PROGRESS_LABELS[p], found.by_progress.get(p, 0))
        for shade, p in zip(shades, _FAR, strict=True)
    ]


def _of_projects(line: targets.Line) -> list[tuple[int, str, int]]:
    return [(shade, targets.GROUPS[code][0], line.groups[code].count) for code, shade in _SHADES.items()]


def bars(directions: Iterable[targets.Direction]) -> Mapping[ChainAction | None, tuple[Bar, Bar]]:
    """Direction → its targets and its projects; both kinds are numbers of things to do, so they share one scale."""
    each = list(directions)
    most = max([1, *(d.companies.targets for d in each), *(d.projects.all.count for d in each)])
    return {
        d.action: (_bar(_of_targets(d.companies), most), _bar(_of_projects(d.projects), most)) for d in each
    }


@dataclass(frozen=True, slots=True)
class Lead:
    """The chain in one sentence: its missing and weak links, and what is done about them."""

    missing: int
    weak: int
    unassessed: int
    #: Missing or weak links nobody goes after, by name and code.
    bare: tuple[tuple[str, str], ...]
    #: Missing or weak links at which a live project stands.
    moving: int
    companies: targets.Companies
    #: 万元 of the projects from 签约 on; None while no amount is known.
    signed: Decimal | None

    @property
    def gaps(self) -> int:
        return self.missing + self.weak


def lead(
    nodes: Iterable[NodeRow], companies: Mapping[int, targets.Companies], live: targets.Pipeline
) -> Lead:
    every = targets.Companies()
    for found in companies.values():
        every.take_in(found)
    leaves = [node for node in nodes if node.leaf and node.active]
    gaps = [node for node in leaves if node.state in _GAPS]
    return Lead(
        missing=sum(node.state is NodeState.MISSING for node in gaps),
        weak=sum(node.state is NodeState.WEAK for node in gaps),
        unassessed=sum(node.state is None for node in leaves),
        bare=tuple(
            (node.name, node.code)
            for node in gaps
            if not companies.get(node.id, targets.Companies()).targets and node.id not in live.nodes
        ),
        moving=sum(node.id in live.nodes for node in gaps),
        companies=every,
        signed=_signed(live.total),
    )


def _signed(line: targets.Line) -> Decimal | None:
    known = [
        found.total for code, found in line.groups.items() if code != "talking" and found.total is not None
    ]
    return sum(known, Decimal(0)) if known else None
