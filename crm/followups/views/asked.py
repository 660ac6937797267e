"""What the address of the list of duties asks for, and addresses that differ from it by one thing."""

from dataclasses import replace
from datetime import date
from typing import Any

from flask import request, url_for

from crm.core import clock
from crm.core.actor import Actor
from crm.followups import queries, rules
from crm.followups.queries import Filters
from crm.followups.rules import DUTY_LABELS, DutyKind, DutyState
from crm.projects.queries import choices
from crm.visits.views.tabs import day_asked
from crm.web import guard

#: Parts of the list: name → (label, the filters it stands for).
PARTS = {
    "open": "未完成",
    "late": "逾期",
    "week": "本周",
    "done": "已完成",
    "cancelled": "已取消",
    "all": "全部",
}


def part_asked(name: str, filters: Filters, today: date) -> Filters:
    if name == "late":
        return replace(filters, late=True)
    if name == "week":
        return replace(filters, state=DutyState.OPEN, due_from=today, due_until=rules.week_end(today))
    if name in ("done", "cancelled"):
        return replace(filters, state=DutyState(name))
    return filters if name == "all" else replace(filters, state=DutyState.OPEN)


def filters_asked(mine: bool) -> Filters:
    actor, args = guard.current(), request.args
    kind = args.get("kind", "")
    return Filters(
        owner_id=actor.user_id if mine else args.get("owner", type=int),
        zone_id=args.get("zone", type=int),
        kind=DutyKind(kind) if kind in set(DutyKind) else None,
        company_id=args.get("company", type=int),
        project_id=args.get("project", type=int),
        due_from=day_asked("since"),
        due_until=day_asked("until"),
        timely="timely" in args,
        moved="moved" in args,
        q=args.get("q", "").strip(),
    )


def kept(*without: str) -> dict[str, Any]:
    """The address's filters without some of them and without the place in the list."""
    dropped = {"after", "page", "open", "do", *without}
    return {name: value for name, value in request.args.items() if name not in dropped}


Choices = dict[int, str]


def filter_choices(actor: Actor) -> tuple[Choices, Choices]:
    """(zones, owners) that a list may be narrowed to."""
    zones = {z.id: z.label for z in choices.zones(actor)} if actor.zone_id is None else {}
    return zones, dict(queries.owners_for(actor, actor.zone_id, clock.today()))


def chips(
    filters: Filters, mine: bool, zones: Choices, owners: Choices, endpoint: str = "followups.index"
) -> list[dict[str, Any]]:
    """The filters in force, each with the address of the page without it."""
    said = {
        "q": ("企业", filters.q or None),
        "kind": ("类别", DUTY_LABELS[filters.kind] if filters.kind else None),
        "owner": ("责任人", None if mine else _owner(filters.owner_id, owners)),
        "zone": ("板块", (zones | {0: "市级"}).get(filters.zone_id) if filters.zone_id is not None else None),
        "company": ("企业", "只看这一家" if filters.company_id else None),
        "project": ("项目", "只看这一个" if filters.project_id else None),
        "since": ("从", filters.due_from.isoformat() if filters.due_from else None),
        "until": ("到", filters.due_until.isoformat() if filters.due_until else None),
        "timely": ("办结", "按期办结" if filters.timely else None),
        "moved": ("推迟", "推迟过" if filters.moved else None),
    }
    return [
        {"label": label, "value": value, "url": url_for(endpoint, **kept(name))}
        for name, (label, value) in said.items()
        if value
    ]


def _owner(owner_id: int | None, owners: Choices) -> str | None:
    """Somebody who has left still owns what he did, and is named in no list to choose from."""
    if owner_id is None:
        return None
    return (owners | {0: "没有责任人"}).get(owner_id, "已离岗的同事")
