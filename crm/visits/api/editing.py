"""Correcting a visit over the API, under the rules of the page."""

from typing import Any

from marshmallow import fields, validate

from crm.accounts.permissions import VISIT_LOG
from crm.core import clock
from crm.core.actor import Actor
from crm.visits import actions, queries
from crm.visits.api import blp
from crm.visits.api.reading import our_person_of, project_ids
from crm.visits.api.visits import TheirPerson, shown, their_person
from crm.visits.models import Visit
from crm.visits.rules import Draft, Mode
from crm.web import api, edges, guard
from crm.web.api import In

#: Sent under the names of the columns.
_COLUMNS = (
    "happened_on",
    "starts_at",
    "place",
    "summary",
    "agreed",
    "intent_field",
    "intent_amount",
    "intent_amount_usd",
    "confidential",
)


class VisitChange(In):
    """What is left out stays as it is, null empties. `theirs` are added to those who are written down already."""

    happened_on = fields.Date()
    starts_at = fields.String(validate=api.at_most(20))
    mode = fields.String(validate=validate.OneOf([m.value for m in Mode]))
    projects = fields.List(fields.String())
    ours = fields.List(fields.Raw())
    theirs = fields.List(fields.Nested(TheirPerson), load_default=list)
    place = api.text_for(Visit.place)
    agreed = api.text_for(Visit.agreed)
    intent_field = api.text_for(Visit.intent_field)
    intent_amount = api.Wan(allow_none=True)
    intent_amount_usd = api.Wan(allow_none=True)
    occasion = fields.Integer(allow_none=True)
    summary = fields.String(validate=api.at_most(20_000))
    confidential = fields.Boolean()


@blp.patch("/visits/<int:visit_id>")
@guard.requires(VISIT_LOG)
@blp.arguments(VisitChange)
def patch_visit(body: dict[str, Any], visit_id: int) -> Any:
    """Corrects what happened (If-Match). Company, next step and demands stay; they are moved as duties.

    `warnings` says where a telephone number stands in the visit's words.
    """
    actor = guard.current()
    visit = queries.find(actor, visit_id, VISIT_LOG)
    api.check_version(visit.version)
    draft = _draft(actor, visit, body)
    actions.edit(actor, visit, draft, clock.today())
    edges.commit()
    return api.warned(shown(actor, visit_id), *draft.words)


def _draft(actor: Actor, visit: Visit, body: dict[str, Any]) -> Draft:
    told: dict[str, Any] = {name: body.get(name, getattr(visit, name)) for name in _COLUMNS}
    ours, _ = queries.people_again(visit.id)
    return Draft(
        client_id=visit.client_id,
        mode=Mode(body.get("mode", visit.mode)),
        occasion_id=body.get("occasion", visit.occasion_id),
        project_ids=project_ids(actor, body["projects"]) if "projects" in body else _linked(actor, visit),
        ours=tuple(map(our_person_of, body["ours"])) if "ours" in body else ours,
        theirs=tuple(map(their_person, body["theirs"])),
        **told,
    )


def _linked(actor: Actor, visit: Visit) -> tuple[int, ...]:
    """The projects of the visit that the actor may name; the others stay by themselves."""
    linked = [project.id for project in queries.projects_of(actor, [visit.id]).get(visit.id, [])]
    return tuple(project.id for project in queries.projects_named(actor, linked)) if linked else ()
