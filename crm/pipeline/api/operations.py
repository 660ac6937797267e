"""Operations: moving, gates, status, months."""

from typing import Any

from marshmallow import fields, validate

from crm.accounts import permissions as p
from crm.core import clock
from crm.core.errors import Conflict, RuleBroken
from crm.pipeline import actions, queries
from crm.pipeline.api import blp, shapes
from crm.pipeline.rules.status import StatusDraft
from crm.pipeline.views.counted import months
from crm.projects import queries as projects
from crm.projects.models import Project
from crm.projects.rules import Stage, Status
from crm.web import api, edges, guard


class StageIn(api.In):
    to = fields.String(required=True, validate=validate.OneOf([s.value for s in Stage]))
    note = fields.String(load_default="", validate=api.at_most(500))


class GateArgs(api.In):
    to = fields.String(load_default=None, validate=validate.OneOf([s.value for s in Stage]))


class StatusIn(api.In):
    to = fields.String(required=True, validate=validate.OneOf([s.value for s in Status]))
    reason = fields.String(required=True, validate=api.at_most(500))
    category = fields.String(load_default="", validate=api.at_most(40))
    went_to = fields.String(load_default="", validate=api.at_most(60))
    review_on = fields.Date(load_default=None, allow_none=True)
    effective_on = fields.Date(load_default=None, allow_none=True)


class DecideIn(api.In):
    approve = fields.Boolean(required=True)
    note = fields.String(load_default="", validate=api.at_most(300))


@blp.post("/projects/<code>/stage")
@guard.requires(p.STAGE_MOVE)
@blp.arguments(StageIn)
@blp.response(200)
def stage(args: dict[str, Any], code: str) -> dict[str, Any]:
    """Moves a project through its talks. What the gate lacks refuses it, and so does a milestone's stage: 422 with `missing`."""
    actor = guard.current()
    project = projects.find(actor, code, p.STAGE_MOVE)
    _check_project(project)
    try:
        actions.move_stage(actor, project, Stage(args["to"]), args["note"], clock.today())
    except RuleBroken as broken:
        if broken.missing:
            actions.keep_refusal(actor, project, Stage(args["to"]), broken)
        raise
    edges.commit()
    return shapes.standing(project)


def _check_project(project: Project) -> None:
    seen = api.if_match()
    if seen is not None and seen != project.version:
        raise Conflict("项目已被他人修改。请取回最新状态再办。")


@blp.get("/projects/<code>/gate")
@guard.requires(p.PROJECT_SEE)
@blp.arguments(GateArgs, location="query")
@blp.response(200)
def gate(args: dict[str, Any], code: str) -> dict[str, Any]:
    """What a step still lacks; without `to` the next one."""
    actor = guard.current()
    project = projects.find(actor, code)
    found = queries.gate_of(actor, project, Stage(args["to"]) if args["to"] else None)
    if found is None:
        raise RuleBroken("项目已到最后一个阶段，没有下一步。", "to")
    return shapes.gate(found)


@blp.post("/projects/<code>/status")
@guard.requires(p.STATUS_PROPOSE)
@blp.arguments(StatusIn)
@blp.response(200)
def status(args: dict[str, Any], code: str) -> dict[str, Any]:
    """Proposes a change of status, or puts it in force where the post may approve it."""
    actor = guard.current()
    project = projects.find(actor, code, p.STATUS_PROPOSE)
    _check_project(project)
    draft = StatusDraft(**{**args, "to": Status(args["to"])})
    change = actions.change_status(actor, project, draft, clock.today(), clock.now())
    edges.commit()
    return shapes.status_change(project, change)


@blp.get("/projects/<code>/status")
@guard.requires(p.PROJECT_SEE)
@blp.response(200)
def status_changes(code: str) -> dict[str, Any]:
    """How the status came about, newest first; the change with `approved` null waits, its `id` is what a decision names."""
    project = projects.find(guard.current(), code)
    return shapes.standing(project) | {
        "since": project.status_since.isoformat(),
        "reason": project.status_reason,
        "changes": [shapes.status_row(row) for row in queries.status_history(project)],
    }


@blp.post("/projects/<code>/status/<int:change_id>/decide")
@guard.requires(p.STATUS_APPROVE, p.TERMINATE_APPROVE)
@blp.arguments(DecideIn)
@blp.response(200)
def decide(args: dict[str, Any], code: str, change_id: int) -> dict[str, Any]:
    """Approves or refuses a proposed change of status."""
    actor = guard.current()
    project = projects.find(actor, code)
    change = actions.decide_status(
        actor, project, change_id, args["approve"], args["note"], clock.today(), clock.now()
    )
    edges.commit()
    return shapes.status_change(project, change)


@blp.get("/periods")
@guard.requires(p.RECOGNISE)
@blp.response(200)
def periods() -> dict[str, Any]:
    """The last eighteen months: recognitions counted in each, adjustments about it and dated in it, and its closing."""
    return {
        "items": [
            {
                "month": row.month,
                "recognised": row.count,
                "adjusted": row.adjusted,
                "carried": row.carried,
                "locked_at": row.locked_at.isoformat() if row.locked_at else None,
                "locked_by": row.locked_by or None,
            }
            for row in queries.periods(months(clock.today()))
        ]
    }


@blp.post("/periods/<month>/lock")
@guard.requires(p.RECOGNISE)
@blp.response(200)
def lock(month: str) -> dict[str, Any]:
    """Closes a month that is over; there is no way back."""
    made = actions.lock_month(guard.current(), month, clock.today(), clock.now())
    edges.commit()
    return {"month": made.month, "locked_at": made.locked_at.isoformat()}
