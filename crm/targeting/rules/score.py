"""The score of a target company at a link (靶向评分): five parts of 0 to 100 points, each with its words, multiplied.

A part with weight w and p points keeps 1 − w × (1 − p) of the whole; what nobody knows gets its neutral points and says so. All of it is whole
numbers: points and weights are percent, the product is exact, and only what is shown is rounded.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Any

from crm.chains.rules import STATE_LABELS, NodeState
from crm.companies.rules import LinkProgress
from crm.targeting.rules.targets import EntryKind


class PartCode(StrEnum):
    GAP = "gap"
    FIT = "fit"
    REACH = "reach"
    SIGNALS = "signals"
    DISTANCE = "distance"

    @property
    def label(self) -> str:
        return PART_LABELS[self]


PART_LABELS = {
    PartCode.GAP: "缺口",
    PartCode.FIT: "适配",
    PartCode.REACH: "可达",
    PartCode.SIGNALS: "动向",
    PartCode.DISTANCE: "距离",
}

_HUNDRED = 100
_WHOLE = _HUNDRED * _HUNDRED
#: The product of all factors when nothing is taken off.
FULL = _WHOLE ** len(PartCode)
_DIGITS = len(str(FULL)) - 1
_TENTH = Decimal("0.1")


@dataclass(frozen=True, slots=True)
class Weight:
    """What a part takes off at most, in percent, and the points of what nobody knows."""

    weight: int
    neutral: int


@dataclass(frozen=True, slots=True)
class Part:
    """0 to 100 points and what they come from, in words. `known` is False where the neutral points stand in."""

    code: PartCode
    points: int
    words: str
    known: bool = True


Weights = Mapping[PartCode, Weight]


def factor(points: int, weight: int) -> int:
    """What a part leaves of the whole, in ten-thousandths."""
    return _WHOLE - weight * (_HUNDRED - points)


def exact(points: Sequence[int], weights: Sequence[int]) -> int:
    """The product of the factors in the order of PartCode, between 0 and FULL; ranks compare this."""
    product = 1
    for one, weight in zip(points, weights, strict=True):
        product *= factor(one, weight)
    return product


def shown(value: int) -> Decimal:
    """A product as a score of 0 to 100 with one decimal."""
    return Decimal(value).scaleb(2 - _DIGITS).quantize(_TENTH, ROUND_HALF_UP)


def factor_words(part: Part, weights: Weights) -> str:
    """A part's factor as it is multiplied: ×0.76."""
    return f"×{Decimal(factor(part.points, weights[part.code].weight)).scaleb(-4).normalize():f}"


@dataclass(frozen=True, slots=True)
class Terms:
    """Every setting of the score, read once. `tables` are the settings of points by code: gap, fit, reach."""

    weights: Weights
    gap: Mapping[str, int]
    fit: Mapping[str, int]
    reach: Mapping[str, int]
    bands: tuple["Band", ...]
    signal_points: int
    signal_days: int
    visit_days: int

    @property
    def taken_off(self) -> tuple[int, ...]:
        return tuple(self.weights[code].weight for code in PartCode)

    def unknown(self, code: PartCode, words: str) -> Part:
        return Part(code, self.weights[code].neutral, words, known=False)


def terms(values: Mapping[str, Any]) -> Terms:
    """From the settings in force."""
    weights = {
        PartCode(row["code"]): Weight(int(row["weight"]), int(row["unknown"]))
        for row in values["target_weights"]
    }
    bands = tuple(
        Band(row["name"], tuple(_places(row)), int(row["points"])) for row in values["target_distance"]
    )
    return Terms(
        weights=weights,
        gap=_points(values["target_gap"]),
        fit=_points(values["target_fit"]),
        reach=_points(values["target_reach"]),
        bands=bands,
        signal_points=values["signal_points"],
        signal_days=values["signal_days"],
        visit_days=values["reach_visit_days"],
    )


def _points(rows: Sequence[Mapping[str, str]]) -> dict[str, int]:
    return {row["code"]: int(row["points"]) for row in rows}


# --- the gap of the link ------------------------------------------------------------------------------


def gap(
    state: NodeState | None, priority: int | None, valid_until: date | None, today: date, by: Terms
) -> Part:
    """A missing and urgent link is worth most. An assessment past its validity counts half towards what is unknown."""
    if state is None:
        return by.unknown(PartCode.GAP, "环节还没有评估，按不清楚计")
    points = by.gap[state.value] * by.gap[f"p{priority or 0}"] // _HUNDRED
    urgent = f"优先级 {priority} 级" if priority else "没有定优先级"
    words = f"环节{STATE_LABELS[state]}，{urgent}"
    if valid_until is not None and valid_until < today:
        points = (points + by.weights[PartCode.GAP].neutral) // 2
        words += f"，评估 {valid_until.isoformat()} 已过期，一半按不清楚计"
    return Part(PartCode.GAP, points, words)


# --- whom we know -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Known:
    """What the acting scope has with a company; nothing of another zone's is in it."""

    progress: LinkProgress | None = None
    entries: tuple[tuple[EntryKind, str], ...] = ()
    contacts: int = 0
    last_visit: date | None = None
    filed: bool = False
    family: str = ""


NOBODY = Known()


def reach(known: Known, today: date, by: Terms) -> Part:
    """The best way in counts, the others are told. Given up is low whatever else is known."""
    if known.progress is LinkProgress.GIVEN_UP:
        return Part(PartCode.REACH, by.reach["given_up"], "已放弃")
    ways = sorted(_ways_in(known, today, by), key=lambda way: -way[0])
    if not ways:
        return by.unknown(PartCode.REACH, "还没有记下谁说得上话，按不清楚计")
    return Part(PartCode.REACH, ways[0][0], "、".join(words for _, words in ways))


def _ways_in(known: Known, today: date, by: Terms) -> list[tuple[int, str]]:
    ways = [
        (by.reach[kind.value], f"{kind.label}{f'（{note}）' if note else ''}") for kind, note in known.entries
    ]
    if known.progress is LinkProgress.TALKING:
        ways.append((by.reach["talking"], "正在洽谈"))
    if known.progress is LinkProgress.CONTACTED:
        ways.append((by.reach["contacted"], "已接触"))
    if known.filed:
        ways.append((by.reach["filed"], "已报备"))
    if known.last_visit is not None:
        late = (today - known.last_visit).days > by.visit_days
        ways.append((by.reach["met" if late else "visited"], f"{known.last_visit.isoformat()} 走访过"))
    if known.contacts:
        ways.append((by.reach["contact"], f"联系人 {known.contacts} 位"))
    if known.family:
        ways.append((by.reach["family"], f"同一集团的{known.family}在本市"))
    return ways


# --- signals ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Signal:
    on: date
    what: str


def signals(seen: Sequence[Signal], today: date, by: Terms) -> Part:
    """Signs of expansion add to the neutral points, less from day to day; a sign dated ahead counts as of today."""
    span, neutral = by.signal_days, by.weights[PartCode.SIGNALS].neutral
    fresh = [(max((today - one.on).days, 0), one) for one in seen]
    live = sorted((pair for pair in fresh if pair[0] < span), key=lambda pair: (pair[0], pair[1].what))
    if not live:
        words = f"{span} 天内没有新动向" if seen else "没有记下扩张动向"
        return by.unknown(PartCode.SIGNALS, f"{words}，按不清楚计")
    added = sum(by.signal_points * (span - days) for days, _ in live) // span
    newest = live[0][1]
    more = f"等 {len(live)} 条" if len(live) > 1 else ""
    return Part(
        PartCode.SIGNALS, min(neutral + added, _HUNDRED), f"{newest.on.isoformat()} {newest.what}{more}"
    )


# --- distance -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Band:
    """Provinces and cities at one distance, by the beginning of their names."""

    name: str
    places: tuple[str, ...]
    points: int


def _places(row: Mapping[str, str]) -> list[str]:
    """The last band takes what no other names."""
    return [] if row["code"] == "other" else [p.strip() for p in row["places"].split("、") if p.strip()]


def distance(region: str, city: str, by: Terms) -> Part:
    """The first band that names the city or the province."""
    place = city or region
    if not place:
        return by.unknown(PartCode.DISTANCE, "所在地不清楚，按不清楚计")
    words = "".join(dict.fromkeys(part for part in (region, city) if part))
    for band in by.bands:
        if any(name.startswith(p) for p in band.places for name in (city, region) if name):
            return Part(PartCode.DISTANCE, band.points, f"{words}，{band.name}")
    last = by.bands[-1]
    return Part(PartCode.DISTANCE, last.points, f"{words}，{last.name}")


# --- ranking ------------------------------------------------------------------------------------------


def places(values: Sequence[int]) -> list[int]:
    """The place of each of these falling scores; equal ones share it, and the next is counted on (并列第 2，下一名第 4)."""
    found: list[int] = []
    for at, value in enumerate(values):
        found.append(found[-1] if at and value == values[at - 1] else at + 1)
    return found


def why_first(first: Sequence[Part], second: Sequence[Part] | None, weights: Weights) -> str:
    """Why one stands at the top, in a sentence: what it has over the next one."""
    own = [p for p in first if p.known and factor(p.points, weights[p.code].weight) == _best(first, weights)]
    strong = f"{own[0].code.label}最突出：{own[0].words}" if own else "各项都不清楚"
    if second is None:
        return f"{strong}。"
    gains = [
        (factor(a.points, weights[a.code].weight) - factor(b.points, weights[b.code].weight), a, b)
        for a, b in zip(first, second, strict=True)
    ]
    most, a, b = max(gains, key=lambda gain: gain[0])
    if most <= 0:
        return f"{strong}。与第 2 名同分，按名称先后排列。"
    return f"{strong}。比第 2 名高在{a.code.label}：{a.words}（{a.points} 分），第 2 名{b.words}（{b.points} 分）。"


def _best(parts: Sequence[Part], weights: Weights) -> int:
    return max((factor(p.points, weights[p.code].weight) for p in parts if p.known), default=-1)
