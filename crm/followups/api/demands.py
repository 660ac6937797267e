"""Demands, promises and problems over the API: list, read, raise, forward, urge, answer, confirm, open again."""

from collections.abc import Callable
from typing import Any

from marshmallow import fields, validate

from crm.accounts.permissions import OPINION, PROJECT_SEE, VISIT_LOG
from crm.core import clock
from crm.followups import actions, queries
from crm.followups.api import blp
from crm.followups.api.dumps import dump_demand as dump
from crm.followups.api.duties import state, unit_id
from crm.followups.models import Demand, Followup
from crm.followups.queries import DemandFilters
from crm.followups.rules import ANSWERED, DutyKind
from crm.followups.rules.demands import CATEGORIES, Confirmation, Confirmer, Satisfaction, Step
from crm.projects import queries as projects
from crm.units import queries as units
from crm.web import api, edges, guard
from crm.web.api import In, ListArgs

_KIND = validate.OneOf([k.value for k in ANSWERED])


class DemandList(ListArgs):
    """`step` is where a demand stands; without it every open one, all for every one. Units and zones by code."""

    kind = fields.String(load_default="", validate=validate.OneOf(["", *(k.value for k in ANSWERED)]))
    step = fields.String(
        load_default="open", validate=validate.OneOf(["open", "all", *(s.value for s in Step)])
    )
    late = fields.Boolean(load_default=False)
    mine = fields.Boolean(load_default=False)
    category = fields.String(load_default="", validate=validate.OneOf(["", *CATEGORIES]))
    unit = fields.String(load_default="")
    zone = fields.String(load_default="")
    company = fields.Integer(load_default=None)
    project = fields.String(load_default="")


class NewDemand(In):
    kind = fields.String(load_default=DutyKind.DEMAND.value, validate=_KIND)
    what = api.text_for(Followup.what, required=True)
    due_on = fields.Date(required=True)
    category = fields.String(load_default="", validate=validate.OneOf(["", *CATEGORIES]))
    unit = fields.String(load_default="", validate=api.at_most(40))
    owner = fields.String(load_default=None, allow_none=True)
    leader = fields.Integer(load_default=None, allow_none=True)
    company = fields.Integer(load_default=None, allow_none=True)
    project = fields.String(load_default=None, allow_none=True)


class Forwarding(In):
    """`unit` is the code of who is to answer."""

    unit = fields.String(required=True, validate=api.at_most(40))
    due_on = fields.Date(required=True)
    category = fields.String(load_default="", validate=validate.OneOf(["", *CATEGORIES]))
    note = fields.String(load_default="", validate=api.fits(Demand.confirm_note))


class Answering(In):
    answer = fields.String(required=True, validate=api.at_most(20_000))


class Confirming(In):
    by = fields.String(required=True, validate=validate.OneOf([c.value for c in Confirmer]))
    name = fields.String(required=True, validate=api.fits(Demand.confirmed_name))
    satisfaction = fields.String(
        load_default=None, allow_none=True, validate=validate.OneOf([s.value for s in Satisfaction])
    )
    note = fields.String(load_default="", validate=api.fits(Demand.confirm_note))


class Reopening(In):
    due_on = fields.Date(required=True)
    reason = api.text_for(Demand.confirm_note, required=True)


def _filters(args: dict[str, Any]) -> DemandFilters:
    actor = guard.current()
    zone = projects.zone_by_code(args["zone"]) if args["zone"] else None
    unit = units.by_code(args["unit"]) if args["unit"] else None
    step = Step(args["step"]) if args["step"] in set(Step) else None
    return DemandFilters(
        kind=DutyKind(args["kind"]) if args["kind"] else None,
        step=step,
        open=args["step"] == "open",
        late=args["late"],
        mine=args["mine"],
        category=args["category"],
        # An unknown unit or zone narrows to nothing rather than to everything.
        unit_id=unit.id if unit else (0 if args["unit"] else None),
        zone_id=zone.id if zone else (0 if args["zone"] else None),
        company_id=args["company"],
        project_id=projects.find(actor, args["project"]).id if args["project"] else None,
    )


@blp.get("/demands")
@guard.requires(PROJECT_SEE)
@blp.arguments(DemandList, location="query")
def list_demands(args: dict[str, Any]) -> Any:
    """By due day."""
    page = queries.demands(guard.current(), _filters(args), api.window(args), clock.today())
    return api.answer_page(page, dump)


@blp.get("/demands/<int:followup_id>")
@guard.requires(PROJECT_SEE)
def get_demand(followup_id: int) -> Any:
    return dump(queries.demand(guard.current(), followup_id, clock.today()))


@blp.post("/demands")
@guard.requires(VISIT_LOG)
@blp.arguments(NewDemand)
def raise_demand(body: dict[str, Any]) -> Any:
    """Raises one (201) and asks `unit` to answer where it is given. A due day off is moved; `note` says so.

    `warnings` says where a telephone number stands in words, which are shown as they were written.
    """
    return state(body)


def _move(followup_id: int, verb: str, act: Callable[[Followup], str | None], *words: str) -> Any:
    """One way a demand moves on: it is answered with the sentence about a moved day, and with warnings of `words`."""
    actor = guard.current()
    duty = queries.find(actor, followup_id, verb)
    api.check_version(duty.version, required=False)
    note = act(duty)
    edges.commit()
    return api.warned(dump(queries.demand(actor, followup_id, clock.today())), *words, note=note)


@blp.post("/demands/<int:followup_id>/forward")
@guard.requires(VISIT_LOG)
@blp.arguments(Forwarding)
def forward_demand(body: dict[str, Any], followup_id: int) -> Any:
    """Names the unit that is to answer; another one later passes it on (`forwarded` counts those). `note` says a moved day."""
    actor, today = guard.current(), clock.today()

    def act(duty: Followup) -> str:
        asked = unit_id(body["unit"])
        return actions.forward(
            actor, duty, asked, body["due_on"], today, category=body["category"], note=body["note"]
        )

    return _move(followup_id, VISIT_LOG, act, body["note"])


@blp.post("/demands/<int:followup_id>/urge")
@guard.requires(VISIT_LOG)
def urge_demand(followup_id: int) -> Any:
    """Once a day; a second one that day is 422."""
    actor = guard.current()

    def act(duty: Followup) -> None:
        actions.urge(actor, duty, clock.today())

    return _move(followup_id, VISIT_LOG, act)


@blp.post("/demands/<int:followup_id>/answer")
@guard.requires(VISIT_LOG, OPINION)
@blp.arguments(Answering)
def answer_demand(body: dict[str, Any], followup_id: int) -> Any:
    """By the unit that is asked, or by whoever arranges it; `note` says by when the company is to be asked."""
    actor = guard.current()
    verb = VISIT_LOG if actor.can(VISIT_LOG) else OPINION
    return _move(
        followup_id,
        verb,
        lambda duty: actions.answer(actor, duty, body["answer"], clock.now(), clock.today()),
        body["answer"],
    )


@blp.post("/demands/<int:followup_id>/confirm")
@guard.requires(VISIT_LOG)
@blp.arguments(Confirming)
def confirm_demand(body: dict[str, Any], followup_id: int) -> Any:
    """Closes it by the company's or a leader's word."""
    said = Confirmation(
        Confirmer(body["by"]),
        body["name"],
        Satisfaction(body["satisfaction"]) if body["satisfaction"] else None,
        body["note"],
    )
    actor = guard.current()
    return _move(
        followup_id,
        VISIT_LOG,
        lambda duty: actions.confirm(actor, duty, said, clock.now()),
        said.name,
        said.note,
    )


@blp.post("/demands/<int:followup_id>/reopen")
@guard.requires(VISIT_LOG)
@blp.arguments(Reopening)
def reopen_demand(body: dict[str, Any], followup_id: int) -> Any:
    actor, today = guard.current(), clock.today()
    return _move(
        followup_id,
        VISIT_LOG,
        lambda duty: actions.reopen(actor, duty, body["reason"], body["due_on"], today),
        body["reason"],
    )
