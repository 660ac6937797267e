"""What stands beside the zones' lines: the city's own totals, and who talked first about what others have landed."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from crm.pipeline.rules import counts_at
from crm.quotas.rules.counting import Entry, State, judge, known, stays_out, whole
from crm.quotas.rules.facts import Facts, Terms, Times, day_words, threshold_words
from crm.quotas.rules.plan import PlanRow

_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class CityLine:
    """What the whole city has brought in above one threshold, whatever zone has it and however it is shared."""

    threshold: Decimal
    threshold_usd: Decimal
    counted: Decimal

    @property
    def threshold_label(self) -> str:
        return f"≥{threshold_words(self.threshold)}"


def city_lines(
    thresholds: Iterable[tuple[Decimal, Decimal]],
    projects: Iterable[Facts],
    plan: PlanRow,
    year: int,
    times: Times,
) -> tuple[CityLine, ...]:
    """The zones' credits of every project added up again: a project is worth one, wherever it lands and whoever shares it."""
    found, recognised = [], [project for project in projects if project.recorded]
    for threshold, threshold_usd in sorted(thresholds, reverse=True):
        counted = _ZERO
        for project in recognised:
            for zone_id in zones_of(project):
                terms = Terms(zone_id, year, threshold, threshold_usd, plan.kind, plan.basis)
                entry = judge(project, terms, times)
                counted += entry.credit if entry is not None and entry.counted else _ZERO
        found.append(CityLine(threshold, threshold_usd, counted))
    return tuple(found)


def zones_of(project: Facts) -> set[int]:
    """Landing now, landing when frozen, or sharing the credit."""
    zones = {project.zone_id, *(r.zone_id for r in project.recorded), *(s.zone_id for s in project.shares)}
    return {zone for zone in zones if zone is not None}


def first_talk(project: Facts, terms: Terms, times: Times) -> Entry | None:
    """首谈认定: what this zone talked about first and another zone has landed. Shown beside the count, never summed (decision 8)."""
    if project.first_zone_id != terms.zone_id:
        return None
    records = [r for r in whole(project, terms.milestone) if known(r, times)]
    live = next((r for r in records if counts_at(r.made, times.as_of, times.known_at)), None)
    if live is None or live.zone_id == terms.zone_id or stays_out(project, live, terms, times)[0] is not None:
        return None
    on, (amount, in_usd) = live.made.statistical_on, live.worth.deciding(terms.basis)
    words = f"本板块首谈，落户其他板块，{day_words(on, terms.year)}认定"
    return Entry(
        project.id, project.code, project.name, project.visible, State.COUNTED, Decimal(0), words, amount, in_usd,
        on, project.stage,
    )  # fmt: skip
