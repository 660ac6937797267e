"""Chains for other systems: the list, the tree, the pipeline within one's reach, and the bureau's assessment."""

from typing import Any

from marshmallow import fields, validate

from crm.accounts import permissions
from crm.chains import actions, queries, rules
from crm.chains.models import Chain, NodeAssessment
from crm.core import clock
from crm.core.errors import NotFound
from crm.projects import queries as projects
from crm.targeting import queries as targeting
from crm.targeting import rules as targets
from crm.targeting.queries.plans import leading_codes
from crm.web import api as web
from crm.web import edges, guard

blp = web.blueprint("chains", "产业链与环节")


class StateIn(web.In):
    state = fields.String(
        required=True, allow_none=True, validate=validate.OneOf([s.value for s in rules.NodeState])
    )
    on = fields.Date(load_default=None, allow_none=True)
    note = web.text_for(NodeAssessment.note, load_default="")
    local_firms = fields.Integer(load_default=None, allow_none=True)
    local_share = fields.Decimal(load_default=None, allow_none=True)
    depends_on = web.text_for(NodeAssessment.depends_on, load_default="")
    gap = web.text_for(NodeAssessment.gap, load_default="")
    priority = fields.Integer(load_default=None, allow_none=True)
    action = fields.String(
        load_default=None, allow_none=True, validate=validate.OneOf([a.value for a in rules.ChainAction])
    )
    action_reason = web.text_for(NodeAssessment.action_reason, load_default="")
    assessor = web.text_for(NodeAssessment.assessor, load_default="")
    valid_until = fields.Date(load_default=None, allow_none=True)


class ZoneArgs(web.In):
    zone = fields.String(load_default="")


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


def _targets(found: targets.Companies) -> dict[str, int]:
    """Companies by progress, those given up left out."""
    counts = {progress.value: found.by_progress.get(progress, 0) for progress in targets.LIVE_PROGRESS}
    return counts | {
        "all": found.targets,
        "converted": found.converted,
        "given_up": found.given_up,
        "local": found.local,
    }


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
        "priority": node.priority,
        "valid_until": node.valid_until.isoformat() if node.valid_until else None,
    }


@blp.route("/chains")
@guard.requires(permissions.PROJECT_SEE)
def chains() -> Any:
    """The city's chains with their counts within one's reach."""
    actor = guard.current()
    companies, projects = targeting.companies_by_chain(actor), targeting.projects_by_chain(actor)
    leading, states = leading_codes(), queries.states(clock.today())
    items = [
        {
            "code": row.code,
            "name": row.name,
            "zones": list(leading.get(row.id, ())),
            "nodes": states.get(row.id, queries.States()).links,
            "assessed": states.get(row.id, queries.States()).assessed,
            "targets": _targets(companies.get(row.id, targets.Companies())),
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
        "zones": list(leading_codes().get(found.id, ())),
        "notice": rules.BANNER,
        "source": found.source,
        "nodes": nodes,
        "version": found.version,
    }


@blp.get("/chains/<code>/pipeline")
@guard.requires(permissions.PROJECT_SEE)
@blp.arguments(ZoneArgs, location="query")
def pipeline(args: dict[str, Any], code: str) -> Any:
    """Targets by progress and live projects in stage groups, by node and by 建链, 补链, 强链, 延链, of one `zone` where asked.

    Amounts in 万元.
    """
    found, actor = _chain(code), guard.current()
    zone = next((z for z in projects.zones(actor) if z.code == args["zone"]), None)
    if args["zone"] and zone is None:
        raise NotFound()
    zone_id = zone.id if zone else None
    nodes = queries.nodes(found.id)
    live = targeting.pipeline(actor, found.id, {n.id: n.action for n in nodes}, zone_id)
    companies = targeting.companies_by_node(actor, found.id, zone_id)
    standing = [targets.Node(n.id, n.action, n.priority) for n in nodes]
    return {
        "chain": found.code,
        "nodes": [
            _node(n)
            | {
                "targets": _targets(companies.get(n.id, targets.Companies())),
                "projects": _line(live.nodes.get(n.id, targets.Line())),
            }
            for n in nodes
        ],
        "actions": [
            {
                "action": d.action.value if d.action else None,
                "targets": _targets(d.companies),
                "projects": _line(d.projects),
            }
            for d in targets.directions(standing, companies, live)
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
    chosen = rules.ChainAction(body["action"]) if body["action"] else None
    said = rules.Assessment(**body | {"state": state, "action": chosen})
    actions.assess(guard.current(), node, said, clock.today())
    edges.commit()
    action = rules.action_of(node.state, node.action)
    return {
        "code": node.code,
        "state": body["state"],
        "action": action.value if action else None,
        "version": node.version,
    }
