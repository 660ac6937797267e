"""The bureau keeps the trees: nodes added, renamed, moved, retired, and assessed with a day and a note."""

from dataclasses import asdict, fields
from datetime import date
from typing import Any

from crm.accounts import permissions
from crm.audit import actions as audit
from crm.chains import queries, rules
from crm.chains.models import Chain, ChainNode, NodeAssessment
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.errors import RuleBroken


def _subject(node: ChainNode) -> audit.Subject:
    return audit.Subject("chain_node", node.id, f"{node.code} {node.name}")


def edit_chain(
    actor: Actor,
    chain: Chain,
    *,
    name: str,
    lead_name: str,
    note: str,
    source: str,
) -> None:
    actor.require(permissions.PLAN_EDIT)
    if not 1 <= len(name) <= 80:
        raise RuleBroken("产业链名称没有填，或超过 80 个字。请重填。", field="name")
    if not source.strip():
        raise RuleBroken("来源没有填。请写明文件或确认单位。", field="source")
    after = {
        "name": name,
        "lead_name": lead_name.strip(),
        "note": note.strip(),
        "source": source.strip(),
    }
    changed = audit.difference({key: getattr(chain, key) for key in after}, after)
    for key in changed:
        setattr(chain, key, after[key])
    if changed:
        chain.edited = True
        audit.record(actor, "chain.edited", audit.Subject("chain", chain.id, chain.name), changed)


def assess(actor: Actor, node: ChainNode, said: rules.Assessment, today: date) -> NodeAssessment | None:
    """Says how strong the link is here; what to do about it follows from the state (decision 15). No state takes it back.

    Every assessment stays; the node carries the newest. None when nothing new is said.
    """
    actor.require(permissions.PLAN_EDIT)
    rules.check_assessment(said, today)
    if said.state is None:
        said = rules.Assessment(None)
    before = queries.assessment_of(node.id)
    changed = audit.difference(_told(before), asdict(said))
    if not changed:
        return None
    made = NodeAssessment(node_id=node.id, made_by=actor.user_id, **_columns(said))
    db.session.add(made)
    carry(node, made)
    node.edited = True
    db.session.flush()
    audit.record(actor, "chain_node.assessed", _subject(node), changed)
    return made


def carry(node: ChainNode, made: NodeAssessment) -> None:
    """The node repeats its newest assessment, for every list that shows nodes."""
    node.state, node.state_on, node.state_note = made.state, made.assessed_on, made.note
    node.state_by = made.made_by
    node.action, node.priority, node.valid_until = made.action, made.priority, made.valid_until


def _columns(said: rules.Assessment) -> dict[str, Any]:
    values = asdict(said) | {"assessed_on": said.on}
    del values["on"]
    return {key: value.strip() if type(value) is str else value for key, value in values.items()}


def _told(made: NodeAssessment | None) -> dict[str, Any]:
    """An assessment as it was said; nothing yet reads as one taken back."""
    if made is None:
        return asdict(rules.Assessment(None))
    names = (field.name for field in fields(rules.Assessment) if field.name != "on")
    return {"on": made.assessed_on} | {name: getattr(made, name) for name in names}


def place(actor: Actor, node: ChainNode, before: ChainNode | None) -> None:
    """Puts a node in front of another of the same parent, or last of them (`before` None)."""
    actor.require(permissions.PLAN_EDIT)
    if before is not None and (before.chain_id, before.parent_id) != (node.chain_id, node.parent_id):
        raise RuleBroken("只能在同一上级之下调整先后。要换上级请修改环节。")
    if before is node:
        return
    others = [n for n in queries.siblings(node) if n.id != node.id]
    at = others.index(before) if before is not None else len(others)
    order = [*others[:at], node, *others[at:]]
    # The numbers in use are handed out anew among the same nodes: the order of all others stays as it is.
    numbers = sorted({n.order_no for n in order})
    if len(numbers) < len(order):
        numbers = list(range(len(order)))
    moved = audit.difference({"order_no": node.order_no}, {"order_no": numbers[order.index(node)]})
    for number, sibling in zip(numbers, order, strict=True):
        sibling.order_no = number
    db.session.flush()
    if moved:
        node.edited = True
        audit.record(actor, "chain_node.edited", _subject(node), moved)


def add_node(actor: Actor, chain: Chain, parent: ChainNode | None, draft: rules.NodeDraft) -> ChainNode:
    actor.require(permissions.PLAN_EDIT)
    rules.check_node(draft)
    if parent is not None and (parent.chain_id != chain.id or not parent.active):
        raise RuleBroken("上级环节不在这条链，或已停用。请重选。", field="parent")
    codes = queries.codes_of(chain.id)
    code = rules.next_code(parent.code if parent else chain.code, codes, top=parent is None)
    node = ChainNode(
        chain_id=chain.id,
        parent_id=parent.id if parent else None,
        code=code,
        name=draft.name,
        position=draft.position,
        products=list(draft.products),
        gbt4754=list(draft.gbt4754),
        anchors=[asdict(anchor) for anchor in draft.anchors],
        order_no=len(codes),
        source="市级增补",
        edited=True,
    )
    db.session.add(node)
    db.session.flush()
    audit.record(actor, "chain_node.created", _subject(node))
    return node


def edit_node(actor: Actor, node: ChainNode, draft: rules.NodeDraft, parent: ChainNode | None) -> None:
    """Renames a node, moves it under another parent of the same chain, and sets its products and classes."""
    actor.require(permissions.PLAN_EDIT)
    rules.check_node(draft)
    _check_parent(node, parent)
    after = {
        "name": draft.name,
        "position": draft.position,
        "products": list(draft.products),
        "gbt4754": list(draft.gbt4754),
        "anchors": [asdict(anchor) for anchor in draft.anchors],
        "parent_id": parent.id if parent else None,
    }
    changed = audit.difference({key: getattr(node, key) for key in after}, after)
    for key in changed:
        setattr(node, key, after[key])
    if changed:
        node.edited = True
        audit.record(actor, "chain_node.edited", _subject(node), changed)


def _check_parent(node: ChainNode, parent: ChainNode | None) -> None:
    if parent is None:
        return
    if parent.chain_id != node.chain_id or not parent.active:
        raise RuleBroken("上级环节不在这条链，或已停用。请重选。", field="parent")
    links = [rules.Link(n.id, n.parent_id) for n in queries.nodes(node.chain_id, retired=True)]
    if parent.id in rules.below(node.id, links):
        raise RuleBroken("不能移到自己或自己的下级下面。请另选上级环节。", field="parent")


def retire(actor: Actor, node: ChainNode) -> None:
    """Takes a node out of the tree; never while companies or projects stand at it or nodes are below it."""
    actor.require(permissions.PLAN_EDIT)
    if queries.has_active_children(node.id):
        raise RuleBroken("下面还有环节。请先移走或停用下级环节。")
    if queries.in_use(node.id):
        raise RuleBroken("还有企业或项目属于这个环节，不能停用。请先改到别的环节。")
    if node.active:
        node.active, node.edited = False, True
        audit.record(actor, "chain_node.retired", _subject(node))


def restore(actor: Actor, node: ChainNode) -> None:
    actor.require(permissions.PLAN_EDIT)
    above = queries.node(node.parent_id) if node.parent_id else None
    if above is not None and not above.active:
        raise RuleBroken("上级环节已停用。请先启用上级环节。")
    if not node.active:
        node.active, node.edited = True, True
        audit.record(actor, "chain_node.restored", _subject(node))
