"""The ranking of a link, the releases of the guidance catalogue, the chains of a zone."""

from typing import Any

from marshmallow import fields, validate

from crm.accounts.permissions import PROJECT_SEE
from crm.core import clock
from crm.core.errors import NotFound
from crm.core.paging import MOST_PER_PAGE
from crm.projects import queries as projects
from crm.targeting import shapes
from crm.targeting.api import blp
from crm.targeting.queries import plans, ranking
from crm.targeting.queries import releases as kept
from crm.targeting.rules import plans as plan_rules
from crm.web import api, guard
from crm.zones import queries as zones


class RankArgs(api.In):
    node = fields.String(required=True)
    zone = fields.String(load_default="")
    limit = fields.Integer(load_default=50, validate=validate.Range(1, MOST_PER_PAGE))


@blp.get("/targets/rank")
@guard.requires(PROJECT_SEE)
@blp.arguments(RankArgs, location="query")
@blp.response(200)
def rank(args: dict[str, Any]) -> dict[str, Any]:
    """The register ranked for a link (its code): score 0 to 100, each part with points, factor and words, of one `zone`'s eyes where asked."""
    actor, node = guard.current(), ranking.node(args["node"])
    zone = next((z for z in projects.zones(actor) if z.code == args["zone"]), None)
    if args["zone"] and zone is None:
        raise NotFound()
    found = ranking.rank(actor, node, clock.today(), zone_id=zone.id if zone else None, most=args["limit"])
    return shapes.ranking(found, node, args["zone"] or None)


@blp.get("/catalogue/releases")
@guard.requires(PROJECT_SEE)
@blp.response(200)
def releases() -> dict[str, Any]:
    """Every release of the guidance catalogue, the newest first, with what it changed."""
    items = [
        {
            "number": row.number,
            "released_on": row.released_on.isoformat(),
            "by": row.by,
            "note": row.note,
            "changes": list(row.changes),
        }
        for row in kept.every()
    ]
    return {"items": items, "page": 1, "per_page": len(items), "total": len(items), "next": None}


@blp.get("/catalogue/releases/<int:number>")
@guard.requires(PROJECT_SEE)
@blp.response(200)
def release(number: int) -> dict[str, Any]:
    """One release with its rows as they were frozen."""
    found = kept.numbered(number)
    return {
        "number": found.number,
        "released_on": found.released_on.isoformat(),
        "note": found.note,
        "changes": found.changes,
        "rows": found.rows,
    }


@blp.get("/zones/<code>/chains")
@guard.requires(PROJECT_SEE)
@blp.response(200)
def zone_chains(code: str) -> dict[str, Any]:
    """The chains of a zone, the leading first; `hint` where their number is not what the plan has in mind."""
    zone = zones.by_code(code)
    if zone is None:
        raise NotFound()
    rows = plans.zone_chains(zone_id=zone.id)
    leading = sum(1 for row in rows if row.kind is plan_rules.ChainRole.LEADING)
    items = [
        {
            "chain": r.chain_code,
            "name": r.chain,
            "kind": r.kind.value,
            "source": r.source,
            "to_confirm": r.to_confirm,
        }
        for r in rows
    ]
    return {"zone": zone.code, "hint": plan_rules.leading_hint(zone.level, leading), "items": items}
