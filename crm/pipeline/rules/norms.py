"""How long a project may stay in a stage before it counts as stuck: a table stage × tier, kept as a setting."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from crm.projects.rules import Stage, Tier

#: Stages a project is not meant to leave have no norm.
TIMED = tuple(stage for stage in Stage if stage is not Stage.FULL)


@dataclass(frozen=True, slots=True)
class Norms:
    """Days by stage and tier. A project whose tier is unknown is held against the norm of the smallest."""

    days: Mapping[tuple[Stage, Tier], int]

    def of(self, stage: Stage, tier: Tier | None) -> int | None:
        return self.days.get((stage, tier or Tier.BELOW))

    def cutoff(self, stage: Stage, tier: Tier | None, today: date) -> date | None:
        """Who entered the stage before this day is over the norm."""
        norm = self.of(stage, tier)
        return None if norm is None else today - timedelta(days=norm)


def norms_of(rows: Sequence[Mapping[str, str]]) -> Norms:
    """Reads the setting's rows: {"code": stage, tier: days, …}."""
    return Norms({(Stage(row["code"]), tier): int(row[tier.value]) for row in rows for tier in Tier})


def over(days: int, norm: int | None) -> int:
    """Days beyond the norm; 0 within it and where there is none."""
    return 0 if norm is None else max(days - norm, 0)


def state(days: int | None, norm: int | None) -> str:
    """How a stay stands against its norm: ok, warn beyond it, bad beyond twice of it, off without either."""
    if days is None or norm is None:
        return "off"
    if days > 2 * norm:
        return "bad"
    return "warn" if days > norm else "ok"
