"""Operations on milestones: a project's own and those of its phases."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from marshmallow import fields, validate

from crm.accounts import permissions as p
from crm.core import clock
from crm.core.actor import Actor
from crm.core.errors import Conflict, NotFound, Stale
from crm.pipeline import actions, queries, rules
from crm.pipeline.api import blp, shapes
from crm.pipeline.rules import AgreementKind, MilestoneKind
from crm.projects import queries as projects
from crm.projects.models import Phase, Project
from crm.web import api, edges, guard


class AgreementIn(api.In):
    total_investment = api.Wan(load_default=None, allow_none=True)
    total_investment_usd = api.Wan(load_default=None, allow_none=True)
    fixed_investment = api.Wan(load_default=None, allow_none=True)
    parties = fields.String(load_default="", validate=api.at_most(300))
    land_mu = api.Wan(load_default=None, allow_none=True)
    start_by = fields.Date(load_default=None, allow_none=True)
    complete_by = fields.Date(load_default=None, allow_none=True)
    obligations = fields.String(load_default="", validate=api.at_most(2000))


class ReviewIn(api.In):
    reviewer = fields.String(load_default="", validate=api.at_most(60))
    reviewed_on = fields.Date(load_default=None, allow_none=True)
    conclusion = fields.String(load_default="", validate=api.at_most(500))
    evidence = fields.List(fields.Integer(), load_default=list)


class MilestoneIn(api.In):
    happened_on = fields.Date(load_default=None, allow_none=True)
    evidence = fields.List(fields.Integer(), load_default=list)
    order_reason = fields.String(load_default="", validate=api.at_most(300))
    note = fields.String(load_default="", validate=api.at_most(300))
    agreement_kind = fields.String(
        load_default=None, allow_none=True, validate=validate.OneOf([k.value for k in AgreementKind])
    )
    agreement = fields.Nested(AgreementIn, load_default=None, allow_none=True)
    fair_competition = fields.Nested(ReviewIn, load_default=None, allow_none=True)


class RecogniseIn(api.In):
    recognised_on = fields.Date(load_default=None, allow_none=True)


class ReasonIn(api.In):
    reason = fields.String(required=True, validate=api.at_most(500))


class RedateIn(ReasonIn):
    recognised_on = fields.Date(required=True)


@dataclass(frozen=True, slots=True)
class _Stone:
    """Which milestone is meant, as its address names it."""

    project: Project
    kind: MilestoneKind
    phase: Phase | None


def _load(actor: Actor, verb: str, code: str, kind: str, no: int | None = None) -> _Stone:
    if kind not in set(MilestoneKind):
        raise NotFound()
    project = projects.find(actor, code, verb)
    return _Stone(
        project, MilestoneKind(kind), None if no is None else projects.phase_numbered(project.id, no)
    )


def _check_seen(stone: _Stone, *, verb: bool) -> None:
    """If-Match may name the project's version or the milestone's; a verb on what has changed since is a conflict."""
    seen = api.if_match()
    milestone = queries.milestone_of(stone.project, stone.kind, stone.phase)
    current = {stone.project.version, milestone.version if milestone else 0}
    if seen is None or seen in current:
        return
    if verb:
        raise Conflict(f"{stone.kind.label}或项目已被他人修改。请取回最新状态再办。")
    raise Stale("If-Match 不是最新版本。请取回最新记录再改。")


def _answer(actor: Actor, stone: _Stone) -> dict[str, Any]:
    found = queries.stones_of(stone.project, disclosed=projects.discloses(actor, stone.project))
    rows = found.own
    if stone.phase is not None:
        rows = next(part.milestones for part in found.phases if part.no == stone.phase.no)
    row = next(r for r in rows if r.kind is stone.kind)
    return shapes.milestone(row) | {"project": shapes.standing(stone.project)}


@blp.get("/projects/<code>/milestones")
@guard.requires(p.PROJECT_SEE)
@blp.response(200)
def milestones(code: str) -> dict[str, Any]:
    """The seven milestones in the order of the stages, and under `phases` those of every phase and increase."""
    actor = guard.current()
    project = projects.find(actor, code)
    found = queries.stones_of(project, disclosed=projects.discloses(actor, project))
    return {
        "items": [shapes.milestone(row) for row in found.own],
        "phases": [shapes.phase(part) for part in found.phases],
    }


def _submit(args: dict[str, Any], code: str, kind: str, no: int | None = None) -> dict[str, Any]:
    actor = guard.current()
    stone = _load(actor, p.MILESTONE_SUBMIT, code, kind, no)
    _check_seen(stone, verb=False)
    actions.submit(actor, stone.project, stone.kind, _draft(args), clock.today(), clock.now(), stone.phase)
    edges.commit()
    return _answer(actor, stone)


def _draft(args: dict[str, Any]) -> rules.MilestoneDraft:
    agreement, review = args["agreement"], args["fair_competition"] or {}
    return rules.MilestoneDraft(
        happened_on=args["happened_on"],
        evidence=tuple(dict.fromkeys([*args["evidence"], *review.get("evidence", ())])),
        order_reason=args["order_reason"],
        note=args["note"],
        agreement_kind=AgreementKind(args["agreement_kind"]) if args["agreement_kind"] else None,
        agreement=_agreement(agreement) if agreement else None,
        review=rules.ReviewDraft(
            review.get("reviewer", ""), review.get("reviewed_on"), review.get("conclusion", "")
        ),
    )


def _agreement(given: dict[str, Any]) -> rules.AgreementDraft:
    return rules.AgreementDraft(
        given["total_investment"],
        given["total_investment_usd"],
        given["fixed_investment"],
        given["parties"],
        given["land_mu"],
        given["start_by"],
        given["complete_by"],
        given["obligations"],
    )


def _decide(code: str, kind: str, no: int | None, act: Callable[..., Any], *args: Any) -> dict[str, Any]:
    actor = guard.current()
    stone = _load(actor, p.RECOGNISE, code, kind, no)
    _check_seen(stone, verb=True)
    act(actor, stone.project, stone.kind, *args, clock.today(), clock.now(), stone.phase)
    edges.commit()
    return _answer(actor, stone)


def _day(args: dict[str, Any]) -> date:
    return args["recognised_on"] or clock.today()


@blp.put("/projects/<code>/milestones/<kind>")
@guard.requires(p.MILESTONE_SUBMIT)
@blp.arguments(MilestoneIn)
@blp.response(200)
def submit(args: dict[str, Any], code: str, kind: str) -> dict[str, Any]:
    """Submits a milestone. Not complete, it is kept as draft (未报) and answered with what is missing."""
    return _submit(args, code, kind)


@blp.post("/projects/<code>/milestones/<kind>/recognise")
@guard.requires(p.RECOGNISE)
@blp.arguments(RecogniseIn)
@blp.response(200)
def recognise(args: dict[str, Any], code: str, kind: str) -> dict[str, Any]:
    """Recognises a submitted milestone under its statistical date, today when none is given."""
    return _decide(code, kind, None, actions.recognise, _day(args))


@blp.post("/projects/<code>/milestones/<kind>/return")
@guard.requires(p.RECOGNISE)
@blp.arguments(ReasonIn)
@blp.response(200)
def return_(args: dict[str, Any], code: str, kind: str) -> dict[str, Any]:
    """Sends a submission back with its reason."""
    return _decide(code, kind, None, actions.return_, args["reason"])


@blp.post("/projects/<code>/milestones/<kind>/revoke")
@guard.requires(p.RECOGNISE)
@blp.arguments(ReasonIn)
@blp.response(200)
def revoke(args: dict[str, Any], code: str, kind: str) -> dict[str, Any]:
    """Takes a recognition back with its reason; a closed month keeps it, the open month carries the adjustment."""
    return _decide(code, kind, None, actions.revoke, args["reason"])


@blp.post("/projects/<code>/milestones/<kind>/redate")
@guard.requires(p.RECOGNISE)
@blp.arguments(RedateIn)
@blp.response(200)
def redate(args: dict[str, Any], code: str, kind: str) -> dict[str, Any]:
    """Corrects the statistical date of a recognition; the frozen values stay."""
    return _decide(code, kind, None, actions.correct_date, args["recognised_on"], args["reason"])


@blp.put("/projects/<code>/phases/<int:no>/milestones/<kind>")
@guard.requires(p.MILESTONE_SUBMIT)
@blp.arguments(MilestoneIn)
@blp.response(200)
def submit_of_phase(args: dict[str, Any], code: str, no: int, kind: str) -> dict[str, Any]:
    """Submits a milestone of a phase (started and later) or of a capital increase (any)."""
    return _submit(args, code, kind, no)


@blp.post("/projects/<code>/phases/<int:no>/milestones/<kind>/recognise")
@guard.requires(p.RECOGNISE)
@blp.arguments(RecogniseIn)
@blp.response(200)
def recognise_of_phase(args: dict[str, Any], code: str, no: int, kind: str) -> dict[str, Any]:
    """An increase counts its increment only, a phase its own amounts under the tier of the whole."""
    return _decide(code, kind, no, actions.recognise, _day(args))


@blp.post("/projects/<code>/phases/<int:no>/milestones/<kind>/return")
@guard.requires(p.RECOGNISE)
@blp.arguments(ReasonIn)
@blp.response(200)
def return_of_phase(args: dict[str, Any], code: str, no: int, kind: str) -> dict[str, Any]:
    return _decide(code, kind, no, actions.return_, args["reason"])


@blp.post("/projects/<code>/phases/<int:no>/milestones/<kind>/revoke")
@guard.requires(p.RECOGNISE)
@blp.arguments(ReasonIn)
@blp.response(200)
def revoke_of_phase(args: dict[str, Any], code: str, no: int, kind: str) -> dict[str, Any]:
    return _decide(code, kind, no, actions.revoke, args["reason"])


@blp.post("/projects/<code>/phases/<int:no>/milestones/<kind>/redate")
@guard.requires(p.RECOGNISE)
@blp.arguments(RedateIn)
@blp.response(200)
def redate_of_phase(args: dict[str, Any], code: str, no: int, kind: str) -> dict[str, Any]:
    return _decide(code, kind, no, actions.correct_date, args["recognised_on"], args["reason"])
