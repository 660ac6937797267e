"""The list of duties, and one duty with its history."""

from typing import Any

from flask import redirect, render_template, request, url_for

from crm.accounts.permissions import ASSIGN, PROJECT_SEE, VISIT_LOG
from crm.core import clock
from crm.core.paging import Window
from crm.followups import queries, rules
from crm.followups.forms import in_place
from crm.followups.rules import DUTY_LABELS, columns
from crm.followups.views import bp
from crm.followups.views.asked import PARTS, chips, filter_choices, filters_asked, kept, part_asked
from crm.followups.views.columns import CHOOSER
from crm.settings import queries as settings
from crm.visits.forms import QuickForm
from crm.web import guard


@bp.get("/followups")
@guard.requires(PROJECT_SEE)
def index() -> Any:
    actor, today = guard.current(), clock.today()
    mine = request.args.get("who", "mine") != "all"
    part = request.args.get("part", "open")
    filters = filters_asked(mine)
    window = Window(after=request.args.get("after"), page=request.args.get("page", 1, type=int))
    page = queries.listing(actor, part_asked(part, filters, today), window, today)
    zones, owners = filter_choices(actor)
    keys = CHOOSER.in_sight(actor, request.full_path)
    opened = next((row for row in page.items if row.id == request.args.get("open", type=int)), None)
    following = url_for("followups.index", **kept(), after=page.next_token, page=window.page + 1)
    return render_template(
        "followups/index.html",
        page=page,
        mine=mine,
        part=part,
        parts=_parts(part),
        who=_who(mine),
        filters=filters,
        chips=chips(filters, mine, zones, owners),
        columns=[columns.COLUMNS[key] for key in keys],
        own_columns=keys != columns.DEFAULT,
        width=-(-columns.width(keys) // 100),
        columns_url=url_for("followups.choose", back=request.full_path),
        export_columns=",".join(keys) if keys != columns.DEFAULT else "all",
        zones=list(zones.items()),
        owners=list(owners.items()),
        kinds=[(k.value, label) for k, label in DUTY_LABELS.items()],
        kept=kept(),
        opened=opened,
        do=request.args.get("do", "visit"),
        forms=in_place(opened) | ({"visit": QuickForm(formdata=None, followup=opened.id)} if opened else {}),
        here=url_for("followups.index", **kept()),
        next_url=following if page.next_token else None,
        today=today,
        may_act=actor.can(VISIT_LOG),
        missing=settings.calendar().missing_years(today, rules.week_end(today)),
    )


def _parts(current: str) -> list[dict[str, Any]]:
    return [
        {
            "label": label,
            "url": url_for("followups.index", **kept("part"), part=name),
            "current": name == current,
        }
        for name, label in PARTS.items()
    ]


def _who(mine: bool) -> list[dict[str, Any]]:
    everybody = "本板块" if guard.current().zone_id is not None else "全部"
    rest = kept("who", "owner")
    return [
        {"label": "我的", "url": url_for("followups.index", **rest), "current": mine},
        {"label": everybody, "url": url_for("followups.index", **rest, who="all"), "current": not mine},
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
