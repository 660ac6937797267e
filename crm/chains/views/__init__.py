"""The city's chains: a list, the picture of a chain with what stands at each node, its pipeline, and the bureau's editor."""

from typing import Any

from flask import Blueprint

from crm.chains import queries, rules
from crm.chains.models import Chain, ChainNode
from crm.companies.rules import PROGRESS_LABELS
from crm.core.errors import NotFound
from crm.targeting import rules as targets

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
        "progress_labels": {p: PROGRESS_LABELS[p] for p in targets.LIVE_PROGRESS},
        "groups": [(code, label) for code, (label, _, _) in targets.GROUPS.items()],
        "no_companies": targets.Companies(),
        "empty_line": targets.Line(),
    }


def chain_or_404(code: str) -> Chain:
    chain = queries.by_code(code)
    if chain is None or not chain.active:
        raise NotFound()
    return chain


def node_or_404(code: str, node_code: str) -> tuple[Chain, ChainNode]:
    chain, node = chain_or_404(code), queries.node_by_code(node_code)
    if node is None or node.chain_id != chain.id:
        raise NotFound()
    return chain, node


# Imported for the routes they put on the blueprint.
from crm.chains.views import due, nodes, overview, pipeline  # noqa: E402, F401
