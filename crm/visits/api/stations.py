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
        "version": row.version,
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
    """本人这一天的驻点，地址里写日期；再发一次就是修改，发了 If-Match 就核对 version。

    文字里有电话号码的，warnings 会说明。
    """
    actor, on = guard.current(), _day(day)
    known = queries.station_day_of(actor.user_id, on) if actor.user_id is not None else None
    if known is not None:
        api.check_version(known.version, required=False)
    return _sign_in(on, body)


class DayChange(In):
    """What is left out stays as it is."""

    station = api.text_for(StationDay.station)
    leads = fields.Integer()
    referrals = fields.Integer()
    work = api.text_for(StationDay.work)


@blp.patch("/station-days/<day>")
@guard.requires(VISIT_LOG)
@blp.arguments(DayChange)
def patch_station_day(body: dict[str, Any], day: str) -> Any:
    """修改本人这一天的驻点（If-Match 写 version），只改写出的字段。"""
    known = queries.own_day(guard.current(), _day(day))
    api.check_version(known.version)
    kept = {name: getattr(known, name) for name in ("station", "leads", "referrals", "work")}
    return _sign_in(known.day, kept | body)


@blp.delete("/station-days/<day>")
@guard.requires(VISIT_LOG)
def delete_station_day(day: str) -> Any:
    """删除本人记错的驻点日（204）；发了 If-Match 就核对 version。"""
    actor = guard.current()
    known = queries.own_day(actor, _day(day))
    api.check_version(known.version, required=False)
    actions.take_back(actor, known)
    edges.commit()
    return "", 204


def _sign_in(day: date, told: dict[str, Any]) -> Any:
    actor, name = guard.current(), told["station"].strip()
    # One of the stationed offices by its name, as the page offers it; any other place is only named.
    station_id = next((number for number, called in queries.stations(actor) if called == name), None)
    draft = StationDraft(day, name, station_id, told["leads"], told["referrals"], told["work"])
    made = actions.sign_in(actor, draft, clock.today())
    answer = {
        "id": made.id,
        "version": made.version,
        "day": made.day.isoformat(),
        "station": made.station,
        "leads": made.leads,
        "referrals": made.referrals,
        "work": made.work,
    }
    edges.commit()
    return api.warned(answer, made.station, made.work)
