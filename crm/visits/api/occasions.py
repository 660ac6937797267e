"""外出招商、来访接待、活动: trips, receptions and events over the API, under the rules of the pages."""

from typing import Any

from marshmallow import fields, validate

from crm.accounts.permissions import PROJECT_SEE, VISIT_LOG
from crm.core import clock
from crm.projects import queries as projects
from crm.units.rules import LeaderLevel
from crm.visits import queries
from crm.visits.actions import occasions as actions
from crm.visits.api import blp
from crm.visits.api.reading import our_person_of, zone_of
from crm.visits.models import Occasion
from crm.visits.queries import OccasionFilters, OccasionRow
from crm.visits.rules import OccasionDraft, OccasionKind
from crm.web import api, edges, guard
from crm.web.api import In, ListArgs

_KINDS = [kind.value for kind in OccasionKind]


class OccasionList(ListArgs):
    """`level` is the rank of whoever led; `since` and `until` bound the first day."""

    kind = fields.String(load_default="", validate=validate.OneOf(["", *_KINDS]))
    zone = fields.String(load_default="")
    level = fields.String(
        load_default="", validate=validate.OneOf(["", *(level.value for level in LeaderLevel)])
    )
    since = fields.Date(load_default=None)
    until = fields.Date(load_default=None)


class NewOccasion(In):
    """`signed_amount` in 万元; `ends_on` null is the same day. The first of ours that has a rank leads."""

    client_id = fields.String(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(_KINDS))
    title = api.text_for(Occasion.title, required=True)
    place = api.text_for(Occasion.place, load_default="")
    starts_on = fields.Date(required=True)
    ends_on = fields.Date(load_default=None, allow_none=True)
    starts_at = fields.String(load_default="", validate=api.at_most(20))
    organiser = api.text_for(Occasion.organiser, load_default="")
    guests = fields.Integer(load_default=None, allow_none=True)
    signed_count = fields.Integer(load_default=None, allow_none=True)
    signed_amount = api.Wan(load_default=None, allow_none=True)
    result = fields.String(load_default="", validate=api.at_most(20_000))
    zone = fields.String(load_default=None, allow_none=True)
    ours = fields.List(fields.Raw(), load_default=list)


_PLAIN = ("title", "place", "starts_on", "ends_on", "starts_at", "organiser", "result")
_COUNTS = ("guests", "signed_count", "signed_amount")


def _draft(body: dict[str, Any]) -> OccasionDraft:
    return OccasionDraft(
        client_id=body["client_id"],
        kind=OccasionKind(body["kind"]),
        zone_id=zone_of(body["zone"]),
        ours=tuple(our_person_of(person) for person in body["ours"]),
        **{name: body[name] for name in (*_PLAIN, *_COUNTS)},
    )


def shown(row: OccasionRow) -> dict[str, Any]:
    """An occasion with what its visits add up to: `batches` is always 1, `companies` 家次, `people` 人次, `days` 天数."""
    return {
        "id": row.id,
        "version": row.version,
        "client_id": row.client_id,
        "kind": row.kind.value,
        "title": row.title,
        "place": row.place,
        "starts_on": row.starts_on.isoformat(),
        "ends_on": row.ends_on.isoformat(),
        "starts_at": row.starts_at,
        "organiser": row.organiser,
        "guests": row.guests,
        "signed_count": row.signed_count,
        "signed_amount": api.amount_text(row.signed_amount),
        "result": row.result,
        "zone": row.zone_code,
        "visits": row.visits,
        "companies": row.companies,
        "people": row.people,
        "days": row.days,
        "ours": [{"name": p.name, "post": p.note, "leads": p.leads} for p in row.ours],
    }


@blp.get("/occasions")
@guard.requires(PROJECT_SEE)
@blp.arguments(OccasionList, location="query")
def list_occasions(args: dict[str, Any]) -> Any:
    """外出招商、来访接待、活动，新的在前。"""
    zone = projects.zone_by_code(args["zone"]) if args["zone"] else None
    filters = OccasionFilters(
        kind=OccasionKind(args["kind"]) if args["kind"] else None,
        # An unknown zone narrows to nothing rather than to everything.
        zone_id=zone.id if zone else (0 if args["zone"] else None),
        level=LeaderLevel(args["level"]) if args["level"] else None,
        since=args["since"],
        until=args["until"],
        q=args["q"],
    )
    return api.answer_page(queries.list_occasions(guard.current(), filters, api.window(args)), shown)


@blp.get("/occasions/<int:occasion_id>")
@guard.requires(PROJECT_SEE)
def get_occasion(occasion_id: int) -> Any:
    """一次外出招商、来访接待或活动；其中的走访用 GET /visits?occasion= 查。"""
    return shown(queries.show_occasion(guard.current(), occasion_id))


@blp.post("/occasions")
@guard.requires(VISIT_LOG)
@blp.arguments(NewOccasion)
def record_occasion(body: dict[str, Any]) -> Any:
    """记一次（201）。同一个 client_id 再发不会记第二次，回答相同。文字里有电话号码的，warnings 会说明。"""
    actor, draft = guard.current(), _draft(body)
    occasion_id = actions.record(actor, draft, clock.today()).occasion.id
    edges.commit()
    return api.warned(shown(queries.show_occasion(actor, occasion_id)), *draft.words), 201


class OccasionChange(In):
    """What is left out stays as it is, null empties; kind and zone stay. `ours` replaces the whole team."""

    title = api.text_for(Occasion.title)
    place = api.text_for(Occasion.place)
    starts_on = fields.Date()
    ends_on = fields.Date(allow_none=True)
    starts_at = fields.String(validate=api.at_most(20))
    organiser = api.text_for(Occasion.organiser)
    guests = fields.Integer(allow_none=True)
    signed_count = fields.Integer(allow_none=True)
    signed_amount = api.Wan(allow_none=True)
    result = fields.String(validate=api.at_most(20_000))
    ours = fields.List(fields.Raw())


class OccasionRemoval(In):
    reason = fields.String(required=True, validate=api.at_most(200))


@blp.patch("/occasions/<int:occasion_id>")
@guard.requires(VISIT_LOG)
@blp.arguments(OccasionChange)
def patch_occasion(body: dict[str, Any], occasion_id: int) -> Any:
    """修改（If-Match 写 version），只改写出的字段。由记录人、板块负责人和市商务局修改；日期要包含其中的走访。"""
    actor = guard.current()
    found = queries.find_occasion(actor, occasion_id, VISIT_LOG)
    api.check_version(found.version)
    draft = _changed(found, body)
    actions.edit(actor, found, draft, clock.today())
    edges.commit()
    return api.warned(shown(queries.show_occasion(actor, occasion_id)), *draft.words)


def _changed(found: Occasion, body: dict[str, Any]) -> OccasionDraft:
    told = {name: body.get(name, getattr(found, name)) for name in (*_PLAIN, *_COUNTS)}
    named = tuple(map(our_person_of, body["ours"])) if "ours" in body else queries.team_again(found.id)
    return OccasionDraft(
        client_id=found.client_id, kind=found.kind, zone_id=found.zone_id, ours=named, **told
    )


@blp.post("/occasions/<int:occasion_id>/remove")
@guard.requires(VISIT_LOG)
@blp.arguments(OccasionRemoval)
def remove_occasion(body: dict[str, Any], occasion_id: int) -> Any:
    """删除记错的一次，写明原因（204）；其中的走访仍在，成为单独的走访。发了 If-Match 就核对 version。"""
    actor = guard.current()
    found = queries.find_occasion(actor, occasion_id, VISIT_LOG)
    api.check_version(found.version, required=False)
    actions.remove(actor, found, body["reason"])
    edges.commit()
    return "", 204
