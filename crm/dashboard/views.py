"""Where one begins: one's own day, or the page of one's post; and the search."""

from collections import Counter
from datetime import date
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from flask import Blueprint, current_app, redirect, render_template, request, url_for

from crm.accounts import permissions
from crm.accounts.permissions import PROJECT_SEE, VISIT_LOG
from crm.companies import phones
from crm.core import clock, dates
from crm.core.actor import Actor, Role
from crm.core.paging import Page, Window
from crm.dashboard import queries
from crm.dashboard.queries import Mine
from crm.followups import queries as followups
from crm.followups.forms import in_place
from crm.followups.queries import Day, FollowupRow
from crm.pipeline import queries as pipeline
from crm.pipeline.queries import neglected
from crm.pipeline.queries.neglected import NeglectedRow
from crm.projects.queries import Filter
from crm.visits.forms import QuickForm
from crm.web import edges, guard

bp = Blueprint("dashboard", __name__)

#: Where a post begins, by role; who is not named begins with his own day.
HOMES: dict[Role, str] = {
    Role.CHIEF: "quotas.board",
    Role.COUNTY: "quotas.board",
    Role.LEADER: "quotas.board",
    Role.BUREAU: "pipeline.queue",
    Role.SYSADMIN: "accounts.users",
    Role.SECADMIN: "accounts.pending_posts",
    Role.AUDITOR: "audit.index",
}

#: Who holds one of these has something to administer.
ADMINISTRATIVE = (
    permissions.ZONE_INVITE,
    permissions.PLAN_EDIT,
    permissions.ASSIGN,
    permissions.ADMIN_ACCOUNTS,
    permissions.ADMIN_RIGHTS,
    permissions.ADMIN_UNITS,
    permissions.ADMIN_SYSTEM,
    permissions.AUDIT_READ,
)


#: Projects not visited for too long that one's day names; the rest is counted.
_NEGLECTED = 5


@bp.app_template_filter("week_day")
def week_day(day: date) -> str:
    """周二 24日, within a week that the heading names."""
    return f"{dates.day_words(day).split()[-1]} {day.day}日"


@bp.app_template_filter("words_span")
def words_span(first: date, last: date) -> str:
    """11月23日—29日; the month again where it changes."""
    end = f"{last.day}日" if first.month == last.month else f"{last.month}月{last.day}日"
    return f"{first.month}月{first.day}日—{end}"


@bp.get("/")
@guard.signed_in
def home() -> Any:
    actor = guard.current()
    endpoint = HOMES.get(actor.role) if actor.role else None
    if endpoint is not None and endpoint in current_app.view_functions:
        return redirect(url_for(endpoint))
    if not actor.can(PROJECT_SEE):
        return render_template("dashboard/no_post.html")
    return _today(actor)


@bp.get("/today")
@guard.requires(PROJECT_SEE)
def today() -> Any:
    """One's own day, for those whose home is another page."""
    return _today(guard.current())


@bp.get("/admin")
@guard.requires(*ADMINISTRATIVE)
def admin() -> Any:
    """What the post administers; the entries are those at the foot of the rail."""
    return render_template("dashboard/admin.html")


def _today(actor: Actor) -> Any:
    now = clock.today()
    day = followups.day_of(actor, now)
    mine = queries.mine(actor)
    opened = _opened(day)
    return render_template(
        "dashboard/today.html",
        today=now,
        day=day,
        asked=followups.asked_of_unit(actor, now),
        figures=queries.figures(actor, now),
        bureau=queries.waiting_for_bureau(actor, now),
        neglected=_neglected(actor, mine, now),
        mine=mine,
        lights=_lights(mine),
        opened=opened,
        do=request.args.get("do", "visit"),
        forms=in_place(opened) | ({"visit": QuickForm(formdata=None, followup=opened.id)} if opened else {}),
        may_act=actor.can(VISIT_LOG),
        here=request.path,
    )


def _opened(day: Day) -> FollowupRow | None:
    wanted = request.args.get("open", type=int)
    rows = (row for part in (day.late, day.today, day.week) for row in part.rows)
    return next((row for row in rows if row.id == wanted), None)


def _neglected(actor: Actor, mine: Mine, now: date) -> Page[NeglectedRow]:
    """Who is in charge of no project has none to neglect: that is most of those who lead a zone or sit in the bureau."""
    window = Window(_NEGLECTED)
    if mine.owned and not mine.count:
        return Page([], 0, window)
    return neglected.list_neglected(actor, Filter(owner_id=actor.user_id), window, now)


def _lights(mine: Mine) -> dict[str, int]:
    """How many of the projects stand at each light."""
    states = Counter(light.state for light in pipeline.lights_of(mine.ids, clock.today()).values())
    return {state: states.get(state, 0) for state in ("ok", "warn", "bad")}


@bp.route("/search", methods=["GET", "POST"])
@guard.only_reads
@guard.requires(PROJECT_SEE)
def search() -> Any:
    """Boxes send by POST, so that a whole phone number stands in no address and no log; for words the address is then made.

    `back` is the list that asks, a path of this site: it takes the words as its `q`.
    """
    posted = request.method == "POST"
    # No name is longer, and a longer one would make an address that a gateway refuses.
    q = (request.form if posted else request.args).get("q", "").strip()[:200]
    whole = phones.is_whole(q)
    if posted and not whole:
        return redirect(_with_words(edges.path_inside(request.form.get("back")), q), 303)
    if whole and not posted:
        return render_template("dashboard/search.html", q="", groups=[], number=True)
    groups = queries.search(guard.current(), q, clock.today()) if q else []
    return render_template("dashboard/search.html", q=q, groups=groups, number=False)


def _with_words(path: str, q: str) -> str:
    """The list's own address with these words in place of those it was asked before, from its first page."""
    parts = urlsplit(path or url_for("dashboard.search"))
    kept = [(k, v) for k, v in parse_qsl(parts.query) if k not in ("q", "after", "page")]
    return f"{parts.path}?{urlencode([*kept, ('q', q)] if q else kept)}"
