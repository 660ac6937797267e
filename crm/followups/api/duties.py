"""Duties over the API: list, read, state, complete, postpone, hand over, cancel."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from marshmallow import fields, validate

from crm.accounts.permissions import ASSIGN, PROJECT_SEE, VISIT_LOG
from crm.companies import queries as companies
from crm.core import clock
from crm.core.errors import RuleBroken
from crm.followups import actions, queries
from crm.followups.api import blp
from crm.followups.models import Followup
from crm.followups.queries import Filters, FollowupRow
from crm.followups.rules import BY_HAND, Draft, DutyKind, DutyState
from crm.projects import queries as projects
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
    what = api.text_for(Followup.what, required=True)
    due_on = fields.Date(required=True)
    due_at = fields.String(load_default="", validate=api.at_most(20))
    kind = fields.String(load_default="followup", validate=validate.OneOf([k.value for k in BY_HAND]))
    owner = fields.String(load_default=None, allow_none=True)
    company = fields.Integer(load_default=None, allow_none=True)
    project = fields.String(load_default=None, allow_none=True)


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


def dump(row: FollowupRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "version": row.version,
        "kind": row.kind.value,
        "state": row.state.value,
        "what": row.what,
        "due_on": row.due_on.isoformat(),
        "due_at": row.due_at,
        "first_due_on": row.first_due_on.isoformat(),
        "postponed": row.postponed,
        "postpone_reason": row.postpone_reason,
        "late": row.late,
        "owner": row.owner_login,
        "zone": row.zone_code,
        "company": {"id": row.company_id, "name": row.company} if row.company else None,
        "project": row.project_code,
        "origin": row.origin,
        "answer": row.answer,
        "close_reason": row.close_reason,
        "closed_at": row.closed_at.isoformat() if row.closed_at else None,
    }


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
    return dump(queries.show(guard.current(), followup_id, clock.today()))


@blp.post("/followups")
@guard.requires(VISIT_LOG)
@blp.arguments(NewFollowup)
def plan_followup(body: dict[str, Any]) -> Any:
    """States a duty (201). A due day off is moved to the next working day; `note` says so."""
    actor, today = guard.current(), clock.today()
    project = projects.find(actor, body["project"], VISIT_LOG) if body["project"] else None
    company = companies.find(actor, body["company"]) if body["company"] else None
    zone_id = project.zone_id if project else actor.zone_id
    draft = Draft(
        what=body["what"],
        due_on=body["due_on"],
        due_at=body["due_at"],
        kind=DutyKind(body["kind"]),
        owner_id=owner_id(body["owner"], zone_id),
        not_before=today,
    )
    company_id = company.id if company else (project.company_id if project else None)
    planned = actions.plan(
        actor, replace(draft, company_id=company_id, project_id=project.id if project else None)
    )
    followup_id = planned.followup.id
    edges.commit()
    return {**dump(queries.show(actor, followup_id, today)), "note": planned.note}, 201


def _move(followup_id: int, act: Callable[[Followup], Any], verb: str = VISIT_LOG) -> Any:
    """One way a duty moves on; If-Match is checked when it is sent, a closed duty answers 409."""
    actor = guard.current()
    followup = queries.find(actor, followup_id, verb)
    api.check_version(followup.version, required=False)
    act(followup)
    edges.commit()
    return dump(queries.show(actor, followup_id, clock.today()))


@blp.post("/followups/<int:followup_id>/complete")
@guard.requires(VISIT_LOG)
@blp.arguments(Completion)
def complete_followup(body: dict[str, Any], followup_id: int) -> Any:
    actor = guard.current()
    return _move(followup_id, lambda followup: actions.complete(actor, followup, body["answer"]))


@blp.post("/followups/<int:followup_id>/postpone")
@guard.requires(VISIT_LOG)
@blp.arguments(Postponement)
def postpone_followup(body: dict[str, Any], followup_id: int) -> Any:
    actor, today = guard.current(), clock.today()
    return _move(
        followup_id, lambda followup: actions.postpone(actor, followup, body["to"], body["reason"], today)
    )


@blp.post("/followups/<int:followup_id>/cancel")
@guard.requires(VISIT_LOG)
@blp.arguments(Cancellation)
def cancel_followup(body: dict[str, Any], followup_id: int) -> Any:
    actor = guard.current()
    return _move(followup_id, lambda followup: actions.cancel(actor, followup, body["reason"]))


@blp.post("/followups/<int:followup_id>/hand-over")
@guard.requires(ASSIGN, VISIT_LOG)
@blp.arguments(Handover)
def hand_over_followup(body: dict[str, Any], followup_id: int) -> Any:
    """To a colleague of the zone, who is told; by the owner, the chief or the bureau (403 for others)."""
    actor = guard.current()

    def act(followup: Followup) -> None:
        to = owner_id(body["owner"], followup.zone_id) or actor.user_id or 0
        actions.hand_over(actor, followup, to, body.get("note") or "")

    return _move(followup_id, act, ASSIGN if actor.can(ASSIGN) else VISIT_LOG)
