"""The bureau's queue over the API: what waits, deciding on many at once, and what closed months keep."""

from datetime import timedelta
from typing import Any

from marshmallow import fields, validate

from crm.accounts import permissions as p
from crm.core import clock
from crm.core.errors import RuleBroken
from crm.pipeline import actions, queries, rules
from crm.pipeline.api import blp, shapes
from crm.pipeline.rules import Decision, MilestoneKind, MilestoneState, Verdict
from crm.projects import queries as projects
from crm.web import api, edges, guard


class DecisionIn(api.In):
    """`id` is a milestone's; `version` what was read; a return needs its `reason`, a recognition may name its date."""

    id = fields.Integer(required=True, validate=validate.Range(1, 2**31 - 1))
    verdict = fields.String(required=True, validate=validate.OneOf([v.value for v in Verdict]))
    recognised_on = fields.Date(load_default=None, allow_none=True)
    reason = fields.String(load_default="", validate=api.at_most(500))
    version = fields.Integer(load_default=None, allow_none=True)


class DecisionsIn(api.In):
    items = fields.List(fields.Nested(DecisionIn), required=True, validate=validate.Length(1, 100))


class QueueArgs(api.ListArgs):
    state = fields.String(load_default="pending", validate=validate.OneOf([s.value for s in MilestoneState]))
    kind = fields.String(load_default=None, validate=validate.OneOf([k.value for k in MilestoneKind]))
    zone = fields.String(load_default="")
    waited = fields.Integer(load_default=0, validate=validate.Range(0, 3650))


def _zone(code: str) -> Any:
    """The zone of this code; None where none is asked for."""
    found = projects.zone_by_code(code) if code else None
    if code and found is None:
        raise RuleBroken(f"没有编号为 {code} 的板块。请核对。", "zone")
    return found


@blp.get("/recognition")
@guard.requires(p.RECOGNISE, p.MILESTONE_SUBMIT)
@blp.arguments(QueueArgs, location="query")
@blp.response(200)
def queue(args: dict[str, Any]) -> dict[str, Any]:
    """Submissions of one state, those that wait longest first; `waited` keeps what has waited so many days."""
    zone = _zone(args["zone"])
    wanted = queries.QueueFilter(
        MilestoneState(args["state"]),
        zone.id if zone else None,
        MilestoneKind(args["kind"]) if args["kind"] else None,
        args["q"],
        clock.now() - timedelta(days=args["waited"]) if args["waited"] else None,
    )
    return api.answer_page(queries.queue(guard.current(), wanted, api.window(args)), shapes.waiting)


@blp.post("/recognition/decide")
@guard.requires(p.RECOGNISE)
@blp.arguments(DecisionsIn)
@blp.response(200)
def decide_many(args: dict[str, Any]) -> dict[str, Any]:
    """Decides on several submissions, each on its own: `items` answers for every one, those refused stay as they were."""
    wanted = [
        Decision(d["id"], Verdict(d["verdict"]), d["recognised_on"], d["reason"], d["version"])
        for d in args["items"]
    ]
    outcomes = actions.decide_many(guard.current(), wanted, clock.today(), clock.now())
    edges.commit()
    return {
        "done": sum(1 for o in outcomes if o.done),
        "refused": sum(1 for o in outcomes if not o.done),
        "items": [
            {
                "id": o.id,
                "project": o.code,
                "what": o.what,
                "done": o.done,
                "message": o.message,
                "field": o.field or None,
            }
            for o in outcomes
        ],
    }


class CountedArgs(api.ListArgs):
    month = fields.String(required=True, validate=api.at_most(7))
    kind = fields.String(load_default=None, validate=validate.OneOf([k.value for k in MilestoneKind]))
    zone = fields.String(load_default="")


@blp.get("/recognitions")
@guard.requires(p.RECOGNISE, p.MILESTONE_SUBMIT)
@blp.arguments(CountedArgs, location="query")
@blp.response(200)
def counted(args: dict[str, Any]) -> dict[str, Any]:
    """What `month` counted: the recognitions dated in it that stood at its end, as they were frozen."""
    zone = _zone(args["zone"])
    wanted = queries.CountedFilter(
        args["month"], MilestoneKind(args["kind"]) if args["kind"] else None, zone.id if zone else None
    )
    return api.answer_page(queries.counted(guard.current(), wanted, api.window(args)), shapes.counted)


class AdjustmentArgs(api.ListArgs):
    month = fields.String(load_default="", validate=api.at_most(7))


@blp.get("/adjustments")
@guard.requires(p.PROJECT_SEE)
@blp.arguments(AdjustmentArgs, location="query")
@blp.response(200)
def adjustments(args: dict[str, Any]) -> dict[str, Any]:
    """What closed months keep while the open month knows it otherwise; `month` narrows to one, closed or open."""
    if args["month"]:
        rules.first_of_month(args["month"])
    page = queries.adjustments(guard.current(), api.window(args), queries.AdjustmentFilter(args["month"]))
    return api.answer_page(page, shapes.adjustment)
