"""日历: duties by month and by week; a duty moved to another day is postponed, with its reason asked in place."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import render_template, request, url_for

from crm.accounts.permissions import PROJECT_SEE, VISIT_LOG
from crm.core import clock
from crm.core.errors import NotFound, RuleBroken
from crm.followups import queries, rules
from crm.followups.forms import PostponeForm
from crm.followups.queries import DayDuties, FollowupRow
from crm.followups.rules import MONTH, WEEK
from crm.followups.views import bp
from crm.projects.queries import choices
from crm.settings import queries as settings
from crm.web import guard

#: Rows shown of one day; the rest is counted.
SHOWN = {MONTH: 4, WEEK: 40}
_FIRST, _LAST = date(2000, 1, 1), date(2100, 12, 31)


@dataclass(frozen=True, slots=True)
class Square:
    """One day as it is drawn. `aside` is a day of the month before or after."""

    day: date
    mark: str
    working: bool
    today: bool
    aside: bool
    duties: DayDuties


@dataclass(frozen=True, slots=True)
class Asked:
    """A duty that is being postponed: where its form stands, and what is to be said of the day it was put on."""

    row: FollowupRow
    form: PostponeForm
    under: date
    note: str
    refused: bool


def _day(name: str, otherwise: date) -> date:
    try:
        day = date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return otherwise
    return min(max(day, _FIRST), _LAST)


def _args(**changed: Any) -> dict[str, Any]:
    kept = {name: request.args[name] for name in ("view", "on", "who", "zone") if name in request.args}
    return {name: value for name, value in {**kept, **changed}.items() if value is not None}


@bp.get("/calendar")
@guard.requires(PROJECT_SEE)
def calendar() -> Any:
    """One's own duties, or those of one's zone; whoever has none chooses one or sees all."""
    actor, today = guard.current(), clock.today()
    view = WEEK if request.args.get("view") == WEEK else MONTH
    on, mine = _day("on", today), request.args.get("who") != "all"
    since, until = rules.span_of(view, on)
    zone_id = request.args.get("zone", type=int)
    found = queries.by_day(
        actor,
        since,
        until,
        today,
        owner_id=actor.user_id if mine else None,
        zone_id=None if mine else (actor.zone_id or zone_id),
        most=SHOWN[view],
    )
    before, after = rules.neighbours(view, on)
    zones = [(z.id, z.label) for z in choices.zones(actor)] if actor.zone_id is None and not mine else []
    late = rules.late_before(today, settings.calendar())
    return render_template(
        "followups/calendar.html",
        weeks=_weeks(since, until, view, on, today, found),
        view=view,
        on=on,
        since=since,
        until=until,
        today=today,
        mine=mine,
        zones=zones,
        zone=zone_id,
        open=sum(day.open for day in found.values()),
        late=sum(day.open for on, day in found.items() if on < late),
        asked=_asked(today, since, until),
        may_act=actor.can(VISIT_LOG),
        here=url_for("followups.calendar", **_args()),
        before=url_for("followups.calendar", **_args(on=before)),
        after=url_for("followups.calendar", **_args(on=after)),
        now=url_for("followups.calendar", **_args(on=None)),
        views=_views(view),
        who=_who(mine),
        missing=settings.calendar().missing_years(since, until),
    )


def _weeks(since: date, until: date, view: str, on: date, today: date, found: Any) -> list[list[Square]]:
    work = settings.calendar()
    days = [since + timedelta(days=n) for n in range((until - since).days + 1)]
    squares = [
        Square(
            day,
            rules.day_mark(day, work),
            work.is_working(day),
            day == today,
            view == MONTH and day.month != on.month,
            found.get(day, DayDuties()),
        )
        for day in days
    ]
    return [squares[n : n + 7] for n in range(0, len(squares), 7)]


def _views(view: str) -> list[dict[str, Any]]:
    words = ((MONTH, "月"), (WEEK, "周"))
    return [
        {"label": label, "url": url_for("followups.calendar", **_args(view=name)), "current": name == view}
        for name, label in words
    ]


def _who(mine: bool) -> list[dict[str, Any]]:
    everybody = "本板块" if guard.current().zone_id is not None else "全部"
    own = url_for("followups.calendar", **_args(who=None, zone=None))
    return [
        {"label": "我的", "url": own, "current": mine},
        {"label": everybody, "url": url_for("followups.calendar", **_args(who="all")), "current": not mine},
    ]


def _asked(today: date, since: date, until: date) -> Asked | None:
    """The duty of ?open= with the day of ?to= filled in, moved off a day off; None where it may not be moved on."""
    actor, wanted = guard.current(), request.args.get("open", type=int)
    if wanted is None or not actor.can(VISIT_LOG):
        return None
    try:
        row = queries.show(actor, wanted, today)
    except NotFound:
        return None
    if not row.open or row.hidden or not queries.reaches(actor, wanted, VISIT_LOG):
        return None
    form = PostponeForm(formdata=None, version=row.version)
    to = _day("to", row.due_on)
    under = min(max(to, since), until)
    if "to" not in request.args:
        return Asked(row, form, under, "", False)
    due = rules.due_day(to, settings.calendar())
    try:
        rules.check_postponement(row.due_on, due.on, "移动", today)
    except RuleBroken as broken:
        return Asked(row, form, under, broken.message, True)
    form.to.data = due.on
    return Asked(row, form, under, due.note, False)
