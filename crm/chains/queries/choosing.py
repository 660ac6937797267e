"""Nodes to choose from while somebody types."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import aliased

from crm.chains.models import Chain, ChainNode
from crm.core.db import db
from crm.core.pinyin import pinyin_full, pinyin_initials


@dataclass(frozen=True, slots=True)
class NodeName:
    """A node to choose, with the chain and the node above it."""

    id: int
    code: str
    name: str
    chain_name: str
    parent_name: str


def lookup_nodes(q: str, most: int = 12) -> list[NodeName]:
    """Active nodes whose name, product, chain, code, pinyin or initials contain what was typed."""
    above = aliased(ChainNode)
    query = (
        select(ChainNode.id, ChainNode.code, ChainNode.name, Chain.name, above.name, ChainNode.products)
        .join(Chain, Chain.id == ChainNode.chain_id)
        .outerjoin(above, above.id == ChainNode.parent_id)
        .where(ChainNode.active, Chain.active)
        .order_by(Chain.order_no, ChainNode.order_no, ChainNode.id)
    )
    word = "".join(q.lower().split())
    best: list[tuple[int, NodeName]] = []
    for id_, code, name, chain, parent, products in db.session.execute(query):
        rank = _rank(word, code, name, chain, products)
        if rank is not None:
            best.append((rank, NodeName(id_, code, name, chain, parent or "")))
    best.sort(key=lambda pair: pair[0])
    return [found for _, found in best[:most]]


def _rank(word: str, code: str, name: str, chain: str, products: Sequence[str]) -> int | None:
    """Nearer is smaller: the node's own name before its products before its chain."""
    if word in name.lower() or word == code.lower():
        return 0
    if any(word in product.lower() for product in products):
        return 1
    if word.isascii() and (word in _flat(pinyin_full(name)) or word in _flat(pinyin_initials(name))):
        return 1
    return 2 if word in chain.lower() or code.lower().startswith(word) else None


def _flat(text: str) -> str:
    return "".join(text.lower().split())
