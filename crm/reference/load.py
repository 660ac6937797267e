"""Brings the shipped facts into the database: again and again without harm, never over an edited row."""

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from crm.chains.models import Chain, ChainNode
from crm.core.db import db
from crm.reference.files import read
from crm.targeting.models import ChainPlanDue, ZoneChain
from crm.targeting.rules.plans import DUE_ITEM, ChainRole
from crm.units.models import Unit
from crm.units.rules import UnitKind
from crm.zones.models import Plan, Quota, Zone, ZoneAlias
from crm.zones.rules import alias_key


def everything() -> dict[str, int]:
    """Rows present afterwards, by kind. The caller commits."""
    units = _units()
    zones = _zones(units)
    plans = _plans(zones)
    chains = _chains()
    _zone_chains(zones)
    return {"units": len(units), "zones": len(zones), "plans": plans, "chains": chains}


def _set(row: Any, values: dict[str, Any]) -> None:
    """Writes only what differs, and nothing at all over a row that a person has edited."""
    if row.edited:
        return
    for key, value in values.items():
        if getattr(row, key) != value:
            setattr(row, key, value)


def _units() -> dict[str, Unit]:
    known = {u.code: u for u in db.session.scalars(select(Unit))}
    for order, item in enumerate(read("units.json")["units"]):
        kind = UnitKind(item["kind"])
        parent = known.get(item["parent"]) if item["parent"] else None
        values = {
            "name": item["name"],
            "short_name": item["short_name"],
            "kind": kind,
            "parent_id": parent.id if parent else None,
            "county_id": parent.county_id if parent else None,
            "order_no": order,
            "source": item["source"],
        }
        unit = known.get(item["code"])
        if unit is None:
            unit = known[item["code"]] = Unit(code=item["code"], **values)
            db.session.add(unit)
            db.session.flush()
        else:
            _set(unit, {k: v for k, v in values.items() if k != "county_id"})
        _place(unit, kind)
    db.session.flush()
    return known


def _place(unit: Unit, kind: UnitKind) -> None:
    if kind is UnitKind.ZONE and unit.zone_id is None:
        unit.zone_id = unit.id
    if kind in (UnitKind.COUNTY, UnitKind.BLOCK) and unit.county_id is None:
        unit.county_id = unit.id


_SOURCED = (
    "name",
    "level",
    "zone_type",
    "district",
    "leading_industries",
    "established",
    "chemical_park",
    "notes",
)


def _zones(units: dict[str, Unit]) -> dict[str, Zone]:
    known = {z.code: z for z in db.session.scalars(select(Zone))}
    aliases = {(a.zone_id, a.key) for a in db.session.scalars(select(ZoneAlias))}
    for order, item in enumerate(read("zones.json")["zones"]):
        values = {key: item[key]["value"] for key in _SOURCED}
        values |= {
            "short_name": item["short_name"],
            "order_no": order,
            "sources": {k: item[k]["source"] for k in _SOURCED},
        }
        zone = known.get(item["code"])
        if zone is None:
            zone = known[item["code"]] = Zone(id=units[item["code"]].id, code=item["code"], **values)
            db.session.add(zone)
        else:
            _set(zone, values)
        db.session.flush()
        if not zone.edited:
            _aliases(zone, item["aliases"], aliases)
    return known


def _aliases(zone: Zone, items: list[dict[str, str]], known: set[tuple[int, str]]) -> None:
    for item in items:
        key = alias_key(item["alias"])
        if (zone.id, key) not in known:
            known.add((zone.id, key))
            db.session.add(ZoneAlias(zone_id=zone.id, alias=item["alias"], key=key, source=item["source"]))


def _plans(zones: dict[str, Zone]) -> int:
    for item in read("plans.json")["plans"]:
        plan = db.session.scalar(select(Plan).where(Plan.code == item["code"]))
        values = {k: v for k, v in item.items() if k not in ("code", "quotas")}
        if plan is None:
            plan = Plan(code=item["code"], **values)
            db.session.add(plan)
            db.session.flush()
        _quotas(plan, item["quotas"], zones)
    return len(read("plans.json")["plans"])


def _quotas(plan: Plan, items: list[dict[str, Any]], zones: dict[str, Zone]) -> None:
    known = {(q.year, q.zone_id) for q in db.session.scalars(select(Quota).where(Quota.plan_id == plan.id))}
    if known and plan.edited:
        return
    for year in range(plan.first_year, plan.last_year + 1):
        for item in items:
            zone = zones[item["zone"]]
            if (year, zone.id) in known:
                continue
            amounts = {
                "threshold": Decimal(item["threshold"]),
                "threshold_usd": Decimal(item["threshold_usd"]),
            }
            rest = {k: item[k] for k in ("target", "wording", "to_confirm", "source")}
            db.session.add(Quota(plan_id=plan.id, zone_id=zone.id, year=year, **amounts, **rest))


def _chains() -> int:
    chains = {c.code: c for c in db.session.scalars(select(Chain))}
    nodes = {n.code: n for n in db.session.scalars(select(ChainNode))}
    for order, item in enumerate(read("chains.json")["chains"]):
        values = {k: item[k] for k in ("name", "name_en", "zone_codes", "note", "source")} | {
            "order_no": order
        }
        chain = chains.get(item["code"])
        if chain is None:
            chain = chains[item["code"]] = Chain(code=item["code"], **values)
            db.session.add(chain)
            db.session.flush()
        else:
            _set(chain, values)
        _nodes(chain, None, item["nodes"], nodes)
    db.session.flush()
    return len(chains)


def _nodes(
    chain: Chain, parent: ChainNode | None, items: list[dict[str, Any]], known: dict[str, ChainNode]
) -> None:
    for order, item in enumerate(items):
        values = {k: item[k] for k in ("name", "name_en", "position", "products", "gbt4754", "anchors")} | {
            "order_no": order
        }
        node = known.get(item["code"])
        if node is None:
            node = known[item["code"]] = ChainNode(
                chain_id=chain.id, parent_id=parent.id if parent else None, code=item["code"], **values
            )
            db.session.add(node)
            db.session.flush()
        else:
            _set(node, values)
        _nodes(chain, node, item["children"], known)


def _zone_chains(zones: dict[str, Zone]) -> None:
    """Which chains lead in a zone, and the day that the plan names for the first chain plans."""
    chains = {chain.code: chain.id for chain in db.session.scalars(select(Chain))}
    known = {(row.zone_id, row.chain_id): row for row in db.session.scalars(select(ZoneChain))}
    for item in read("zone_chains.json")["zone_chains"]:
        values = {"kind": ChainRole(item["kind"]), "source": item["source"], "to_confirm": item["to_confirm"]}
        place = (zones[item["zone"]].id, chains[item["chain"]])
        row = known.get(place)
        if row is None:
            db.session.add(ZoneChain(zone_id=place[0], chain_id=place[1], **values))
        else:
            _set(row, values)
    if db.session.get(ChainPlanDue, _FIRST_DUE.year) is None:
        db.session.add(ChainPlanDue(year=_FIRST_DUE.year, due_on=_FIRST_DUE, source=DUE_ITEM))
    db.session.flush()


_FIRST_DUE = date(2022, 12, 31)
