"""One node: what stands there, its assessments, and the bureau's changes of it."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for

from crm.accounts import permissions
from crm.chains import actions, queries
from crm.chains.forms import AssessmentForm, NodeForm
from crm.chains.models import Chain, ChainNode
from crm.chains.rules import action_of, has_expired
from crm.chains.views import bp, chain_or_404, node_or_404
from crm.core import clock
from crm.core.errors import RuleBroken
from crm.targeting import queries as targeting
from crm.targeting import rules as targets
from crm.web import conflicts, edges, guard


def _parents(chain: Chain, but: ChainNode | None = None) -> list[tuple[int, str]]:
    return [(n.id, "　" * n.depth + n.name) for n in queries.nodes(chain.id) if but is None or n.id != but.id]


def _assessment_form(node: ChainNode, **kwargs: Any) -> AssessmentForm:
    return AssessmentForm.of(node, queries.assessment_of(node.id), clock.today(), **kwargs)


def _page(chain: Chain, node: ChainNode, *, form: Any = None, said: Any = None) -> Any:
    actor = guard.current()
    live = targeting.pipeline(actor, chain.id, {node.id: action_of(node.state, node.action)})
    history = queries.assessments_of(node.id)
    return (
        render_template(
            "chains/node.html",
            chain=chain,
            node=node,
            above=queries.node(node.parent_id) if node.parent_id else None,
            action=action_of(node.state, node.action),
            newest=history[0][0] if history and history[0][0].state else None,
            history=[(a, action_of(a.state, a.action), by) for a, by in history],
            expired=has_expired(node.valid_until, clock.today()),
            form=form or NodeForm.of(node, _parents(chain, node), formdata=None),
            said=said or _assessment_form(node, formdata=None),
            companies=targeting.companies_by_node(actor, chain.id).get(node.id, targets.Companies()),
            line=live.nodes.get(node.id, targets.Line()),
            may_edit=actor.can(permissions.PLAN_EDIT),
        ),
        422 if form or said else 200,
    )


@bp.get("/chains/<code>/nodes/<node_code>")
@guard.requires(permissions.PROJECT_SEE)
def node(code: str, node_code: str) -> Any:
    return _page(*node_or_404(code, node_code))


@bp.route("/chains/<code>/nodes/new", methods=["GET", "POST"])
@guard.requires(permissions.PLAN_EDIT)
def node_new(code: str) -> Any:
    chain, actor = chain_or_404(code), guard.current()
    form = NodeForm.of(None, _parents(chain))
    if request.method == "GET":
        form.parent.data = request.args.get("parent", 0, type=int)
    made: list[ChainNode] = []
    if form.validate_on_submit() and edges.attempt(
        form,
        lambda: made.append(
            actions.add_node(actor, chain, queries.node(form.parent.data or 0), form.draft())
        ),
    ):
        flash("环节已新增。", "ok")
        return redirect(url_for("chains.node", code=code, node_code=made[0].code))
    return render_template(
        "chains/node_new.html", form=form, chain=chain
    ), 422 if form.is_submitted() else 200


@bp.post("/chains/<code>/nodes/<node_code>/edit")
@guard.requires(permissions.PLAN_EDIT)
def node_edit(code: str, node_code: str) -> Any:
    chain, found = node_or_404(code, node_code)
    actor, here = guard.current(), url_for("chains.node", code=code, node_code=node_code)
    form = NodeForm.of(found, _parents(chain, found))
    if conflicts.stale(form, found.version):
        theirs = NodeForm.of(found, _parents(chain, found), formdata=None)
        return conflicts.page(form, theirs, record=found.name, version=found.version, record_url=here)
    if form.validate_on_submit() and edges.attempt(
        form, lambda: actions.edit_node(actor, found, form.draft(), queries.node(form.parent.data or 0))
    ):
        flash("环节已保存。", "ok")
        return redirect(here)
    return _page(*node_or_404(code, node_code), form=form)


@bp.post("/chains/<code>/nodes/<node_code>/state")
@guard.requires(permissions.PLAN_EDIT)
def node_state(code: str, node_code: str) -> Any:
    _, found = node_or_404(code, node_code)
    actor, here = guard.current(), url_for("chains.node", code=code, node_code=node_code)
    form = _assessment_form(found)
    if conflicts.stale(form, found.version):
        theirs = _assessment_form(found, formdata=None)
        return conflicts.page(form, theirs, record=found.name, version=found.version, record_url=here)
    if form.validate_on_submit() and edges.attempt(
        form, lambda: actions.assess(actor, found, form.draft(), clock.today())
    ):
        flash("评估已保存，建链、补链、强链的方向随之更新。", "ok")
        return redirect(here)
    return _page(*node_or_404(code, node_code), said=form)


@bp.post("/chains/<code>/nodes/<node_code>/active")
@guard.requires(permissions.PLAN_EDIT)
def node_active(code: str, node_code: str) -> Any:
    _, found = node_or_404(code, node_code)
    on = request.form.get("on") == "1"
    try:
        (actions.restore if on else actions.retire)(guard.current(), found)
        edges.commit()
        flash("环节已启用。" if on else "环节已停用。", "ok")
    except RuleBroken as broken:
        flash(broken.message, "bad")
    return redirect(url_for("chains.node", code=code, node_code=node_code))


@bp.post("/chains/<code>/nodes/<node_code>/place")
@guard.requires(permissions.PLAN_EDIT)
def node_place(code: str, node_code: str) -> Any:
    """Moves a node in front of `before` (a node's code; empty: to the end) among its siblings, or one place up or down."""
    _, found = node_or_404(code, node_code)
    step = request.form.get("step", "")
    try:
        actions.place(guard.current(), found, _place_asked(found, step))
        edges.commit()
    except RuleBroken as broken:
        if edges.is_htmx():
            return broken.message, 422
        flash(broken.message, "bad")
    if edges.is_htmx():
        return "", 204
    return redirect(url_for("chains.show", code=code, view="list", _anchor=node_code))


def _place_asked(node: ChainNode, step: str) -> ChainNode | None:
    if step not in ("up", "down"):
        return queries.node_by_code(request.form.get("before", ""))
    row = [n for n in queries.siblings(node) if n.active or n.id == node.id]
    at = next(i for i, n in enumerate(row) if n.id == node.id)
    if step == "up":
        return row[max(at - 1, 0)]
    return row[at + 2] if at + 2 < len(row) else None
