"""The board by stage, and moving a card on it with the gate's answer at the place."""

import dataclasses
from typing import Any

from flask import redirect, render_template, request, url_for

from crm.accounts import permissions as p
from crm.core import clock
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.errors import Forbidden, RuleBroken
from crm.pipeline import actions, queries, rules
from crm.pipeline.queries import board as boards
from crm.pipeline.views import bp
from crm.projects import queries as projects
from crm.projects.queries import Filter
from crm.projects.rules import STATUS_LABELS, Stage, Status
from crm.projects.views import asked, index, narrowing
from crm.web import edges, guard

_ORDER_WORDS = {"amount": "投资额", "days": "停留天数", "updated": "最近更新"}
_EVERY = "all"
#: Who may not step back is told so before a reason is asked of him.
_NOT_YOURS = "退回阶段由本板块主要负责人或市商务局办理。请向其提出。"


def _group() -> str:
    """The columns that are open: those before signing unless the address says otherwise."""
    group = request.args.get("group", "")
    return group if group in asked.GROUPS or group == _EVERY else "talking"


def _order() -> str:
    order = request.args.get("order", "")
    return order if order in boards.ORDERS else "amount"


def in_progress(wanted: Filter) -> Filter:
    """What is moved is in progress; other states are shown where the address asks for them. Columns are no filter."""
    return dataclasses.replace(wanted, stages=(), status=wanted.status or Status.ACTIVE)


def _board(actor: Actor) -> dict[str, Any]:
    today, group = clock.today(), _group()
    wanted = in_progress(asked.filter_asked(actor, today))
    stages = asked.GROUPS[group][1] if group != _EVERY else tuple(Stage)
    board = boards.board(actor, wanted, stages, _order(), today)
    status = wanted.status or Status.ACTIVE
    tiers = {row.code: row.label.split()[0] for row in projects.tiers()}
    return {
        "board": board,
        "group": group,
        "at": _at(board),
        "tiers": tiers,
        "amount": index.amount_words,
        "list_url": lambda stage: asked.url(
            asked.LIST,
            stage=stage.value,
            status=status.value,
            sort=boards.ORDERS[_order()],
            **dict.fromkeys(("group", "order", "at", "saved")),
        ),
        "at_url": lambda stage: asked.url(asked.BOARD, at=stage.value),
        "one_zone": actor.zone_id is not None,
        "query": request.query_string.decode(),
        "wanted": wanted,
        "status": STATUS_LABELS[status],
    }


def _at(board: boards.Board) -> Stage:
    """The column that a phone shows: the one asked for, else the first with cards."""
    named = next((c.stage for c in board.columns if c.stage.value == request.args.get("at", "")), None)
    filled = next((c.stage for c in board.columns if c.sum.count), board.columns[0].stage)
    return named or filled


@bp.get("/pipeline")
@guard.requires(p.PROJECT_SEE)
def board() -> Any:
    actor, today = guard.current(), clock.today()
    if place := narrowing.opening(actor):
        return redirect(place)
    shown = _board(actor)
    total = shown["board"].total
    return render_template(
        "pipeline/board.html",
        **shown,
        kept=narrowing.kept(actor),
        total=total,
        lights=index.light_counts(actor, shown["wanted"], total.count, today),
        segs=_segs(shown["board"], shown["group"]),
        orders=[
            {"label": label, "url": asked.url(order=name), "current": name == _order()}
            for name, label in _ORDER_WORDS.items()
        ],
        **index.filter_form(narrowing.offers(actor, today)),
    )


def _segs(board: boards.Board, group: str) -> list[dict[str, Any]]:
    by_stage = {column.stage: column.sum.count for column in (*board.columns, *board.folded)}
    parts = [*((name, *words) for name, words in asked.GROUPS.items()), (_EVERY, "全程", tuple(Stage))]
    return [
        {
            "label": label,
            "url": asked.url(group=name, at=None),
            "count": sum(by_stage[stage] for stage in stages),
            "current": name == group,
        }
        for name, label, stages in parts
    ]


@bp.post("/pipeline/<code>/move")
@guard.requires(p.STAGE_MOVE)
def move(code: str) -> Any:
    """A card dropped on a stage: the board as it is now, or (422) what stands in the way, as parts of the page."""
    actor = guard.current()
    project = projects.find(actor, code, p.STAGE_MOVE)
    to = next((stage for stage in Stage if stage.value == request.form.get("to")), project.stage)
    name, before, note = project.name, project.stage, request.form.get("note", "")
    try:
        actions.move_stage(actor, project, to, note, clock.today())
        edges.commit()
    except (RuleBroken, Forbidden) as broken:
        db.session.rollback()
        return _refused(actor, code, to, broken), 422
    return render_template(
        "pipeline/_board.html", **_board(actor), said=f"{name}已从{before.label}移到{to.label}", moved=code
    )


def _refused(actor: Actor, code: str, to: Stage, broken: RuleBroken | Forbidden) -> str:
    """The gate's answer at the place: what is missing as links, a reason for stepping back, or where to submit."""
    project = projects.find(actor, code, p.STAGE_MOVE)
    missing = tuple(getattr(broken, "missing", ()))
    if isinstance(broken, RuleBroken) and missing:
        actions.keep_refusal(actor, project, to, broken)
        project = projects.find(actor, code, p.STAGE_MOVE)
    stone = to.order > Stage.INTENT.order
    back = getattr(broken, "field", None) == "note" and rules.is_backward(project.stage, to)
    may_step_back = back and queries.may(actor, project, p.STATUS_APPROVE)
    return render_template(
        "pipeline/_answer.html",
        project=project,
        to=to,
        words=_NOT_YOURS if back and not may_step_back else broken.message,
        gate=queries.gate_of(actor, project, to) if missing else None,
        missing=missing,
        asks_reason=may_step_back,
        submit_url=url_for("pipeline.milestone", code=code, kind=to.value) if stone and missing else "",
    )
