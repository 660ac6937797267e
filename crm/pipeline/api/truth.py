"""The truth checks over the API: what is open, what waits for the zone, asking and answering."""

from typing import Any

from marshmallow import fields, validate

from crm.accounts import permissions as p
from crm.core import clock
from crm.core.actor import Actor
from crm.core.errors import NotFound, RuleBroken
from crm.pipeline.actions import truth as actions
from crm.pipeline.api import blp
from crm.pipeline.queries import truth_shown as shown
from crm.pipeline.queries.truth_shown import Shown
from crm.pipeline.rules import truth as rules
from crm.projects import queries as projects
from crm.projects.models import Project
from crm.web import api, edges, guard

_SEEN = validate.Length(equal=64)


class TruthArgs(api.ListArgs):
    state = fields.String(load_default=None, validate=validate.OneOf(list(shown.STATES)))
    check = fields.String(load_default="", validate=validate.OneOf(["", *rules.CHECKS]))
    zone = fields.String(load_default="")


class AskIn(api.In):
    """`fingerprint` says on which facts, `note` what is to be explained; `asked_of` is a login of the zone, the project's owner when none is given."""

    fingerprint = fields.String(required=True, validate=_SEEN)
    note = fields.String(load_default="", validate=api.at_most(300))
    asked_of = fields.String(load_default="", validate=api.at_most(80))


class AnswerIn(api.In):
    """`evidence` are attachments of the project."""

    fingerprint = fields.String(required=True, validate=_SEEN)
    answer = fields.String(required=True, validate=api.at_most(500))
    evidence = fields.List(fields.Integer(validate=validate.Range(1, 2**31 - 1)), load_default=list)


@blp.get("/truth")
@guard.requires(p.RECOGNISE, p.MILESTONE_SUBMIT)
@blp.arguments(TruthArgs, location="query")
@blp.response(200)
def truth(args: dict[str, Any]) -> dict[str, Any]:
    """Questions of one state: open (the bureau only, and its default), asked (a zone's default), answered. By weight, else newest first."""
    actor = guard.current()
    zone = projects.zone_by_code(args["zone"]) if args["zone"] else None
    if args["zone"] and zone is None:
        raise RuleBroken(f"没有编号为 {args['zone']} 的板块。请核对。", "zone")
    state = args["state"] or ("open" if actor.can(p.RECOGNISE) else "asked")
    wanted = shown.Wanted(state, zone.id if zone else None, args["q"], args["check"])
    page = shown.listed(actor, wanted, api.window(args), clock.today())
    return api.answer_page(page, one)


@blp.get("/projects/<code>/truth")
@guard.requires(p.RECOGNISE, p.MILESTONE_SUBMIT)
@blp.response(200)
def truth_of_project(code: str) -> dict[str, Any]:
    """Everything asked about one project within reach."""
    actor = guard.current()
    project = projects.find(actor, code)
    return {"items": [one(item) for item in shown.of_project(actor, project, clock.today())]}


@blp.post("/projects/<code>/truth/<question>/ask")
@guard.requires(p.RECOGNISE)
@blp.arguments(AskIn)
@blp.response(200)
def ask_truth(args: dict[str, Any], code: str, question: str) -> dict[str, Any]:
    """Asks the zone; 409 when the facts have changed or it was asked already."""
    actor = guard.current()
    project = projects.find(actor, code, p.RECOGNISE)
    told = (
        projects.user_by_login(args["asked_of"], project.zone_id, clock.today()) if args["asked_of"] else None
    )
    if args["asked_of"] and told is None:
        raise RuleBroken("请谁说明要从项目所在板块的在岗人员里选。请核对登录名。", "asked_of")
    actions.ask(actor, project, question, args["fingerprint"], args["note"], told, clock.today(), clock.now())
    edges.commit()
    return _answered(actor, project, question, args["fingerprint"])


@blp.post("/projects/<code>/truth/<question>/answer")
@guard.requires(p.RECOGNISE, p.MILESTONE_SUBMIT)
@blp.arguments(AnswerIn)
@blp.response(200)
def answer_truth(args: dict[str, Any], code: str, question: str) -> dict[str, Any]:
    """Answers: the zone what it was asked, the bureau any question. It is quiet until its facts change."""
    actor = guard.current()
    project = projects.find(actor, code, p.RECOGNISE if actor.can(p.RECOGNISE) else p.MILESTONE_SUBMIT)
    actions.answer(
        actor,
        project,
        question,
        args["fingerprint"],
        args["answer"],
        args["evidence"],
        clock.today(),
        clock.now(),
    )
    edges.commit()
    return _answered(actor, project, question, args["fingerprint"])


def _answered(actor: Actor, project: Project, question: str, seen: str) -> dict[str, Any]:
    found = shown.of_project(actor, project, clock.today())
    item = next((i for i in found if i.row and (i.check.code, i.fingerprint) == (question, seen)), None)
    if item is None:
        raise NotFound()
    return one(item)


def one(item: Shown) -> dict[str, Any]:
    """A question; `others` stands in its facts for the bureau alone."""
    row = item.row
    return {
        "project": item.code,
        "check": item.check.code,
        "title": item.check.title,
        "question": item.words,
        "state": item.state,
        "fingerprint": item.fingerprint,
        "links": [{"label": label, "link": url} for label, url in item.links],
        "note": row.asked_note if row else "",
        "asked_at": row.asked_at.isoformat() if row and row.asked_at else None,
        "answer": row.answer if row else "",
        "answered_by": row.answered_by if row else None,
        "answered_at": row.answered_at.isoformat() if row and row.answered_at else None,
        "evidence": [id_ for id_, _ in row.files] if row else [],
    }
