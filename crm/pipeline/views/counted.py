"""What a month counted, line by line: where the figures of 月度结账 lead."""

from datetime import date
from typing import Any

from flask import render_template, request, url_for

from crm.accounts import permissions as p
from crm.core import clock
from crm.core.actor import Scope
from crm.core.paging import Window
from crm.pipeline import queries, rules
from crm.pipeline.queries import CountedFilter
from crm.pipeline.rules import MilestoneKind
from crm.pipeline.views import bp
from crm.projects import queries as projects
from crm.web import addresses, guard

_SHOWN = 18
_KEPT = ("month", "kind", "zone")


def months(today: date) -> list[str]:
    """This month and those before it, newest first."""
    year, month = today.year, today.month
    found = []
    for _ in range(_SHOWN):
        found.append(f"{year}-{month:02d}")
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)
    return found


def counted_asked() -> CountedFilter:
    """This month where none is named."""
    args = request.args
    month, kind = args.get("month") or rules.month_of(clock.today()), args.get("kind", "")
    rules.first_of_month(month)
    zone = projects.zone_by_code(args.get("zone", ""))
    return CountedFilter(
        month, MilestoneKind(kind) if kind in set(MilestoneKind) else None, zone.id if zone else None
    )


def _url(**changes: str | None) -> str:
    return addresses.narrowed("pipeline.counted", _KEPT, **changes)


def _chips(wanted: CountedFilter) -> list[dict[str, str]]:
    found = []
    if wanted.kind is not None:
        found.append({"label": "里程碑", "value": wanted.kind.label, "url": _url(kind=None)})
    if (zone := projects.zone_by_code(request.args.get("zone", ""))) is not None:
        found.append({"label": "板块", "value": zone.label, "url": _url(zone=None)})
    return found


@bp.get("/recognition/counted")
@guard.requires(p.RECOGNISE, p.MILESTONE_SUBMIT)
def counted() -> Any:
    actor, wanted = guard.current(), counted_asked()
    window = Window(after=request.args.get("after") or None, page=request.args.get("page", 1, type=int))
    page = queries.counted(actor, wanted, window)
    offered = months(clock.today())
    return render_template(
        "pipeline/counted.html",
        page=page,
        wanted=wanted,
        filters=_chips(wanted),
        months=[(m, m) for m in (offered if wanted.month in offered else [wanted.month, *offered])],
        kinds=[(k.value, k.label) for k in MilestoneKind],
        zones=[(z.code, z.label) for z in projects.zones(actor)]
        if actor.scope(p.PROJECT_SEE) is not Scope.ZONE
        else [],
        tier_labels={t.code: t.label for t in projects.tiers()},
        ended=rules.END_LABELS,
        locked=wanted.month in queries.locked_months(),
        clear_url=url_for("pipeline.counted", month=wanted.month),
        next_url=_url(after=page.next_token) if page.next_token else None,
    )
