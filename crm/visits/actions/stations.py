"""Days on station and checks of presence. Nothing here commits."""

from datetime import date

from crm.accounts.permissions import ASSIGN, VISIT_LOG
from crm.audit import actions as audit
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.errors import Forbidden, RuleBroken
from crm.visits import queries
from crm.visits.models import Absence, StationDay
from crm.visits.rules import occasions
from crm.visits.rules.occasions import StationDraft


def sign_in(actor: Actor, draft: StationDraft, today: date) -> StationDay:
    """The actor's day on station; told again it is corrected, so that signing in in the morning and counting in the evening is one record."""
    actor.require(VISIT_LOG)
    if actor.user_id is None:
        raise Forbidden()
    occasions.check_station(draft, today)
    if draft.station_id is not None and draft.station_id not in dict(queries.stations(actor)):
        raise RuleBroken("没有找到这个驻点。请重新选。", field="station_id")
    known = queries.station_day_of(actor.user_id, draft.day)
    day = known or StationDay(
        user_id=actor.user_id, zone_id=actor.zone_id, day=draft.day, created_by=actor.user_id, station=""
    )
    before = {name: getattr(day, name) for name in _FACTS} if known else {}
    day.station_id, day.station = draft.station_id, draft.station.strip()
    day.leads, day.referrals, day.work = draft.leads, draft.referrals, draft.work.strip()
    db.session.add(day)
    db.session.flush()
    after = {name: getattr(day, name) for name in _FACTS}
    code = "station.edited" if known else "station.signed_in"
    audit.record(actor, code, _about(day), audit.difference(before, after))
    return day


_FACTS = ("day", "station", "leads", "referrals")


def _about(day: StationDay) -> audit.Subject:
    return audit.Subject("station_day", day.id, f"驻点 {day.day:%Y-%m-%d}", zone_id=day.zone_id)


def take_back(actor: Actor, day: StationDay) -> None:
    """A day signed in by mistake, by the one it belongs to."""
    if day.user_id != actor.user_id:
        raise Forbidden("驻点日由本人删除。")
    audit.record(actor, "station.removed", _about(day), {"day": (day.day, None)})
    db.session.delete(day)
    db.session.flush()


def note_absence(actor: Actor, user_id: int, day: date, note: str, today: date) -> Absence:
    """查岗离岗: noted by the chief of the zone or the bureau, never of oneself."""
    actor.require(ASSIGN)
    if actor.user_id is None:
        raise Forbidden()
    if day > today:
        raise RuleBroken("日期晚于今天。查岗日期请填今天或更早。", field="day")
    if user_id == actor.user_id:
        raise RuleBroken("不能给自己记查岗离岗。请由另一位负责人记。", field="user")
    if len(note) > 200:
        raise RuleBroken("说明最多200字，请缩短。", field="note")
    officer = next((o for o in queries.officers(actor, day, day) if o.id == user_id), None)
    if officer is None:
        raise RuleBroken("没有找到这位专员，或那天不在岗位上。请重新选择。", field="user")
    absence = Absence(
        user_id=user_id, zone_id=officer.zone_id, day=day, note=note.strip(), checked_by=actor.user_id
    )
    db.session.add(absence)
    db.session.flush()
    audit.record(actor, "absence.noted", _of(absence), {"day": (None, day)}, note=absence.note)
    return absence


def withdraw_absence(actor: Actor, absence: Absence, reason: str) -> None:
    actor.require(ASSIGN)
    if absence.withdrawn_by is not None:
        raise RuleBroken("这条已经撤回。请刷新后查看。")
    if not reason.strip():
        raise RuleBroken("没有写撤回的原因。请写一句。", field="reason")
    absence.withdrawn_by, absence.withdrawn_reason = actor.user_id, reason.strip()[:200]
    db.session.flush()
    audit.record(
        actor, "absence.withdrawn", _of(absence), {"day": (absence.day, None)}, note=reason.strip()[:200]
    )


def _of(absence: Absence) -> audit.Subject:
    return audit.Subject("absence", absence.id, f"查岗离岗 {absence.day:%Y-%m-%d}", zone_id=absence.zone_id)
