"""升级: what has gone up to oneself, or within reach, because it is late."""

from typing import Any

from flask import render_template, request, url_for

from crm.accounts.permissions import ASSIGN, PLAN_EDIT, PROJECT_SEE
from crm.core import clock
from crm.core.paging import Window
from crm.followups import queries
from crm.followups.queries import LadderFilters
from crm.followups.views import bp
from crm.followups.views.asking import kept, tabs
from crm.projects.queries import choices
from crm.settings import queries as settings
from crm.web import guard

PARTS = {"open": "未办结", "done": "已办结", "all": "全部"}
_WHO = {"": "升级到我的", "all": "范围内全部"}


def ladder_asked() -> LadderFilters:
    """The filters of the present request's address."""
    args = request.args
    return LadderFilters(
        mine=args.get("who") != "all",
        open={"done": False, "all": None}.get(args.get("part", "open"), True),
        zone_id=args.get("zone", type=int),
    )


@bp.get("/escalations")
@guard.requires(PROJECT_SEE)
def escalated() -> Any:
    actor, today, filters = guard.current(), clock.today(), ladder_asked()
    window = Window(after=request.args.get("after"), page=request.args.get("page", 1, type=int))
    page = queries.escalations(actor, filters, window, today)
    zones = {z.id: z.label for z in choices.zones(actor)} if actor.zone_id is None else {}
    following = url_for("followups.escalated", **kept(), after=page.next_token, page=window.page + 1)
    zone = zones.get(filters.zone_id or 0)
    return render_template(
        "followups/escalated.html",
        page=page,
        parts=tabs("followups.escalated", "part", PARTS, request.args.get("part", "open")),
        who=tabs("followups.escalated", "who", _WHO, request.args.get("who", "")),
        chips=[{"label": "板块", "value": zone, "url": url_for("followups.escalated", **kept("zone"))}]
        if zone
        else [],
        zones=list(zones.items()),
        filters=filters,
        next_url=following if page.next_token else None,
        first_url=url_for("followups.escalated", **kept()) if window.page > 1 else None,
        limits=settings.value("duty_ladder"),
        limits_url=url_for("settings.edit", key="duty_ladder") if actor.can(PLAN_EDIT) else "",
        may_hand_over=actor.can(ASSIGN),
    )
