"""跟进统计: duties due in a period by owner, zone, kind or month; every figure leads to the list it is the length of."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from flask import render_template, request, url_for

from crm.accounts.permissions import PROJECT_SEE
from crm.core import clock
from crm.followups import queries
from crm.followups.queries import DUTIES_BY_LABELS, DutiesBy, DutyLine, Filters
from crm.followups.rules import DUTY_LABELS
from crm.followups.views import bp
from crm.followups.views.asked import chips, filter_choices, filters_asked, kept
from crm.visits.views.tabs import day_asked, tabs
from crm.web import guard

HEADINGS = ("全部", "未完成", "其中逾期", "已完成", "其中按期", "已取消", "推迟过", "推迟次数")

#: What narrows the list to one line, by grouping; months narrow by their days.
_NAMES = {DutiesBy.OWNER: "owner", DutiesBy.ZONE: "zone", DutiesBy.KIND: "kind"}


def by_asked() -> DutiesBy:
    code = request.args.get("by", "")
    return DutiesBy(code) if code in set(DutiesBy) else DutiesBy.OWNER


def asked() -> Filters:
    """The list's own filters, over due days that are always bounded: this year where nobody says otherwise."""
    year = clock.today().year
    since, until = day_asked("since", date(year, 1, 1)), day_asked("until", date(year, 12, 31))
    return replace(filters_asked(mine=False), due_from=since, due_until=until)


def _address(filters: Filters) -> dict[str, Any]:
    days = {"since": filters.due_from, "until": filters.due_until}
    return kept("by", "since", "until", "who", "part") | days | {"who": "all"}


def _of_line(by: DutiesBy, line: DutyLine, filters: Filters) -> dict[str, Any]:
    """The list behind one line."""
    if by is not DutiesBy.MONTH:
        return _address(filters) | {_NAMES[by]: line.key}
    first = date.fromisoformat(f"{line.key}-01")
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    since, until = max(first, filters.due_from or first), min(last, filters.due_until or last)
    return _address(filters) | {"since": since, "until": until}


def _cells(line: DutyLine, address: dict[str, Any]) -> list[tuple[int, str]]:
    """(figure, the list it is the length of); how often things were postponed is the sum of a column of its list."""

    def url(part: str, **more: Any) -> str:
        return url_for("followups.index", **(address | more), part=part)

    return [
        (line.total, url("all")),
        (line.open, url("open")),
        (line.late, url("late")),
        (line.done, url("done")),
        (line.timely, url("done", timely=1)),
        (line.cancelled, url("cancelled")),
        (line.moved, url("all", moved=1)),
        (line.times, url("all", moved=1, cols="due,postponed,why,owner")),
    ]


@bp.get("/followups/figures")
@guard.requires(PROJECT_SEE)
def figures() -> Any:
    actor, filters, by, today = guard.current(), asked(), by_asked(), clock.today()
    zones, owners = filter_choices(actor)
    whole = queries.whole_of_duties(actor, filters, today)
    return render_template(
        "followups/figures.html",
        tabs=tabs(),
        by=by,
        segs=[
            {
                "label": label,
                "url": url_for("followups.figures", **(kept() | {"by": code.value})),
                "count": None,
                "current": code is by,
            }
            for code, label in DUTIES_BY_LABELS.items()
        ],
        headings=HEADINGS,
        rows=[
            (line, _cells(line, _of_line(by, line, filters)))
            for line in queries.duty_figures(actor, filters, today, by)
        ],
        whole=_cells(whole, _address(filters)),
        filters=filters,
        chips=chips(filters, False, zones, owners, "followups.figures"),
        zones=list(zones.items()),
        owners=list(owners.items()),
        kinds=[(k.value, label) for k, label in DUTY_LABELS.items()],
    )
