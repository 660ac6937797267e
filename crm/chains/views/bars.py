"""How numbers of the pipeline are drawn: bars on one common scale, so that a longer one is more."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from crm.chains.rules import ChainAction
from crm.companies.rules import PROGRESS_LABELS, LinkProgress
from crm.targeting import rules as targets

WIDTH = 140
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


def whole(counts: Sequence[tuple[int, str, int]]) -> Bar:
    """One bar over the full width."""
    return _bar(counts, max(1, sum(number for _, _, number in counts)))


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
