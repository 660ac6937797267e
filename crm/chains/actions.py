"""The bureau keeps the trees: nodes added, renamed, moved, retired, and assessed with a day and a note."""

from collections.abc import Sequence
from datetime import date

from crm.accounts import permissions
from crm.audit import actions as audit
from crm.chains import queries, rules
from crm.chains.models import Chain, ChainNode
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
    zone_codes: Sequence[str],
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
        "zone_codes": list(zone_codes),
        "note": note.strip(),
        "source": source.strip(),
    }
    changed = audit.difference({key: getattr(chain, key) for key in after}, after)
    for key in changed:
        setattr(chain, key, after[key])
    if changed:
        chain.edited = True
        audit.record(actor, "chain.edited", audit.Subject("chain", chain.id, chain.name), changed)


def assess(
    actor: Actor,
    node: ChainNode,
    state: rules.NodeState | None,
    on: date | None,
    note: str,
    today: date,
) -> None:
    """Says how strong the link is here; what to do about it follows from the state (decision 15). None takes it back."""
    actor.require(permissions.PLAN_EDIT)
    rules.check_assessment(state, on, note, today)
    after = {"state": state, "state_on": on if state else None, "state_note": note.strip() if state else ""}
    changed = audit.difference({key: getattr(node, key) for key in after}, after)
    for key in changed:
        setattr(node, key, after[key])
    if changed:
        node.state_by, node.edited = actor.user_id, True
        audit.record(actor, "chain_node.assessed", _subject(node), changed)


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
