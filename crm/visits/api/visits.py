"""Visits over the API. The same client id twice makes one visit and answers the same."""

from typing import Any

from marshmallow import fields, pre_load, validate

from crm.accounts.permissions import PROJECT_SEE, VISIT_LOG
from crm.core import clock
from crm.core.actor import Actor
from crm.core.errors import RuleBroken
from crm.followups import queries as duties
from crm.followups.models import Followup
from crm.followups.queries import FollowupRow
from crm.followups.rules import DutyKind, due_day
from crm.followups.rules.demands import CATEGORIES
from crm.projects import queries as projects
from crm.settings import queries as settings
from crm.visits import actions, queries
from crm.visits.api import blp
from crm.visits.api.reading import company_of, demand_of, our_person_of, project_ids, zone_of
from crm.visits.models import Visit, VisitTheirs
from crm.visits.queries import Filters, VisitRow
from crm.visits.rules import Draft, Mode, NextStep, Theirs
from crm.web import api, edges, guard
from crm.web.api import In, ListArgs


class VisitList(ListArgs):
    """`q` looks for the company; `officer` is a login or me."""

    zone = fields.String(load_default="")
    company = fields.Integer(load_default=None)
    project = fields.String(load_default="")
    mode = fields.String(load_default="", validate=validate.OneOf(["", *(m.value for m in Mode)]))
    officer = fields.String(load_default="")
    since = fields.Date(load_default=None)
    until = fields.Date(load_default=None)
    occasion = fields.Integer(load_default=None)


class Step(In):
    what = api.text_for(Followup.what, required=True)
    due_on = fields.Date(required=True)
    owner = fields.String(load_default=None, allow_none=True)


class TheirPerson(In):
    contact = fields.Integer(load_default=None, allow_none=True)
    name = api.text_for(VisitTheirs.name, load_default="")
    post = api.text_for(VisitTheirs.post, load_default="")
    phone = fields.String(load_default="", validate=api.at_most(60))


class DemandLine(In):
    """`unit` is the code of who is to answer, `leader` the id of whoever promised it."""

    what = api.text_for(Followup.what, required=True)
    category = fields.String(load_default="", validate=validate.OneOf(["", *CATEGORIES]))
    unit = fields.String(load_default="", validate=api.at_most(40))
    leader = fields.Integer(load_default=None, allow_none=True)


class NewVisit(In):
    """`company` is an id or {"name", "uscc"}; without `projects` the company's live projects are taken.

    A demand is its words, or an object with who is to answer it.
    """

    client_id = fields.String(required=True)
    happened_on = fields.Date(required=True)
    starts_at = fields.String(load_default="", validate=api.at_most(20))
    mode = fields.String(required=True, validate=validate.OneOf([m.value for m in Mode]))
    company = fields.Raw(load_default=None, allow_none=True)
    zone = fields.String(load_default=None, allow_none=True)
    projects = fields.List(fields.String(), load_default=None, allow_none=True)
    ours = fields.List(fields.Raw(), load_default=list)
    theirs = fields.List(fields.Nested(TheirPerson), load_default=list)
    place = api.text_for(Visit.place, load_default="")
    agreed = api.text_for(Visit.agreed, load_default="")
    intent_field = api.text_for(Visit.intent_field, load_default="")
    intent_amount = api.Wan(load_default=None, allow_none=True)
    intent_amount_usd = api.Wan(load_default=None, allow_none=True)
    occasion = fields.Integer(load_default=None, allow_none=True)
    people_of = fields.Integer(load_default=None, allow_none=True)
    summary = fields.String(required=True, validate=api.at_most(20_000))
    demands = fields.List(fields.Nested(DemandLine), load_default=list, validate=validate.Length(max=30))
    next_step = fields.Nested(Step, load_default=None, allow_none=True)
    no_next_step_reason = api.text_for(Visit.no_next_step_reason, load_default="", allow_none=True)
    confidential = fields.Boolean(load_default=False)
    closes = fields.List(fields.Integer(), load_default=list)

    @pre_load
    def _words(self, data: Any, **kwargs: Any) -> Any:
        if not isinstance(data, dict) or not isinstance(data.get("demands"), list):
            return data
        lines = [{"what": line} if isinstance(line, str) else line for line in data["demands"]]
        return data | {"demands": lines}


#: Fields of the rules under the names the API gives them.
FIELDS = {"next_what": "next_step.what", "next_due": "next_step.due_on", "next_owner": "next_step.owner"}


def _next_step(actor: Actor, sent: dict[str, Any] | None) -> NextStep | None:
    if sent is None:
        return None
    owner = None
    if sent["owner"] and sent["owner"] not in ("me", actor.login):
        owner = projects.user_by_login(sent["owner"], actor.zone_id, clock.today())
        if owner is None:
            raise RuleBroken("责任人不在本板块。请核对登录名。", field="next_step.owner")
    return NextStep(sent["what"], sent["due_on"], owner)


def their_person(sent: dict[str, Any]) -> Theirs:
    return Theirs(sent["name"], sent["post"], sent["phone"], sent["contact"])


def _draft(actor: Actor, body: dict[str, Any]) -> Draft:
    company_id, name, code = company_of(body["company"])
    return Draft(
        client_id=body["client_id"],
        happened_on=body["happened_on"],
        starts_at=body["starts_at"],
        mode=Mode(body["mode"]),
        summary=body["summary"],
        company_id=company_id,
        company_name=name,
        company_code=code,
        zone_id=zone_of(body["zone"]),
        project_ids=project_ids(actor, body["projects"]),
        ours=tuple(our_person_of(person) for person in body["ours"]),
        theirs=tuple(map(their_person, body["theirs"])),
        place=body["place"],
        demands=tuple(demand_of(line) for line in body["demands"] if line["what"].strip()),
        next_step=_next_step(actor, body["next_step"]),
        no_next_step_reason=body["no_next_step_reason"] or "",
        confidential=body["confidential"],
        closes=tuple(body["closes"]),
        agreed=body["agreed"],
        intent_field=body["intent_field"],
        intent_amount=body["intent_amount"],
        intent_amount_usd=body["intent_amount_usd"],
        occasion_id=body["occasion"],
        people_of=body["people_of"],
    )


def brief(row: VisitRow, codes: list[str]) -> dict[str, Any]:
    """A visit as the list gives it."""
    return {
        "id": row.id,
        "version": row.version,
        "client_id": row.client_id,
        "happened_on": row.happened_on.isoformat(),
        "starts_at": row.starts_at,
        "mode": row.mode.value,
        "company": {"id": row.company_id, "name": row.company},
        "zone": row.zone_code,
        "projects": codes,
        "place": row.place,
        "summary": row.summary,
        "agreed": row.agreed,
        "intent_field": row.intent_field,
        "intent_amount": api.amount_text(row.intent_amount),
        "intent_amount_usd": api.amount_text(row.intent_amount_usd),
        "occasion": row.occasion_id,
        "no_next_step_reason": row.no_next_step_reason,
        "confidential": row.confidential,
        "officer": row.author_login,
    }


def shown(actor: Actor, visit_id: int) -> dict[str, Any]:
    """One visit with who took part and what it caused; numbers masked."""
    row = queries.show(actor, visit_id)
    codes = [] if row.hidden else [p.code for p in queries.projects_of(actor, [visit_id]).get(visit_id, [])]
    ours = [] if row.hidden else queries.ours_of(visit_id)
    theirs = [] if row.hidden else queries.theirs_of(visit_id)
    caused = [] if row.hidden else duties.caused_by(actor, f"visit:{visit_id}", clock.today())
    steps = [d for d in caused if d.kind is DutyKind.FOLLOWUP]
    return {
        **brief(row, codes),
        "ours": [{"name": p.name, "level": p.note, "leads": p.leads} for p in ours],
        "theirs": [
            {"id": p.id, "contact": p.contact_id, "name": p.name, "post": p.note, "phone": p.phone_mask}
            for p in theirs
        ],
        "demands": _demands([d for d in caused if d not in steps]),
        "next_step": {
            "followup": steps[0].id,
            "what": steps[0].what,
            "due_on": steps[0].due_on.isoformat(),
            "owner": steps[0].owner_login,
        }
        if steps
        else None,
    }


def _demands(rows: list[FollowupRow]) -> list[dict[str, Any]]:
    details = queries.demand_details([row.id for row in rows]) if rows else {}
    return [
        {
            "followup": row.id,
            "kind": row.kind.value,
            "what": row.what,
            "due_on": row.due_on.isoformat(),
            "category": details[row.id].category,
            "unit": details[row.id].unit,
            "leader": details[row.id].leader,
        }
        for row in rows
    ]


@blp.get("/visits")
@guard.requires(PROJECT_SEE)
@blp.arguments(VisitList, location="query")
def list_visits(args: dict[str, Any]) -> Any:
    """Newest first."""
    actor = guard.current()
    zone = projects.zone_by_code(args["zone"]) if args["zone"] else None
    officer = args["officer"]
    author = actor.user_id if officer in ("me", actor.login) else None
    if officer and author is None:
        author = projects.user_by_login(officer, zone.id if zone else actor.zone_id, clock.today()) or 0
    filters = Filters(
        # An unknown zone narrows to nothing rather than to everything.
        zone_id=zone.id if zone else (0 if args["zone"] else None),
        company_id=args["company"],
        project_id=projects.find(actor, args["project"]).id if args["project"] else None,
        mode=Mode(args["mode"]) if args["mode"] else None,
        author_id=author,
        since=args["since"],
        until=args["until"],
        occasion_id=args["occasion"],
        q=args["q"],
    )
    page = queries.listing(actor, filters, api.window(args))
    codes = queries.projects_of(actor, [row.id for row in page.items if not row.hidden])
    return api.answer_page(page, lambda row: brief(row, [p.code for p in codes.get(row.id, [])]))


@blp.get("/visits/<int:visit_id>")
@guard.requires(PROJECT_SEE)
def get_visit(visit_id: int) -> Any:
    return shown(guard.current(), visit_id)


@blp.post("/visits")
@guard.requires(VISIT_LOG)
@blp.arguments(NewVisit)
def log_visit(body: dict[str, Any]) -> Any:
    """Logs a visit (201). The same client id again makes no second one and answers the same.

    A next step on a day off is moved to the next working day; `note` says so. `warnings` says where a telephone number
    stands in words, which are shown as they were written.
    """
    actor = guard.current()
    draft = _draft(actor, body)
    try:
        logged = actions.log(actor, draft, clock.today())
    except RuleBroken as broken:
        raise RuleBroken(broken.message, field=FIELDS.get(broken.field or "", broken.field)) from broken
    visit_id = logged.visit.id
    edges.commit()
    return api.warned(shown(actor, visit_id), *draft.words, note=_moved(draft.next_step)), 201


def _moved(step: NextStep | None) -> str:
    """Of what was sent, so that a second sending is answered like the first."""
    return due_day(step.due_on, settings.calendar()).note if step and step.due_on else ""
