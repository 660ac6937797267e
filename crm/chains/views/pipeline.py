"""The chain's pipeline: which links are missing, whom we approach for them, and what has become of it."""

from collections.abc import Sequence
from typing import Any

from flask import render_template, request, url_for

from crm.accounts import permissions
from crm.chains.views import bars, bp, standing
from crm.chains.views.overview import Seen, seen
from crm.core import clock
from crm.core.actor import Actor
from crm.targeting import queries as targeting
from crm.targeting import rules as targets
from crm.web import guard


def _fronts(actor: Actor, shown: Seen) -> standing.Fronts:
    asked = (actor, shown.chain.id, shown.zone_id)
    return standing.Fronts(targeting.front_projects(*asked), targeting.front_targets(*asked))


@bp.get("/chains/<code>/pipeline")
@guard.requires(permissions.PROJECT_SEE)
def pipeline(code: str) -> Any:
    actor, today = guard.current(), clock.today()
    shown = seen(actor, code)
    directions = shown.directions()
    each = standing.standings(shown.nodes, shown.companies, shown.live, _fronts(actor, shown), today)
    counted = standing.counted(each)
    show = request.args.get("show", "")
    show = show if show in standing.SHOWS else ""
    return render_template(
        "chains/pipeline.html",
        chain=shown.chain,
        nodes=shown.nodes,
        live=shown.live,
        by_action=_by_action(directions),
        groups_of=standing.groups(directions, each, show),
        doing=_doing(counted),
        counted=counted,
        show=show,
        shows=standing.SHOWS,
        every=_every(directions),
        zone=shown.zone,
        zones=shown.offered,
        zone_name=next((z.label for z in shown.offered if z.code == shown.zone), ""),
        today=today,
        narrowed=lambda show: url_for(
            "chains.pipeline", code=code, zone=shown.zone or None, show=show or None, _anchor="links"
        ),
    )


def _by_action(
    directions: Sequence[targets.Direction],
) -> list[tuple[str, targets.Direction, tuple[bars.Bar, bars.Bar]]]:
    """Directions with links or projects, each as an address names it and with its two bars."""
    drawn = bars.bars(directions)
    return [
        (d.action.value if d.action else "none", d, drawn[d.action])
        for d in directions
        if d.nodes or d.projects.all.count
    ]


def _doing(counted: dict[str, int]) -> bars.Bar:
    """The gaps by what is done about them, as one bar."""
    return bars.whole(
        [
            (1, "有在推项目", counted["moving"]),
            (3, "只有靶向企业", counted["sought"]),
            (5, "没人去找", counted["bare"]),
        ]
    )


def _every(directions: Sequence[targets.Direction]) -> targets.Companies:
    """The chain's companies: what the directions add up to."""
    total = targets.Companies()
    for direction in directions:
        total.take_in(direction.companies)
    return total
