"""Handing over: what somebody holds, handing it to colleagues, and the record."""

from collections.abc import Mapping
from typing import Any

from marshmallow import fields

from crm.accounts import permissions as p
from crm.accounts import queries as accounts
from crm.accounts.models import User
from crm.assignments import actions, queries
from crm.assignments.api import blp
from crm.assignments.rules import NOTE_MOST, Part, Wish
from crm.core import clock
from crm.core.errors import NotFound, RuleBroken
from crm.projects import queries as projects
from crm.web import api, edges, guard


class HoldingArgs(api.ListArgs):
    person = fields.String(required=True)
    zone = fields.String(load_default="")


class HandoverIn(api.In):
    """`everything` is the login of who takes all that is not named in `parts` (part → login, null keeps it); `single` names
    things by their number as `holding` gives it (part → number → login, null keeps it)."""

    person = api.text_for(User.login, required=True)
    zone = fields.String(load_default="")
    everything = api.text_for(User.login, load_default=None, allow_none=True)
    parts = fields.Dict(
        keys=fields.Enum(Part, by_value=True), values=fields.String(allow_none=True), load_default=dict
    )
    single = fields.Dict(
        keys=fields.Enum(Part, by_value=True),
        values=fields.Dict(keys=fields.Integer(), values=fields.String(allow_none=True)),
        load_default=dict,
    )
    note = fields.String(required=True, validate=api.at_most(NOTE_MOST))


def _place(code: str) -> int | None:
    actor = guard.current()
    if actor.zone_id is not None:
        return actor.zone_id
    zone = projects.zone_by_code(code) if code else None
    if code and zone is None:
        raise RuleBroken(f"没有代码为 {code[:40]} 的开发区。请核对。", "zone")
    return zone.id if zone else None


def _person(login: str, zone_id: int | None) -> int:
    user = accounts.user_by_login(login)
    if user is None:
        raise NotFound()
    return queries.person(user.id, zone_id, clock.today()).id


@blp.get("/handovers/holding")
@guard.requires(p.ASSIGN)
@blp.arguments(HoldingArgs, location="query")
@blp.response(200)
def holding(args: dict[str, Any]) -> dict[str, Any]:
    """What one person holds in a zone, part by part."""
    zone_id = _place(args["zone"])
    things = actions.held(_person(args["person"], zone_id), zone_id)
    return {
        part.value: [{"id": one.id, "label": one.label, "note": one.note} for one in held]
        for part, held in things.items()
    }


def _wish(args: Mapping[str, Any], zone_id: int | None) -> Wish:
    named = {part: args["parts"].get(part, args["everything"]) for part in Part}
    parts = {part: _colleague(login, zone_id) for part, login in named.items() if login is not None}
    single = {
        (part, number): None if login is None else _colleague(login, zone_id)
        for part, things in args["single"].items()
        for number, login in things.items()
    }
    return Wish(parts, single)


def _colleague(login: str, zone_id: int | None) -> int:
    user_id = projects.user_by_login(login, zone_id, clock.today())
    if user_id is None:
        raise RuleBroken("接手人不是本板块的在岗人员。请重新选择。", "parts")
    return user_id


@blp.post("/handovers")
@guard.requires(p.ASSIGN)
@blp.arguments(HandoverIn)
@blp.response(201)
def hand_over(args: dict[str, Any]) -> dict[str, Any]:
    """Hands everything, the named parts or single things to colleagues, with a note; all of it or nothing."""
    actor, zone_id = guard.current(), _place(args["zone"])
    person_id, wish = _person(args["person"], zone_id), _wish(args, zone_id)
    made = actions.hand_over(actor, person_id, zone_id, wish, args["note"], clock.now())
    edges.commit()
    return _shown(made.id)


@blp.get("/handovers/<int:handover_id>")
@guard.requires(p.ASSIGN_SEE)
@blp.response(200)
def handover(handover_id: int) -> dict[str, Any]:
    """The record of a handover."""
    return _shown(handover_id)


def _shown(handover_id: int) -> dict[str, Any]:
    row, items = queries.handover(guard.current(), handover_id)
    return {
        "id": row.id,
        "person": row.person,
        "by": row.by,
        "made_at": clock.local(row.made_at).isoformat(),
        "note": row.note,
        "items": [
            {"part": part.value, "label": one.label, "note": one.note, "to": one.to}
            for part, rows in items.items()
            for one in rows
        ],
    }
