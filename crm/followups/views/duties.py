"""The list of duties, and one duty with its history."""

from dataclasses import replace
from datetime import date
from typing import Any

from flask import redirect, render_template, request, url_for

from crm.accounts.permissions import ASSIGN, PROJECT_SEE, VISIT_LOG
from crm.core import clock
from crm.core.paging import Window
from crm.followups import queries, rules
from crm.followups.forms import in_place
from crm.followups.queries import Filters
from crm.followups.rules import DUTY_LABELS, DutyKind, DutyState
from crm.followups.views import bp
from crm.projects.queries import choices
from crm.settings import queries as settings
from crm.visits.forms import QuickForm
from crm.web import guard

#: Parts of the list: name → (label, the filters it stands for).
PARTS = {"open": "未完成", "late": "逾期", "week": "本周", "done": "已完成", "cancelled": "已取消"}


def part_asked(name: str, filters: Filters, today: date) -> Filters:
    if name == "late":
        return replace(filters, late=True)
    if name == "week":
        return replace(filters, state=DutyState.OPEN, due_from=today, due_until=rules.week_end(today))
    if name in ("done", "cancelled"):
        return replace(filters, state=DutyState(name))
    return replace(filters, state=DutyState.OPEN)


def filters_asked(mine: bool) -> Filters:
    actor, args = guard.current(), request.args
    kind = args.get("kind", "")
    return Filters(
        owner_id=actor.user_id if mine else args.get("owner", type=int),
        zone_id=args.get("zone", type=int),
        kind=DutyKind(kind) if kind in set(DutyKind) else None,
        company_id=args.get("company", type=int),
        project_id=args.get("project", type=int),
    )


def _kept(*without: str) -> dict[str, Any]:
    dropped = {"after", "page", "open", "do", *without}
    return {name: value for name, value in request.args.items() if name not in dropped}


def _chips(
    filters: Filters, mine: bool, owners: dict[int, str], zones: dict[int, str]
) -> list[dict[str, Any]]:
    said = {
        "kind": ("类别", DUTY_LABELS[filters.kind] if filters.kind else None),
        "owner": ("责任人", owners.get(filters.owner_id or 0) if not mine else None),
        "zone": ("板块", zones.get(filters.zone_id or 0)),
        "company": ("企业", "只看这一家" if filters.company_id else None),
        "project": ("项目", "只看这一个" if filters.project_id else None),
    }
    return [
        {"label": label, "value": value, "url": url_for("followups.index", **_kept(name))}
        for name, (label, value) in said.items()
        if value
    ]


@bp.get("/followups")
@guard.requires(PROJECT_SEE)
def index() -> Any:
    actor, today = guard.current(), clock.today()
    mine = request.args.get("who", "mine") != "all"
    part = request.args.get("part", "open")
    filters = filters_asked(mine)
    window = Window(after=request.args.get("after"), page=request.args.get("page", 1, type=int))
    page = queries.listing(actor, part_asked(part, filters, today), window, today)
    zones = {z.id: z.label for z in choices.zones(actor)} if actor.zone_id is None else {}
    owners = dict(queries.owners_for(actor, actor.zone_id, today))
    opened = next((row for row in page.items if row.id == request.args.get("open", type=int)), None)
    following = url_for("followups.index", **_kept(), after=page.next_token, page=window.page + 1)
    return render_template(
        "followups/index.html",
        page=page,
        mine=mine,
        part=part,
        parts=_parts(part),
        who=_who(mine),
        filters=filters,
        chips=_chips(filters, mine, owners, zones),
        zones=list(zones.items()),
        owners=list(owners.items()),
        kinds=[(k.value, label) for k, label in DUTY_LABELS.items()],
        kept=_kept(),
        opened=opened,
        do=request.args.get("do", "visit"),
        forms=in_place(opened) | ({"visit": QuickForm(formdata=None, followup=opened.id)} if opened else {}),
        here=url_for("followups.index", **_kept()),
        next_url=following if page.next_token else None,
        today=today,
        may_act=actor.can(VISIT_LOG),
        missing=settings.calendar().missing_years(today, rules.week_end(today)),
    )


def _parts(current: str) -> list[dict[str, Any]]:
    return [
        {
            "label": label,
            "url": url_for("followups.index", **_kept("part"), part=name),
            "current": name == current,
        }
        for name, label in PARTS.items()
    ]


def _who(mine: bool) -> list[dict[str, Any]]:
    everybody = "本板块" if guard.current().zone_id is not None else "全部"
    kept = _kept("who", "owner")
    return [
        {"label": "我的", "url": url_for("followups.index", **kept), "current": mine},
        {"label": everybody, "url": url_for("followups.index", **kept, who="all"), "current": not mine},
    ]


@bp.get("/followups/<int:followup_id>")
@guard.requires(PROJECT_SEE)
def show(followup_id: int) -> Any:
    actor = guard.current()
    row = queries.show(actor, followup_id, clock.today())
    if row.is_demand:
        return redirect(url_for("followups.demand", followup_id=followup_id))
    movable = row.open and not row.hidden and queries.reaches(actor, followup_id, VISIT_LOG)
    return render_template(
        "followups/show.html",
        row=row,
        movable=movable,
        may_hand_over=movable and (actor.can(ASSIGN) or row.owner_id == actor.user_id),
        steps=queries.history(row),
        climbed=queries.steps_of(followup_id),
    )
