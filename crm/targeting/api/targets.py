"""Listing, writing and converting targets."""

from collections.abc import Callable
from typing import Any

from crm.accounts.permissions import PROJECT_SEE, PROJECT_WRITE
from crm.chains import queries as chains
from crm.companies import queries as companies
from crm.companies.rules import LinkProgress
from crm.core import clock
from crm.core.actor import Actor
from crm.core.errors import NotFound, RuleBroken
from crm.projects import queries as projects
from crm.projects.actions import records
from crm.targeting import actions, queries
from crm.targeting.api import blp, shapes
from crm.targeting.models import Target
from crm.targeting.rules.targets import (
    ConversionDraft,
    EntryKind,
    Filters,
    SignalDraft,
    TargetDraft,
)
from crm.web import api, edges, guard


def _shown(target_id: int) -> dict[str, Any]:
    return shapes.whole(queries.row(guard.current(), target_id))


@blp.get("/targets")
@guard.requires(PROJECT_SEE)
@blp.arguments(shapes.TargetQuery, location="query")
@blp.response(200)
def listing(args: dict[str, Any]) -> dict[str, Any]:
    """Targets within reach, by next step unless sorted by name, updated, next, contact or signal. `counts` is by progress."""
    actor, today = guard.current(), clock.today()
    filters = Filters.of(args, actor.user_id)
    counts = queries.counts(actor, filters, today)
    page = queries.page(actor, filters, args["sort"], api.window(args), today, counts.of(filters))
    by_progress = {progress.value: counts.by_progress.get(progress, 0) for progress in LinkProgress}
    found = {**by_progress, "converted": counts.converted, "companies": counts.companies}
    return {**api.answer_page(page, shapes.target), "counts": found}


@blp.get("/targets/<int:target_id>")
@guard.requires(PROJECT_SEE)
@blp.response(200)
def show(target_id: int) -> dict[str, Any]:
    """One target with its signals and the steps of its progress."""
    return _shown(target_id)


@blp.post("/targets")
@guard.requires(PROJECT_WRITE)
@blp.arguments(shapes.TargetIn)
def create(body: dict[str, Any]) -> Any:
    """Puts a company on the list (201); one that is there already takes over what it lacks (200)."""
    actor, today = guard.current(), clock.today()
    zone_id = actor.zone_id if actor.zone_id is not None else _zone(body["zone"])
    company = records.registered(actor, body["company"])
    draft = _draft(TargetDraft(_node(body["node"]) if body["node"] else None), body, zone_id)
    target, made = actions.add(actor, company, draft, today, zone_id=zone_id)
    if not made:
        actions.fill(actor, target, draft)
    if body["signal"]:
        actions.add_signal(actor, target, SignalDraft(**body["signal"]), today)
    if body["next_step"]:
        actions.plan(actor, target, body["next_step"]["what"], body["next_step"]["due_on"], today)
    edges.commit()
    return {**_shown(target.id), "created": made}, 201 if made else 200


def _zone(code: str | None) -> int | None:
    if not code or code == "city":
        return None
    zone = projects.zone_by_code(code)
    if zone is None:
        raise RuleBroken(f"没有编号为 {code} 的板块。请核对。", "zone")
    return zone.id


def _node(code: str) -> int:
    node = chains.node_by_code(code)
    if node is None:
        raise RuleBroken(f"没有产业链环节 {code}，请核对。", "node")
    return node.id


def _draft(kept: TargetDraft, body: dict[str, Any], zone_id: int | None) -> TargetDraft:
    """The draft with what the body names put in."""
    kind = body.get("entry_kind", kept.entry_kind)
    return TargetDraft(
        kept.node_id,
        EntryKind(kind) if kind else None,
        body.get("entry_note", kept.entry_note),
        body.get("standing", kept.standing),
        _owner(body["owner"], zone_id) if "owner" in body else kept.owner_id,
    )


def _owner(login: str | None, zone_id: int | None) -> int | None:
    if not login:
        return None
    found = companies.owner_by_login(login, zone_id, clock.today())
    if found is None:
        raise RuleBroken("责任人不在这个板块任职，请另选。", "owner")
    return found


@blp.route("/targets/<int:target_id>", methods=["PATCH"])
@guard.requires(PROJECT_WRITE)
@blp.arguments(shapes.TargetPatch)
@blp.response(200)
def change(body: dict[str, Any], target_id: int) -> dict[str, Any]:
    """Changes what is named; If-Match names the version that was read."""

    def act(actor: Actor, target: Target) -> None:
        if "node" in body:
            actions.place(actor, target, [_node(body["node"])], clock.today())
        if body.keys() & {"entry_kind", "entry_note", "standing", "owner"}:
            kept = TargetDraft(
                target.node_id, target.entry_kind, target.entry_note, target.standing, target.owner_id
            )
            actions.edit(actor, target, _draft(kept, body, target.zone_id))
        if "progress" in body:
            actions.move(actor, target, LinkProgress(body["progress"]), body["note"], clock.today())

    return _act(target_id, act, required=True)


def _act(target_id: int, act: Callable[[Actor, Target], Any], *, required: bool = False) -> dict[str, Any]:
    actor = guard.current()
    target = queries.find(actor, target_id, PROJECT_WRITE)
    api.check_version(target.version, required=required)
    act(actor, target)
    edges.commit()
    return _shown(target_id)


@blp.post("/targets/<int:target_id>/signals")
@guard.requires(PROJECT_WRITE)
@blp.arguments(shapes.TargetSignalIn)
@blp.response(201)
def add_signal(body: dict[str, Any], target_id: int) -> dict[str, Any]:
    """A sign that the company means to expand, dated and sourced."""
    return _act(target_id, lambda a, t: actions.add_signal(a, t, SignalDraft(**body), clock.today()))


@blp.delete("/targets/<int:target_id>/signals/<int:signal_id>")
@guard.requires(PROJECT_WRITE)
@blp.response(200)
def remove_signal(target_id: int, signal_id: int) -> dict[str, Any]:
    """Takes a signal back that was entered by mistake."""
    return _act(target_id, lambda a, t: actions.remove_signal(a, t, queries.signal(target_id, signal_id)))


@blp.post("/targets/<int:target_id>/next")
@guard.requires(PROJECT_WRITE)
@blp.arguments(shapes.TargetNextIn)
@blp.response(201)
def plan(body: dict[str, Any], target_id: int) -> dict[str, Any]:
    """States the next step as a duty of the target's owner."""
    return _act(target_id, lambda a, t: actions.plan(a, t, body["what"], body["due_on"], clock.today()))


@blp.post("/targets/<int:target_id>/give-up")
@guard.requires(PROJECT_WRITE)
@blp.arguments(shapes.TargetReasonIn)
@blp.response(200)
def give_up(body: dict[str, Any], target_id: int) -> dict[str, Any]:
    """Gives the target up, with the reason kept."""
    return _act(target_id, lambda a, t: actions.give_up(a, t, body["reason"], clock.today()))


@blp.post("/targets/<int:target_id>/take-up")
@guard.requires(PROJECT_WRITE)
@blp.response(200)
def take_up(target_id: int) -> dict[str, Any]:
    """Begins anew with one that was given up."""
    return _act(target_id, lambda a, t: actions.take_up(a, t, clock.today()))


@blp.post("/targets/<int:target_id>/convert")
@guard.requires(PROJECT_WRITE)
@blp.arguments(shapes.TargetConvertIn)
def convert(body: dict[str, Any], target_id: int) -> Any:
    """Makes the target a project (201). Once it is one, every further call answers with that project (200)."""
    actor = guard.current()
    target = queries.find(actor, target_id, PROJECT_WRITE)
    if target.project_id is None:
        api.check_version(target.version, required=False)
    draft = ConversionDraft(body["name"], _project(actor, body["project"]), _zone(body["zone"]))
    project, made = actions.convert(actor, target, draft, clock.today(), clock.now())
    code = project.code
    edges.commit()
    return {**_shown(target_id), "project": code, "created": made}, 201 if made else 200


def _project(actor: Actor, code: str | None) -> int | None:
    if not code:
        return None
    try:
        return projects.find(actor, code).id
    except NotFound as gone:
        raise RuleBroken(f"没有项目 {code}，请核对。", "project") from gone
