"""Operations: moving, submitting, deciding, status, months."""

from datetime import date
from typing import Any

from marshmallow import fields, validate

from crm.accounts import permissions as p
from crm.core import clock
from crm.core.actor import Actor
from crm.core.errors import Conflict, NotFound, RuleBroken, Stale
from crm.pipeline import actions, queries, rules
from crm.pipeline.api import blp, shapes
from crm.pipeline.rules import AgreementKind, MilestoneKind
from crm.pipeline.rules.status import StatusDraft
from crm.projects import queries as projects
from crm.projects.models import Project
from crm.projects.rules import Stage, Status
from crm.web import api, edges, guard


class StageIn(api.In):
    to = fields.String(required=True, validate=validate.OneOf([s.value for s in Stage]))
    note = fields.String(load_default="", validate=validate.Length(max=500))


class GateArgs(api.In):
    to = fields.String(load_default=None, validate=validate.OneOf([s.value for s in Stage]))


class AgreementIn(api.In):
    total_investment = api.Wan(load_default=None, allow_none=True)
    total_investment_usd = api.Wan(load_default=None, allow_none=True)
    fixed_investment = api.Wan(load_default=None, allow_none=True)
    parties = fields.String(load_default="", validate=validate.Length(max=300))


class ReviewIn(api.In):
    reviewer = fields.String(load_default="", validate=validate.Length(max=60))
    reviewed_on = fields.Date(load_default=None, allow_none=True)
    conclusion = fields.String(load_default="", validate=validate.Length(max=500))
    evidence = fields.List(fields.Integer(), load_default=list)


class MilestoneIn(api.In):
    happened_on = fields.Date(load_default=None, allow_none=True)
    evidence = fields.List(fields.Integer(), load_default=list)
    order_reason = fields.String(load_default="", validate=validate.Length(max=300))
    note = fields.String(load_default="", validate=validate.Length(max=300))
    agreement_kind = fields.String(
        load_default=None, allow_none=True, validate=validate.OneOf([k.value for k in AgreementKind])
    )
    agreement = fields.Nested(AgreementIn, load_default=None, allow_none=True)
    fair_competition = fields.Nested(ReviewIn, load_default=None, allow_none=True)


class RecogniseIn(api.In):
    recognised_on = fields.Date(load_default=None, allow_none=True)


class ReasonIn(api.In):
    reason = fields.String(required=True, validate=validate.Length(max=500))


class StatusIn(api.In):
    to = fields.String(required=True, validate=validate.OneOf([s.value for s in Status]))
    reason = fields.String(required=True, validate=validate.Length(max=500))
    category = fields.String(load_default="")
    went_to = fields.String(load_default="", validate=validate.Length(max=60))
    review_on = fields.Date(load_default=None, allow_none=True)
    effective_on = fields.Date(load_default=None, allow_none=True)


class DecideIn(api.In):
    approve = fields.Boolean(required=True)
    note = fields.String(load_default="", validate=validate.Length(max=300))


def _kind(text: str) -> MilestoneKind:
    if text not in set(MilestoneKind):
        raise NotFound()
    return MilestoneKind(text)


def _answer(actor: Actor, project: Project, kind: MilestoneKind) -> dict[str, Any]:
    rows = queries.milestones_of(project, disclosed=projects.discloses(actor, project))
    row = next(r for r in rows if r.kind is kind)
    return shapes.milestone(row) | {"project": shapes.standing(project)}


def _check_seen(project: Project, kind: MilestoneKind, *, verb: bool) -> None:
    """If-Match may name the project's version or the milestone's; a verb on what has changed since is a conflict."""
    seen = api.if_match()
    milestone = queries.milestone_of(project, kind)
    current = {project.version, milestone.version if milestone else 0}
    if seen is None or seen in current:
        return
    if verb:
        raise Conflict(f"{kind.label}或项目已被他人修改。请取回最新状态再办。")
    raise Stale("If-Match 不是最新版本。请取回最新记录再改。")


@blp.post("/projects/<code>/stage")
@guard.requires(p.STAGE_MOVE)
@blp.arguments(StageIn)
@blp.response(200)
def stage(args: dict[str, Any], code: str) -> dict[str, Any]:
    """Moves a project through its talks. A milestone's stage is refused with what is missing."""
    actor = guard.current()
    project = projects.find(actor, code, p.STAGE_MOVE)
    _check_project(project)
    actions.move_stage(actor, project, Stage(args["to"]), args["note"], clock.today())
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


@blp.get("/projects/<code>/milestones")
@guard.requires(p.PROJECT_SEE)
@blp.response(200)
def milestones(code: str) -> dict[str, Any]:
    """The seven milestones in the order of the stages."""
    actor = guard.current()
    project = projects.find(actor, code)
    rows = queries.milestones_of(project, disclosed=projects.discloses(actor, project))
    return {"items": [shapes.milestone(row) for row in rows]}


@blp.put("/projects/<code>/milestones/<kind>")
@guard.requires(p.MILESTONE_SUBMIT)
@blp.arguments(MilestoneIn)
@blp.response(200)
def submit(args: dict[str, Any], code: str, kind: str) -> dict[str, Any]:
    """Submits a milestone. Not complete, it is kept as draft (未报) and answered with what is missing."""
    actor, chosen = guard.current(), _kind(kind)
    project = projects.find(actor, code, p.MILESTONE_SUBMIT)
    _check_seen(project, chosen, verb=False)
    actions.submit(actor, project, chosen, _draft(args), clock.today(), clock.now())
    edges.commit()
    return _answer(actor, project, chosen)


def _draft(args: dict[str, Any]) -> rules.MilestoneDraft:
    agreement, review = args["agreement"], args["fair_competition"] or {}
    return rules.MilestoneDraft(
        happened_on=args["happened_on"],
        evidence=tuple(dict.fromkeys([*args["evidence"], *review.get("evidence", ())])),
        order_reason=args["order_reason"],
        note=args["note"],
        agreement_kind=AgreementKind(args["agreement_kind"]) if args["agreement_kind"] else None,
        agreement=rules.AgreementDraft(
            agreement["total_investment"],
            agreement["total_investment_usd"],
            agreement["fixed_investment"],
            agreement["parties"],
        )
        if agreement
        else None,
        review=rules.ReviewDraft(
            review.get("reviewer", ""), review.get("reviewed_on"), review.get("conclusion", "")
        ),
    )


@blp.post("/projects/<code>/milestones/<kind>/recognise")
@guard.requires(p.RECOGNISE)
@blp.arguments(RecogniseIn)
@blp.response(200)
def recognise(args: dict[str, Any], code: str, kind: str) -> dict[str, Any]:
    """Recognises a submitted milestone under its statistical date, today when none is given."""
    day: date = args["recognised_on"] or clock.today()
    return _decide(
        code,
        kind,
        lambda *known: actions.recognise(known[0], known[1], known[2], day, clock.today(), clock.now()),
    )


@blp.post("/projects/<code>/milestones/<kind>/return")
@guard.requires(p.RECOGNISE)
@blp.arguments(ReasonIn)
@blp.response(200)
def return_(args: dict[str, Any], code: str, kind: str) -> dict[str, Any]:
    """Sends a submission back with its reason."""
    return _decide(
        code,
        kind,
        lambda *known: actions.return_(
            known[0], known[1], known[2], args["reason"], clock.today(), clock.now()
        ),
    )


@blp.post("/projects/<code>/milestones/<kind>/revoke")
@guard.requires(p.RECOGNISE)
@blp.arguments(ReasonIn)
@blp.response(200)
def revoke(args: dict[str, Any], code: str, kind: str) -> dict[str, Any]:
    """Takes a recognition back with its reason."""
    return _decide(
        code,
        kind,
        lambda *known: actions.revoke(
            known[0], known[1], known[2], args["reason"], clock.today(), clock.now()
        ),
    )


def _decide(code: str, kind: str, act: Any) -> dict[str, Any]:
    actor, chosen = guard.current(), _kind(kind)
    project = projects.find(actor, code, p.RECOGNISE)
    _check_seen(project, chosen, verb=True)
    act(actor, project, chosen)
    edges.commit()
    return _answer(actor, project, chosen)


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


@blp.post("/periods/<month>/lock")
@guard.requires(p.RECOGNISE)
@blp.response(200)
def lock(month: str) -> dict[str, Any]:
    """Closes a month that is over; there is no way back."""
    made = actions.lock_month(guard.current(), month, clock.today(), clock.now())
    edges.commit()
    return {"month": made.month, "locked_at": made.locked_at.isoformat()}
