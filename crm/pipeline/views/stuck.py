"""The map of what is stuck: days in the stage by stage and tier, against the norm; and those furthest over it."""

import dataclasses
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import redirect, render_template, url_for

from crm.accounts import permissions as p
from crm.core import clock
from crm.core.actor import Actor
from crm.pipeline.queries import lines
from crm.pipeline.queries import stuck as queries
from crm.pipeline.rules import norms
from crm.pipeline.views import bp
from crm.pipeline.views.board import in_progress
from crm.projects import queries as projects
from crm.projects.queries import Filter
from crm.projects.rules import STATUS_LABELS, Stage, Status, Tier
from crm.projects.views import asked, index, narrowing
from crm.web import guard

#: A bar of 100 units: the norm stands in its middle, twice the norm and more fills it.
_FULL = 100


@dataclass(frozen=True, slots=True)
class Square:
    """One cell: the figures, and the bar as the drawing takes it: `run` up to the norm, `beyond` after it, in hundredths."""

    cell: queries.Cell
    norm: int | None
    state: str
    run: int
    beyond: int
    url: str


def _square(cell: queries.Cell, stage: Stage, tier: Tier | None, table: norms.Norms) -> Square:
    norm = table.of(stage, tier)
    reach = min(round(cell.median * _FULL / (2 * norm)), _FULL) if norm else 0
    half = _FULL // 2
    narrowed = {
        "stage": stage.value,
        "tier": tier.value if tier else asked.UNTIERED,
        "status": Status.ACTIVE.value,
    }
    dropped: dict[str, Any] = dict.fromkeys(("group", "order", "at", "saved"))
    return Square(
        cell,
        norm,
        norms.state(cell.median, norm),
        min(reach, half),
        max(reach - half, 0),
        asked.url(asked.LIST, **dropped, **narrowed, sort="-days"),
    )


def _tiers(found: Any) -> list[tuple[Tier | None, str]]:
    labels = {row.code: row.label for row in projects.tiers()}
    shown: list[tuple[Tier | None, str]] = [(tier, labels.get(tier, tier.value)) for tier in Tier]
    return [*shown, (None, "未定级")] if any(tier is None for _, tier in found) else shown


def filter_asked(actor: Actor, today: date) -> Filter:
    """Only what is in progress can be stuck."""
    return dataclasses.replace(in_progress(asked.filter_asked(actor, today)), status=Status.ACTIVE)


@bp.get("/pipeline/stuck")
@guard.requires(p.PROJECT_SEE)
def stuck() -> Any:
    actor, today = guard.current(), clock.today()
    if place := narrowing.opening(actor):
        return redirect(place)
    wanted = filter_asked(actor, today)
    stays, table = queries.stays(actor, wanted, today), queries.norms()
    found = queries.grid(actor, wanted, today, stays)
    tiers = _tiers(found)
    rows = [
        (
            stage,
            [
                _square(found[stage, tier], stage, tier, table) if (stage, tier) in found else None
                for tier, _ in tiers
            ],
        )
        for stage in Stage
    ]
    late = sum(cell.over for cell in found.values())
    return render_template(
        "pipeline/stuck.html",
        tiers=tiers,
        rows=rows,
        count=sum(cell.count for cell in found.values()),
        late=late,
        worst=lines.worst(actor, wanted, today, stays) if late else [],
        labels={tier: label.split()[0] for tier, label in tiers},
        norm=table.of,
        status=STATUS_LABELS[Status.ACTIVE],
        norms_url=url_for("settings.edit", key="stage_norms") if actor.can(p.PLAN_EDIT) else "",
        all_url=asked.url(asked.LIST, stuck="1", sort="-days", order=None, at=None, saved=None, group=None),
        kept=narrowing.kept(actor),
        **index.filter_form(narrowing.offers(actor, today)),
    )
