"""统计: visits of a period by officer, leader, zone, way or month; every figure leads to the list it counts."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
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


def _period(filters: Filters) -> dict[str, Any]:
    """The page's own filters over the days of these."""
    return without("by", "since", "until") | {"since": filters.since, "until": filters.until}


def _address(by: By, line: Line, filters: Filters) -> dict[str, Any]:
    """The list behind one line."""
    kept = _period(filters)
    if by is By.MONTH:
        first = date.fromisoformat(f"{line.key}-01")
        last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        since, until = max(first, filters.since or first), min(last, filters.until or last)
        return kept | {"since": since, "until": until}
    return kept | {_NAMES[by]: line.key}


#: The columns in which a list shows whom the visits met.
_MET = "date,mode,theirs,author"


def _cells(line: Line, address: dict[str, Any]) -> list[tuple[int, str]]:
    """(figure, the list it is the length of); 人次 leads to the visits with the people met on each."""

    def url(**more: Any) -> str:
        return url_for("visits.index", **(address | more))

    plain = [(line.visits, url()), (line.companies, url(each=1)), (line.people, url(cols=_MET))]
    modes = [(many, url(mode=mode.value)) for mode, many in zip(Mode, line.modes, strict=True)]
    return [*plain, *modes, (line.led, url(led=1))]


def _growth(line: Line, before: int, address: dict[str, Any]) -> tuple[Decimal, str] | None:
    """(同比, the list of the year before); None where there was nothing then."""
    growth = tally.growth(line.visits, before)
    return None if growth is None else (growth, url_for("visits.index", **address))


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
    earlier = year_before(filters)
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
                None if by_month else _growth(line, before.get(line.key, 0), _address(by, line, earlier)),
            )
            for line in found
        ],
        whole=_cells(whole, _period(filters)),
        growth=_growth(whole, queries.whole(actor, earlier).visits, _period(earlier)),
        by_month=by_month,
        filters=filters,
        chips=chips(filters, "visits.figures"),
        zones=zones,
        owners=owners,
        modes=[(m.value, label) for m, label in MODE_LABELS.items()],
    )
