"""统计: visits of a period by officer, leader, zone, way or month; every figure leads to the list it counts."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from flask import render_template, request, url_for

from crm.accounts.permissions import PROJECT_SEE
from crm.core.actor import Actor
from crm.visits import queries
from crm.visits.queries import By, Filters, Line
from crm.visits.queries.figures import BY_LABELS
from crm.visits.rules import MODE_LABELS, Mode, tally
from crm.visits.views import bp
from crm.visits.views.record import chips, filter_choices, filters_asked
from crm.visits.views.tabs import period_asked, tabs, without
from crm.web import guard

#: What narrows a list to one line, by grouping; months narrow by their days.
_NAMES = {By.OFFICER: "officer", By.LEADER: "leader", By.ZONE: "zone", By.MODE: "mode"}


def by_asked() -> By:
    code = request.args.get("by", "")
    return By(code) if code in set(By) else By.OFFICER


def asked() -> Filters:
    """The list's own filters, over a period that is always bounded."""
    since, until = period_asked()
    return replace(filters_asked(), since=since, until=until)


def year_before(filters: Filters) -> Filters:
    """The same days of the year before; 29 February is compared with the 28th."""
    since, until = filters.since or date.min, filters.until or date.max
    return replace(filters, since=_back(since), until=_back(until))


def _back(day: date) -> date:
    return (
        day.replace(year=day.year - 1, day=28)
        if (day.month, day.day) == (2, 29)
        else day.replace(year=day.year - 1)
    )


def _address(by: By, line: Line, filters: Filters) -> dict[str, Any]:
    """The list behind one line."""
    kept = without("by", "since", "until") | {"since": filters.since, "until": filters.until}
    if by is By.MONTH:
        first = date.fromisoformat(f"{line.key}-01")
        last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        since, until = max(first, filters.since or first), min(last, filters.until or last)
        return kept | {"since": since, "until": until}
    # What no zone or nobody has cannot be asked for in an address; the line then has no link.
    return kept | {_NAMES[by]: line.key} if line.key else {}


def _cells(line: Line, address: dict[str, Any]) -> list[tuple[int, str | None]]:
    """(figure, the list it is the length of); 家次 and 人次 lead to the visits they were counted on."""

    def url(**more: Any) -> str | None:
        return url_for("visits.index", **(address | more)) if address else None

    plain = [(line.visits, url()), (line.companies, url()), (line.people, url())]
    modes = [(many, url(mode=mode.value)) for mode, many in zip(Mode, line.modes, strict=True)]
    return [*plain, *modes, (line.led, url(led=1))]


HEADINGS = ("走访次数", "企业家数", "对方人次", *MODE_LABELS.values(), "领导参加")


def lines(actor: Actor, filters: Filters, by: By) -> tuple[list[Line], Line, dict[str, int]]:
    """(lines, the whole, each line's visits of the year before)."""
    before = {line.key: line.visits for line in queries.figures(actor, year_before(filters), by)}
    return queries.figures(actor, filters, by), queries.whole(actor, filters), before


@bp.get("/visits/figures")
@guard.requires(PROJECT_SEE)
def figures() -> Any:
    actor, filters, by = guard.current(), asked(), by_asked()
    found, whole, before = lines(actor, filters, by)
    ranks = tally.places({line.key: line.visits for line in found})
    by_month = by is By.MONTH
    zones, owners = filter_choices(actor)
    return render_template(
        "visits/figures.html",
        tabs=tabs(),
        by=by,
        segs=[
            {
                "label": label,
                "url": url_for("visits.figures", **(without() | {"by": code.value})),
                "count": None,
                "current": code is by,
            }
            for code, label in BY_LABELS.items()
        ],
        headings=HEADINGS,
        rows=[
            (
                line,
                _cells(line, _address(by, line, filters)),
                None if by_month else ranks[line.key],
                None if by_month else tally.growth(line.visits, before.get(line.key, 0)),
            )
            for line in found
        ],
        whole=_cells(
            whole, without("by", "since", "until") | {"since": filters.since, "until": filters.until}
        ),
        growth=tally.growth(whole.visits, queries.whole(actor, year_before(filters)).visits),
        by_month=by_month,
        filters=filters,
        chips=chips(filters, zones, owners, "visits.figures"),
        zones=zones,
        owners=owners,
        modes=[(m.value, label) for m, label in MODE_LABELS.items()],
    )
