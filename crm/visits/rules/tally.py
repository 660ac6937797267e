"""How the bureaus count: 批次, 家次, 人次, 天数, by zone and by the rank of whoever led; growth and places."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import TypeVar

from crm.units.rules import LeaderLevel
from crm.visits.rules.occasions import OccasionKind

K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Facts:
    """What one occasion contributes. `ours` the team, `met` persons of theirs written down, `guests` as counted (or None)."""

    id: int
    kind: OccasionKind
    zone_id: int | None
    days: int
    level: LeaderLevel | None = None
    companies: int = 0
    ours: int = 0
    met: int = 0
    guests: int | None = None

    @property
    def people(self) -> int:
        """人次: who travelled on a trip; who came to a reception or an event, as counted, else as written down."""
        if self.kind is OccasionKind.TRIP:
            return self.ours
        return self.met if self.guests is None else self.guests


@dataclass(frozen=True, slots=True)
class Tally:
    """批次 occasions, 家次 companies of each occasion, 人次 people, 天数 days."""

    batches: int = 0
    companies: int = 0
    people: int = 0
    days: int = 0

    def plus(self, one: Facts) -> "Tally":
        return Tally(
            self.batches + 1, self.companies + one.companies, self.people + one.people, self.days + one.days
        )


def tally(facts: Iterable[Facts], key: Callable[[Facts], K]) -> dict[K, Tally]:
    """Every occasion is counted once, under the one key it has."""
    found: dict[K, Tally] = {}
    for one in facts:
        at = key(one)
        found[at] = found.get(at, Tally()).plus(one)
    return found


def whole(facts: Iterable[Facts]) -> Tally:
    return tally(facts, lambda one: None).get(None, Tally())


def growth(now: int, before: int) -> Decimal | None:
    """The change against an earlier figure as a ratio; None where that was nothing (pitfall 12: shown as —)."""
    return None if before == 0 else Decimal(now - before) / Decimal(before)


def places(scores: Mapping[K, Decimal | int]) -> dict[K, int]:
    """Ties share a place and the next one is skipped: 1, 2, 2, 4 (pitfall 13)."""
    ordered = sorted(scores.values(), reverse=True)
    first = {value: at for at, value in reversed(list(enumerate(ordered, 1)))}
    return {key: first[value] for key, value in scores.items()}


def rounded(value: Decimal) -> Decimal:
    """Two decimals, halves up, as the bulletins print scores."""
    return value.quantize(Decimal("0.01"), ROUND_HALF_UP)


def in_order(levels: Sequence[LeaderLevel | None]) -> list[LeaderLevel | None]:
    """Ranks from the highest; without a rank last."""
    order = list(LeaderLevel)
    return sorted(set(levels), key=lambda level: len(order) if level is None else order.index(level))
