"""Chains for other systems: the list, the tree, the pipeline within one's reach, and the bureau's assessment."""

from typing import Any

from marshmallow import fields, validate

from crm.accounts import permissions
from crm.chains import actions, queries, rules
from crm.chains.models import Chain
from crm.core import clock
from crm.core.errors import NotFound
from crm.targeting import queries as targeting
from crm.targeting import rules as targets
from crm.web import api as web
from crm.web import edges, guard

blp = web.blueprint("chains", "产业链与环节")


class StateIn(web.In):
    state = fields.String(
        required=True, allow_none=True, validate=validate.OneOf([s.value for s in rules.NodeState])
    )
    on = fields.Date(load_default=None, allow_none=True)
    note = fields.String(load_default="")


def _chain(code: str) -> Chain:
    chain = queries.by_code(code)
    if chain is None or not chain.active:
        raise NotFound()
    return chain


def _line(line: targets.Line) -> dict[str, Any]:
    found = {
        code: {"count": s.count, "total_investment": web.amount_text(s.total)}
        for code, s in line.groups.items()
    }
    return found | {"all": {"count": line.all.count, "total_investment": web.amount_text(line.all.total)}}


def _node(node: queries.NodeRow) -> dict[str, Any]:
    return {
        "code": node.code,
        "name": node.name,
        "position": node.position.value,
        "depth": node.depth,
        "products": list(node.products),
        "gbt4754": list(node.gbt4754),
        "state": node.state.value if node.state else None,
        "state_on": node.state_on.isoformat() if node.state_on else None,
        "action": node.action.value if node.action else None,
    }


@blp.route("/chains")
@guard.requires(permissions.PROJECT_SEE)
def chains() -> Any:
    """The city's chains with their counts within one's reach."""
    actor = guard.current()
    companies, projects = targeting.companies_by_chain(actor), targeting.projects_by_chain(actor)
    items = [
        {
            "code": row.code,
            "name": row.name,
            "zones": list(row.zone_codes),
            "nodes": row.nodes,
            "assessed": row.assessed,
            "companies": companies.get(row.id, targeting.Companies()).linked,
            "projects": _line(projects.get(row.id, targets.Line())),
            "source": row.source,
        }
        for row in queries.chains()
    ]
    return {"items": items, "page": 1, "per_page": len(items), "total": len(items), "next": None}


@blp.get("/chains/<code>")
@guard.requires(permissions.PROJECT_SEE)
def chain(code: str) -> Any:
    """One chain's tree; the shipped one is a template for the industry department to confirm."""
    found = _chain(code)
    nodes = [_node(n) for n in queries.nodes(found.id)]
    return {
        "code": found.code,
        "name": found.name,
        "lead_name": found.lead_name,
        "zones": found.zone_codes,
        "notice": rules.BANNER,
        "source": found.source,
        "nodes": nodes,
        "version": found.version,
    }


@blp.get("/chains/<code>/pipeline")
@guard.requires(permissions.PROJECT_SEE)
def pipeline(code: str) -> Any:
    """Live projects by node and by 建链, 补链, 强链, 延链, in stage groups; amounts in 万元."""
    found = _chain(code)
    nodes = queries.nodes(found.id)
    live = targeting.pipeline(guard.current(), found.id, {n.id: n.state for n in nodes})
    return {
        "chain": found.code,
        "nodes": [_node(n) | {"projects": _line(live.nodes.get(n.id, targets.Line()))} for n in nodes],
        "actions": [
            {"action": action.value if action else None, "projects": _line(line)}
            for action, line in live.actions.items()
        ],
        "total": _line(live.total),
    }


@blp.put("/chains/<code>/nodes/<node_code>/state")
@guard.requires(permissions.PLAN_EDIT)
@blp.arguments(StateIn)
def put_state(body: dict[str, Any], code: str, node_code: str) -> Any:
    """Assesses a node; `If-Match` carries its version where one is known."""
    found, node = _chain(code), queries.node_by_code(node_code)
    if node is None or node.chain_id != found.id:
        raise NotFound()
    web.check_version(node.version, required=False)
    state = rules.NodeState(body["state"]) if body["state"] else None
    actions.assess(guard.current(), node, state, body["on"], body["note"], clock.today())
    edges.commit()
    action = rules.action_of(node.state)
    return {
        "code": node.code,
        "state": body["state"],
        "action": action.value if action else None,
        "version": node.version,
    }
