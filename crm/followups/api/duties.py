"""Duties over the API: list, read, state, complete, postpone, hand over, cancel."""

from collections.abc import Callable, Mapping
from typing import Any

from marshmallow import fields, validate

from crm.accounts.permissions import ASSIGN, PROJECT_SEE, VISIT_LOG
from crm.companies import queries as companies
from crm.core import clock
from crm.core.errors import RuleBroken
from crm.followups import actions, queries
from crm.followups.api import blp
from crm.followups.api.dumps import dump, dump_demand
from crm.followups.models import Followup
from crm.followups.queries import Filters
from crm.followups.rules import ANSWERED, BY_HAND, Draft, DutyKind, DutyState
from crm.followups.rules.demands import CATEGORIES
from crm.projects import queries as projects
from crm.units import queries as units
from crm.web import api, edges, guard
from crm.web.api import In, ListArgs


class FollowupList(ListArgs):
    """`owner` is a login or me; `state` is open unless said otherwise, all for every state."""

    owner = fields.String(load_default="")
    zone = fields.String(load_default="")
    kind = fields.String(load_default="", validate=validate.OneOf(["", *(k.value for k in DutyKind)]))
    state = fields.String(
        load_default="open", validate=validate.OneOf(["all", *(s.value for s in DutyState)])
    )
    due_from = fields.Date(load_default=None)
    due_until = fields.Date(load_default=None)
    company = fields.Integer(load_default=None)
    project = fields.String(load_default="")
    late = fields.Boolean(load_default=False)


class NewFollowup(In):
    """`category`, `unit` (a code, asked to answer at once) and `leader` are of demands, promises and problems alone."""

    what = api.text_for(Followup.what, required=True)
    due_on = fields.Date(required=True)
    due_at = fields.String(load_default="", validate=api.at_most(20))
    kind = fields.String(load_default="followup", validate=validate.OneOf([k.value for k in BY_HAND]))
    owner = fields.String(load_default=None, allow_none=True)
    company = fields.Integer(load_default=None, allow_none=True)
    project = fields.String(load_default=None, allow_none=True)
    category = fields.String(load_default="", validate=validate.OneOf(["", *CATEGORIES]))
    unit = fields.String(load_default="", validate=api.at_most(40))
    leader = fields.Integer(load_default=None, allow_none=True)


class Completion(In):
    answer = fields.String(required=True, validate=api.at_most(20_000))


class Postponement(In):
    to = fields.Date(required=True)
    reason = api.text_for(Followup.postpone_reason, required=True)


class Handover(In):
    """`owner` is the login of a colleague of the duty's zone."""

    owner = fields.String(required=True, validate=api.at_most(60))
    note = api.text_for(Followup.postpone_reason)


class Cancellation(In):
    reason = api.text_for(Followup.close_reason, required=True)


def owner_id(login: str | None, zone_id: int | None) -> int | None:
    """The colleague of a login; None for oneself."""
    actor = guard.current()
    if not login or login in ("me", actor.login):
        return None
    found = projects.user_by_login(login, zone_id, clock.today())
    if found is None:
        raise RuleBroken("责任人不在本板块。请核对登录名。", field="owner")
    return found


def _filters(args: dict[str, Any]) -> Filters:
    actor = guard.current()
    zone = projects.zone_by_code(args["zone"]) if args["zone"] else None
    # An unknown zone or project narrows to nothing rather than to everything.
    zone_id = zone.id if zone else (0 if args["zone"] else None)
    wanted = args["owner"]
    return Filters(
        owner_id=(owner_id(wanted, actor.zone_id) or actor.user_id) if wanted else None,
        zone_id=zone_id,
        kind=DutyKind(args["kind"]) if args["kind"] else None,
        state=None if args["state"] == "all" else DutyState(args["state"]),
        due_from=args["due_from"],
        due_until=args["due_until"],
        company_id=args["company"],
        project_id=projects.find(actor, args["project"]).id if args["project"] else None,
        late=args["late"],
    )


@blp.get("/followups")
@guard.requires(PROJECT_SEE)
@blp.arguments(FollowupList, location="query")
def list_followups(args: dict[str, Any]) -> Any:
    """By due day."""
    page = queries.listing(guard.current(), _filters(args), api.window(args), clock.today())
    return api.answer_page(page, dump)


@blp.get("/followups/<int:followup_id>")
@guard.requires(PROJECT_SEE)
def get_followup(followup_id: int) -> Any:
    """A demand, a promise or a problem comes with its life, as /demands gives it."""
    return shown(followup_id)


def shown(followup_id: int) -> dict[str, Any]:
    actor, today = guard.current(), clock.today()
    row = queries.show(actor, followup_id, today)
    return dump_demand(queries.demand(actor, followup_id, today)) if row.is_demand else dump(row)


@blp.post("/followups")
@guard.requires(VISIT_LOG)
@blp.arguments(NewFollowup)
def plan_followup(body: dict[str, Any]) -> Any:
    """States a duty (201). A due day off is moved to the next working day; `note` says so.

    `warnings` says where a telephone number stands in words, which are shown as they were written.
    """
    kind = DutyKind(body["kind"])
    named = next((name for name in ("category", "unit", "leader") if body[name]), None)
    if kind not in ANSWERED and named:
        raise RuleBroken(f"{kind.label}没有问题类别、责任单位和承诺领导。请改登记企业诉求。", named)
    return state(body)


def state(body: Mapping[str, Any]) -> Any:
    """One duty by what NewFollowup holds; `unit` is asked to answer at once. Commits."""
    actor, today = guard.current(), clock.today()
    project = projects.find(actor, body["project"], VISIT_LOG) if body["project"] else None
    company = companies.find(actor, body["company"]) if body["company"] else None
    draft = Draft(
        what=body["what"],
        due_on=body["due_on"],
        due_at=body.get("due_at", ""),
        kind=DutyKind(body["kind"]),
        owner_id=owner_id(body["owner"], project.zone_id if project else actor.zone_id),
        category=body["category"],
        leader_id=body["leader"],
        company_id=company.id if company else (project.company_id if project else None),
        project_id=project.id if project else None,
        not_before=today,
    )
    planned = actions.plan(actor, draft)
    number, note = planned.followup.id, planned.note
    if body["unit"]:
        actions.forward(actor, planned.followup, unit_id(body["unit"]), planned.followup.due_on, today)
    edges.commit()
    return api.warned(shown(number), body["what"], note=note), 201


def unit_id(code: str) -> int:
    found = units.by_code(code)
    if found is None:
        raise RuleBroken("没有这个单位。请核对单位代码。", field="unit")
    return found.id


def _move(followup_id: int, act: Callable[[Followup], str | None], words: str, verb: str = VISIT_LOG) -> Any:
    """One way a duty moves on; If-Match is checked when it is sent, a closed duty answers 409.

    `act` answers the sentence about a moved day, if any; `words` are what was written.
    """
    actor = guard.current()
    followup = queries.find(actor, followup_id, verb)
    api.check_version(followup.version, required=False)
    note = act(followup)
    edges.commit()
    return api.warned(shown(followup_id), words, note=note)


@blp.post("/followups/<int:followup_id>/complete")
@guard.requires(VISIT_LOG)
@blp.arguments(Completion)
def complete_followup(body: dict[str, Any], followup_id: int) -> Any:
    """Closes it with its result. Like every way a duty moves on it answers the duty, `note` and `warnings`."""
    actor, answer = guard.current(), body["answer"]
    return _move(followup_id, lambda followup: actions.complete(actor, followup, answer), answer)


@blp.post("/followups/<int:followup_id>/postpone")
@guard.requires(VISIT_LOG)
@blp.arguments(Postponement)
def postpone_followup(body: dict[str, Any], followup_id: int) -> Any:
    """A day off is moved to the next working day; `note` says so."""
    actor, today, reason = guard.current(), clock.today(), body["reason"]
    return _move(
        followup_id, lambda followup: actions.postpone(actor, followup, body["to"], reason, today), reason
    )


@blp.post("/followups/<int:followup_id>/cancel")
@guard.requires(VISIT_LOG)
@blp.arguments(Cancellation)
def cancel_followup(body: dict[str, Any], followup_id: int) -> Any:
    """Gives it up, with the reason kept."""
    actor, reason = guard.current(), body["reason"]
    return _move(followup_id, lambda followup: actions.cancel(actor, followup, reason), reason)


@blp.post("/followups/<int:followup_id>/hand-over")
@guard.requires(ASSIGN, VISIT_LOG)
@blp.arguments(Handover)
def hand_over_followup(body: dict[str, Any], followup_id: int) -> Any:
    """To a colleague of the zone, who is told; by the owner, the chief or the bureau (403 for others)."""
    actor, note = guard.current(), body.get("note") or ""

    def act(followup: Followup) -> None:
        to = owner_id(body["owner"], followup.zone_id) or actor.user_id or 0
        actions.hand_over(actor, followup, to, note)

    return _move(followup_id, act, note, ASSIGN if actor.can(ASSIGN) else VISIT_LOG)
