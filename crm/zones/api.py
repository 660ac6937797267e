"""Zones, plans and quotas for other systems; the same actions as the pages."""

from typing import Any

from marshmallow import fields

from crm.accounts import permissions
from crm.core.db import db
from crm.core.errors import NotFound
from crm.web import api as web
from crm.web import edges, guard
from crm.zones import actions, queries, rules
from crm.zones.models import Plan, Quota, Zone

blp = web.blueprint("zones", "开发区、方案与配额")


class ZoneIn(web.In):
    """Facts by name; `sources` names where each changed value comes from."""

    short_name = web.text_for(Zone.short_name)
    values = fields.Dict(keys=fields.String(), load_default=dict)
    sources = fields.Dict(
        keys=fields.String(), values=fields.String(validate=web.at_most(400)), load_default=dict
    )


class QuotaIn(web.In):
    target = fields.Integer(required=True)
    threshold = web.Wan(required=True)
    threshold_usd = web.Wan(required=True)
    wording = web.text_for(Quota.wording, load_default="")
    to_confirm = fields.Boolean(load_default=False)
    source = web.text_for(Quota.source, required=True)


class YearArgs(web.ListArgs):
    year = fields.Integer(load_default=None, allow_none=True)


def _dump(zone: Zone) -> dict[str, Any]:
    return {
        "code": zone.code,
        "short_name": zone.short_name,
        **{key: getattr(zone, key) for key in rules.FACTS},
        "aliases": [a.alias for a in queries.aliases_of(zone.id)],
        "sources": zone.sources,
        "version": zone.version,
    }


def _zone(code: str) -> Zone:
    zone = queries.by_code(code)
    if zone is None:
        raise NotFound()
    return zone


def _plan(code: str) -> Plan:
    plan = queries.plan_by_code(code)
    if plan is None:
        raise NotFound()
    return plan


@blp.route("/zones")
@guard.requires(permissions.PROJECT_SEE)
def zones() -> Any:
    """Every zone."""
    items = [
        {
            "code": r.code,
            "name": r.name,
            "short_name": r.short_name,
            "level": r.level,
            "zone_type": r.zone_type,
            "district": r.district,
            "county": r.county_name,
            "leading_industries": list(r.leading_industries),
            "active": r.active,
        }
        for r in queries.rows()
    ]
    return {"items": items, "page": 1, "per_page": len(items), "total": len(items), "next": None}


@blp.get("/zones/<code>")
@guard.requires(permissions.PROJECT_SEE)
def zone(code: str) -> Any:
    """One zone with the source of every value."""
    return _dump(_zone(code))


@blp.patch("/zones/<code>")
@guard.requires(permissions.PLAN_EDIT)
@blp.arguments(ZoneIn)
def edit_zone(body: dict[str, Any], code: str) -> Any:
    """Changes facts; `If-Match` carries the version."""
    found = _zone(code)
    web.check_version(found.version)
    known = {key: getattr(found, key) for key in rules.FACTS}
    values = known | {k: v for k, v in body["values"].items() if k in rules.FACTS}
    sources = {key: found.sources.get(key, "") for key in rules.FACTS} | body["sources"]
    draft = rules.ZoneDraft(body.get("short_name", found.short_name), values, sources)
    actions.edit_zone(guard.current(), found, draft)
    edges.commit()
    return _dump(found)


@blp.route("/plans")
@guard.requires(permissions.BOARD_SEE, permissions.PLAN_EDIT)
def plans() -> Any:
    """Every plan, the latest years first."""
    items = [
        {
            "code": r.code,
            "title": r.title,
            "document_no": r.document_no,
            "first_year": r.first_year,
            "last_year": r.last_year,
            "counting_milestone": r.counting_milestone.value,
            "amount_basis": r.amount_basis.value,
            "banner": r.banner,
        }
        for r in queries.plans()
    ]
    return {"items": items, "page": 1, "per_page": len(items), "total": len(items), "next": None}


@blp.get("/plans/<code>/quotas")
@guard.requires(permissions.BOARD_SEE, permissions.PLAN_EDIT)
@blp.arguments(YearArgs, location="query")
def quotas(args: dict[str, Any], code: str) -> Any:
    """A year's quotas by zone; null target means 不单列考核."""
    plan = _plan(code)
    year = args["year"] or plan.last_year
    items = [
        {
            "zone": r.zone_code,
            "year": r.year,
            "target": r.target,
            "threshold": web.amount_text(r.threshold),
            "threshold_usd": web.amount_text(r.threshold_usd),
            "wording": r.wording,
            "to_confirm": r.to_confirm,
            "source": r.source,
            "version": r.version,
        }
        for r in queries.quotas(plan.id, year)
    ]
    return {"items": items, "page": 1, "per_page": len(items), "total": len(items), "next": None}


@blp.put("/plans/<code>/quotas/<int:year>/<zone_code>")
@guard.requires(permissions.PLAN_EDIT)
@blp.arguments(QuotaIn)
def put_quota(body: dict[str, Any], code: str, year: int, zone_code: str) -> Any:
    """Sets a zone's quota of one year; `If-Match` carries the version where there is one already."""
    plan, found = _plan(code), _zone(zone_code)
    row: Quota | None = queries.quota(plan.id, year, found.id)
    if row is not None:
        web.check_version(row.version)
    made = actions.set_quota(
        guard.current(), plan, found, year, rules.QuotaDraft(**body), seen=row.version if row else None
    )
    edges.commit()
    db.session.refresh(made)
    return {"zone": found.code, "year": year, "target": made.target, "version": made.version}
