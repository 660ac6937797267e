"""Assignments over the API."""

from typing import Any

from marshmallow import EXCLUDE, Schema, fields, validate

from crm.accounts import permissions as p
from crm.assignments import actions, queries
from crm.assignments.models import Assignment
from crm.assignments.queries import AssignmentRow
from crm.assignments.rules import AssignmentDraft, AssignmentKind
from crm.core import clock
from crm.core.errors import Conflict, RuleBroken
from crm.projects import queries as projects
from crm.web import api, edges, guard

blp = api.blueprint("assignments", "挂钩领导、领办领导、服务专员")


class ListArgs(Schema):
    class Meta:
        unknown = EXCLUDE

    project = fields.String(load_default="")
    leader = fields.Integer(load_default=None)
    user = fields.String(load_default="")


class AssignIn(api.In):
    project = fields.String(required=True)
    kind = fields.String(required=True, validate=validate.OneOf([k.value for k in AssignmentKind]))
    leader = fields.Integer(load_default=None, allow_none=True)
    user = fields.String(load_default=None, allow_none=True)
    starts_on = fields.Date(load_default=None, allow_none=True)
    ends_on = fields.Date(load_default=None, allow_none=True)
    note = api.text_for(Assignment.note, load_default="")


class EndIn(api.In):
    ends_on = fields.Date(load_default=None, allow_none=True)


def _shape(row: AssignmentRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "version": row.version,
        "project": row.code,
        "kind": row.kind.value,
        "leader": {"id": row.leader_id, "name": row.name, "title": row.title} if row.leader_id else None,
        "user": {"login": row.login, "name": row.name} if row.user_id else None,
        "starts_on": row.starts_on.isoformat(),
        "ends_on": row.ends_on.isoformat() if row.ends_on else None,
        "note": row.note,
    }


def _one(found: Assignment) -> dict[str, Any]:
    rows = queries.of_project(found.project_id, clock.today(), past=True)
    return next(_shape(row) for row in rows if row.id == found.id)


@blp.get("/assignments")
@guard.requires(p.ASSIGN_SEE)
@blp.arguments(ListArgs, location="query")
@blp.response(200)
def listing(args: dict[str, Any]) -> dict[str, Any]:
    """Assignments in force within reach, by project, leader or user."""
    rows = queries.listed(
        guard.current(),
        code=args["project"],
        leader_id=args["leader"],
        login=args["user"],
        today=clock.today(),
    )
    return {"items": [_shape(row) for row in rows], "total": len(rows), "next": None}


@blp.post("/assignments")
@guard.requires(p.ASSIGN)
@blp.arguments(AssignIn)
@blp.response(201)
def assign(args: dict[str, Any]) -> dict[str, Any]:
    """Puts a leader or a specialist on a project."""
    actor, today = guard.current(), clock.today()
    project = projects.find(actor, args["project"], p.ASSIGN)
    user_id = projects.user_by_login(args["user"], project.zone_id, today) if args["user"] else None
    if args["user"] and user_id is None:
        raise RuleBroken("这个人不在项目所在板块任职。请核对登录名。", "user")
    draft = AssignmentDraft(
        AssignmentKind(args["kind"]),
        args["starts_on"] or today,
        args["leader"],
        user_id,
        args["ends_on"],
        args["note"],
    )
    made = actions.assign(actor, project, draft, today)
    edges.commit()
    return _one(made)


@blp.post("/assignments/<int:assignment_id>/end")
@guard.requires(p.ASSIGN)
@blp.arguments(EndIn)
@blp.response(200)
def end(args: dict[str, Any], assignment_id: int) -> dict[str, Any]:
    """The last day of an assignment, today when none is given."""
    actor = guard.current()
    project = projects.find(actor, queries.project_code_of(assignment_id), p.ASSIGN)
    found = queries.find(project, assignment_id)
    seen = api.if_match()
    if seen is not None and seen != found.version:
        raise Conflict("这项安排已被他人修改。请取回最新状态再办。")
    actions.end(actor, project, found, args["ends_on"] or clock.today())
    edges.commit()
    return _one(found)


# Imported for the operations it puts on the blueprint.
from crm.assignments.api import handover  # noqa: E402, F401
