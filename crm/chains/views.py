"""The city's chains: a list, a tree with what stands at each node, a pipeline, and the bureau's editor."""

from typing import Any

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for

from crm.accounts import permissions
from crm.chains import actions, queries, rules
from crm.chains.forms import ChainForm, NodeForm, StateForm
from crm.chains.models import Chain, ChainNode
from crm.core import clock
from crm.core.errors import NotFound, RuleBroken
from crm.targeting import queries as targeting
from crm.targeting import rules as targets
from crm.web import conflicts, edges, guard
from crm.zones import queries as zones

bp = Blueprint("chains", __name__)

#: A node's state as a mark.
STATE_MARKS = {
    rules.NodeState.MISSING: "bad",
    rules.NodeState.WEAK: "warn",
    rules.NodeState.FAIR: "info",
    rules.NodeState.STRONG: "ok",
}


@bp.context_processor
def _words() -> dict[str, Any]:
    return {
        "banner": rules.BANNER,
        "state_marks": STATE_MARKS,
        "state_labels": rules.STATE_LABELS,
        "action_labels": rules.ACTION_LABELS,
        "position_labels": rules.POSITION_LABELS,
        "groups": [(code, label) for code, (label, _, _) in targets.GROUPS.items()],
    }


@bp.get("/chains")
@guard.requires(permissions.PROJECT_SEE)
def index() -> Any:
    actor = guard.current()
    return render_template(
        "chains/index.html",
        rows=queries.chains(),
        companies=targeting.companies_by_chain(actor),
        projects=targeting.projects_by_chain(actor),
        zone_names={z.code: z.short_name for z in zones.all_names()},
        no_companies=targeting.Companies(),
        empty_line=targets.Line(),
    )


@bp.get("/chains/nodes/lookup")
@guard.signed_in
def lookup_nodes() -> Any:
    found = queries.lookup_nodes(request.args.get("q", ""))
    return jsonify([{"id": n.id, "label": n.name, "note": n.parent_name or n.chain_name} for n in found])


def _chain(code: str) -> Chain:
    chain = queries.by_code(code)
    if chain is None or not chain.active:
        raise NotFound()
    return chain


def _node(code: str, node_code: str) -> tuple[Chain, ChainNode]:
    chain, node = _chain(code), queries.node_by_code(node_code)
    if node is None or node.chain_id != chain.id:
        raise NotFound()
    return chain, node


@bp.get("/chains/<code>")
@guard.requires(permissions.PROJECT_SEE)
def show(code: str) -> Any:
    chain, actor = _chain(code), guard.current()
    nodes = queries.nodes(chain.id, retired=actor.can(permissions.PLAN_EDIT))
    live = targeting.pipeline(actor, chain.id, {n.id: n.state for n in nodes})
    return render_template(
        "chains/show.html",
        chain=chain,
        nodes=nodes,
        companies=targeting.companies_by_node(actor, chain.id),
        live=live,
        no_companies=targeting.Companies(),
        empty_line=targets.Line(),
        zone_names={z.code: z.short_name for z in zones.all_names()},
    )


@bp.get("/chains/<code>/pipeline")
@guard.requires(permissions.PROJECT_SEE)
def pipeline(code: str) -> Any:
    chain, actor = _chain(code), guard.current()
    nodes = queries.nodes(chain.id)
    live = targeting.pipeline(actor, chain.id, {n.id: n.state for n in nodes})
    return render_template(
        "chains/pipeline.html", chain=chain, nodes=nodes, live=live, empty_line=targets.Line()
    )


@bp.route("/chains/<code>/edit", methods=["GET", "POST"])
@guard.requires(permissions.PLAN_EDIT)
def edit(code: str) -> Any:
    chain, actor = _chain(code), guard.current()
    form, back = ChainForm.of(chain), url_for("chains.show", code=code)
    if conflicts.stale(form, chain.version):
        theirs = ChainForm.of(chain, formdata=None)
        return conflicts.page(form, theirs, record=chain.name, version=chain.version, record_url=back)
    if form.validate_on_submit() and edges.attempt(form, lambda: _edit_chain(actor, chain, form)):
        flash("产业链已保存。", "ok")
        return redirect(back)
    return render_template("chains/edit.html", form=form, chain=chain), 422 if form.is_submitted() else 200


def _edit_chain(actor: Any, chain: Chain, form: ChainForm) -> None:
    codes = form.zone_codes()
    unknown = [code for code in codes if zones.by_code(code) is None]
    if unknown:
        raise RuleBroken(f"没有代码为 {'、'.join(unknown)} 的开发区。请核对。", field="zones")
    actions.edit_chain(
        actor,
        chain,
        name=str(form.name.data).strip(),
        lead_name=str(form.lead_name.data or ""),
        zone_codes=codes,
        note=str(form.note.data or ""),
        source=str(form.source.data or ""),
    )


# --- nodes ----------------------------------------------------------------------------------------


def _parents(chain: Chain, but: ChainNode | None = None) -> list[tuple[int, str]]:
    return [(n.id, "　" * n.depth + n.name) for n in queries.nodes(chain.id) if but is None or n.id != but.id]


def _state_form(node: ChainNode, **kwargs: Any) -> StateForm:
    return StateForm(
        data={
            "state": node.state.value if node.state else "",
            "state_on": node.state_on or clock.today(),
            "state_note": node.state_note,
            "version": node.version,
        },
        **kwargs,
    )


def _page(chain: Chain, node: ChainNode, *, form: Any = None, state: Any = None) -> Any:
    actor = guard.current()
    live = targeting.pipeline(actor, chain.id, {node.id: node.state})
    return (
        render_template(
            "chains/node.html",
            chain=chain,
            node=node,
            above=queries.node(node.parent_id) if node.parent_id else None,
            action=rules.action_of(node.state),
            form=form or NodeForm.of(node, _parents(chain, node), formdata=None),
            state=state or _state_form(node, formdata=None),
            companies=targeting.companies_by_node(actor, chain.id).get(node.id, targeting.Companies()),
            line=live.nodes.get(node.id, targets.Line()),
            may_edit=actor.can(permissions.PLAN_EDIT),
        ),
        422 if form or state else 200,
    )


@bp.get("/chains/<code>/nodes/<node_code>")
@guard.requires(permissions.PROJECT_SEE)
def node(code: str, node_code: str) -> Any:
    return _page(*_node(code, node_code))


@bp.route("/chains/<code>/nodes/new", methods=["GET", "POST"])
@guard.requires(permissions.PLAN_EDIT)
def node_new(code: str) -> Any:
    chain, actor = _chain(code), guard.current()
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
    chain, found = _node(code, node_code)
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
    return _page(*_node(code, node_code), form=form)


@bp.post("/chains/<code>/nodes/<node_code>/state")
@guard.requires(permissions.PLAN_EDIT)
def node_state(code: str, node_code: str) -> Any:
    _, found = _node(code, node_code)
    actor, here = guard.current(), url_for("chains.node", code=code, node_code=node_code)
    form = _state_form(found)
    if conflicts.stale(form, found.version):
        theirs = _state_form(found, formdata=None)
        return conflicts.page(form, theirs, record=found.name, version=found.version, record_url=here)
    note = str(form.state_note.data or "")
    if form.validate_on_submit() and edges.attempt(
        form,
        lambda: actions.assess(actor, found, form.chosen(), form.state_on.data, note, clock.today()),
    ):
        flash("评估已保存，建链、补链、强链的方向随之更新。", "ok")
        return redirect(here)
    return _page(*_node(code, node_code), state=form)


@bp.post("/chains/<code>/nodes/<node_code>/active")
@guard.requires(permissions.PLAN_EDIT)
def node_active(code: str, node_code: str) -> Any:
    _, found = _node(code, node_code)
    on = request.form.get("on") == "1"
    try:
        (actions.restore if on else actions.retire)(guard.current(), found)
        edges.commit()
        flash("环节已启用。" if on else "环节已停用。", "ok")
    except RuleBroken as broken:
        flash(broken.message, "bad")
    return redirect(url_for("chains.node", code=code, node_code=node_code))
