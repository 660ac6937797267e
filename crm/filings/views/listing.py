"""The filings of a zone, and for the bureau the queue of all: what waits, what is protected, what has ended."""

from dataclasses import dataclass
from typing import Any

from flask import render_template, request, url_for

from crm.accounts import permissions as p
from crm.core import clock
from crm.core.actor import Scope
from crm.core.paging import Window
from crm.filings import queries, rules
from crm.filings.queries import FilingRow
from crm.filings.rules import FilingState
from crm.filings.rules.disputes import DisputeState
from crm.filings.views import bp, narrowing
from crm.projects import queries as projects
from crm.settings import queries as settings
from crm.web import guard

_TABS = {
    "waiting": ("待核", rules.WAITING),
    "protected": ("已受理", (FilingState.ACCEPTED,)),
    "ended": ("已结束", rules.ENDED),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What a list of filings is narrowed to."""

    states: tuple[FilingState, ...]
    zone_id: int | None = None
    q: str = ""


def filter_asked() -> Asked:
    """From the address of this page."""
    zone = narrowing.zone()
    return Asked(_TABS[_tab()][1], zone.id if zone else None, request.args.get("q", ""))


def _tab() -> str:
    asked = request.args.get("state", "")
    return asked if asked in _TABS else "waiting"


@bp.get("/filings")
@guard.requires(p.PROJECT_SEE)
def index() -> Any:
    actor, today, tab = guard.current(), clock.today(), _tab()
    asked = filter_asked()
    window = Window(after=request.args.get("after") or None, page=request.args.get("page", 1, type=int))
    page = queries.listed(actor, asked.states, window, today, zone_id=asked.zone_id, q=asked.q)
    counts = queries.counts(actor)
    return render_template(
        "filings/index.html",
        page=page,
        tab=tab,
        tabs=[
            {
                "label": label,
                "url": narrowing.url("filings.index", state=name),
                "count": sum(counts.get(state, 0) for state in states),
                "current": name == tab,
            }
            for name, (label, states) in _TABS.items()
        ],
        late={row.id: late for row in page.items if (late := overdue(row))},
        filters=narrowing.chips("filings.index"),
        disputed=queries.dispute_counts(actor).get(DisputeState.OPEN, 0),
        clear_url=url_for("filings.index", state=tab),
        next_url=narrowing.url("filings.index", after=page.next_token) if page.next_token else None,
        zones=[(z.code, z.label) for z in projects.zones(actor)]
        if actor.scope(p.PROJECT_SEE) is not Scope.ZONE
        else [],
    )


def overdue(row: FilingRow) -> int:
    """Working days the bureau is late with this one; a dispute has deadlines of its own."""
    if not row.waits or row.disputed:
        return 0
    return rules.overdue(row.filed_on, clock.today(), queries.norms(), settings.calendar())
