"""驻点: days on station over the API."""

from datetime import date
from typing import Any

from marshmallow import fields

from crm.accounts.permissions import PROJECT_SEE, VISIT_LOG
from crm.core import clock
from crm.core.errors import RuleBroken
from crm.projects import queries as projects
from crm.visits import queries
from crm.visits.actions import stations as actions
from crm.visits.api import blp
from crm.visits.models import StationDay
from crm.visits.queries import StationFilters, StationRow
from crm.visits.rules.occasions import StationDraft
from crm.web import api, edges, guard
from crm.web.api import In, ListArgs


class StationList(ListArgs):
    zone = fields.String(load_default="")
    since = fields.Date(load_default=None)
    until = fields.Date(load_default=None)


class NewDay(In):
    """`leads` 有效信息条, `referrals` 推荐来访批次; 拜访家次 is counted from the visits."""

    station = api.text_for(StationDay.station, required=True)
    leads = fields.Integer(load_default=0)
    referrals = fields.Integer(load_default=0)
    work = api.text_for(StationDay.work, load_default="")


def _shown(row: StationRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "day": row.day.isoformat(),
        "officer": row.name,
        "zone": row.zone,
        "station": row.station,
        "companies": row.companies,
        "leads": row.leads,
        "referrals": row.referrals,
        "work": row.work,
    }


def _day(written: str) -> date:
    try:
        return date.fromisoformat(written)
    except ValueError as error:
        raise RuleBroken("日期无法识别。请写成 2026-11-23。", field="day") from error


@blp.get("/station-days")
@guard.requires(PROJECT_SEE)
@blp.arguments(StationList, location="query")
def list_station_days(args: dict[str, Any]) -> Any:
    """驻点日，新的在前。"""
    zone = projects.zone_by_code(args["zone"]) if args["zone"] else None
    filters = StationFilters(
        zone_id=zone.id if zone else (0 if args["zone"] else None), since=args["since"], until=args["until"]
    )
    return api.answer_page(queries.list_station_days(guard.current(), filters, api.window(args)), _shown)


@blp.put("/station-days/<day>")
@guard.requires(VISIT_LOG)
@blp.arguments(NewDay)
def put_station_day(body: dict[str, Any], day: str) -> Any:
    """本人这一天的驻点，地址里写日期；再发一次就是修改。"""
    actor = guard.current()
    draft = StationDraft(_day(day), body["station"], None, body["leads"], body["referrals"], body["work"])
    made = actions.sign_in(actor, draft, clock.today())
    told = {"day": made.day.isoformat(), "station": made.station, "leads": made.leads}
    answer = {**told, "referrals": made.referrals, "work": made.work}
    edges.commit()
    return answer
