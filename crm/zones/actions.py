"""Keeping zones, aliases, plans and quotas. Whatever is changed here is marked `edited`: reference data never overwrites it."""

from dataclasses import asdict
from typing import Any

from crm.accounts import permissions
from crm.audit import actions as audit
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.errors import Conflict, RuleBroken
from crm.units import queries as units
from crm.units.models import Unit
from crm.zones import queries, rules
from crm.zones.models import Plan, Quota, Zone, ZoneAlias


def _subject(zone: Zone) -> audit.Subject:
    return audit.Subject("zone", zone.id, zone.short_name, zone_id=zone.id)


def open_zone(actor: Actor, unit: Unit) -> Zone:
    """The facts' row of a zone that was just added to the tree of units; its name is its first alias."""
    actor.require(permissions.ADMIN_UNITS)
    db.session.flush()
    zone = Zone(
        id=unit.id,
        code=unit.code,
        name=unit.name,
        short_name=unit.short_name,
        sources={"name": "机构登记"},
        order_no=len(queries.rows()) + 1,
        edited=True,
    )
    db.session.add(zone)
    db.session.flush()
    for name in dict.fromkeys((unit.short_name, unit.name)):
        _new_alias(zone, name, "机构登记")
    return zone


def follow_unit(unit: Unit) -> None:
    """A renamed unit renames its zone, so that tree and lists say the same; for other units nothing happens."""
    zone = queries.by_id(unit.id)
    if zone is not None and (zone.name, zone.short_name) != (unit.name, unit.short_name):
        zone.name, zone.short_name, zone.edited = unit.name, unit.short_name, True
        zone.sources = {**zone.sources, "name": "机构登记"}


def edit_zone(actor: Actor, zone: Zone, draft: rules.ZoneDraft) -> None:
    actor.require(permissions.PLAN_EDIT)
    rules.check_zone(draft)
    before = {key: getattr(zone, key) for key in rules.FACTS} | {"short_name": zone.short_name}
    after: dict[str, Any] = {**draft.values, "short_name": draft.short_name.strip()}
    changed = audit.difference(before, after)
    moved = audit.difference(zone.sources, dict(draft.sources))
    if not changed and not moved:
        return
    for key in changed:
        setattr(zone, key, after[key])
    zone.sources = {**zone.sources, **draft.sources}
    zone.edited = True
    _rename_unit(zone)
    diff = {k: (_words(a), _words(b)) for k, (a, b) in changed.items()}
    diff |= {f"{key}_source": pair for key, pair in moved.items()}
    audit.record(actor, "zone.edited", _subject(zone), diff)


def _rename_unit(zone: Zone) -> None:
    unit = units.find(zone.id)
    if unit is not None and (unit.name, unit.short_name) != (zone.name, zone.short_name):
        unit.name, unit.short_name, unit.edited = zone.name, zone.short_name, True


def _words(value: Any) -> Any:
    return "、".join(value) if isinstance(value, list) else value


def _new_alias(zone: Zone, alias: str, source: str) -> ZoneAlias | None:
    key = rules.alias_key(alias)
    if any(a.key == key for a in queries.aliases_of(zone.id)):
        return None
    row = ZoneAlias(zone_id=zone.id, alias=alias.strip(), key=key, source=source.strip())
    db.session.add(row)
    db.session.flush()
    return row


def add_alias(actor: Actor, zone: Zone, alias: str, source: str) -> None:
    """One alias may belong to zones of several counties: whoever types it is resolved within his county, else asked."""
    actor.require(permissions.PLAN_EDIT)
    if not rules.alias_key(alias):
        raise RuleBroken("别名没有填。请填写。", field="alias")
    if len(alias.strip()) > 80:
        raise RuleBroken("别名最多 80 个字，请缩短。", field="alias")
    if not source.strip():
        raise RuleBroken("来源没有填。请写明出处，如“通行简称”。", field="source")
    if _new_alias(zone, alias, source) is None:
        raise RuleBroken("这个别名已经有了，不用再加。", field="alias")
    zone.edited = True
    audit.record(actor, "zone.alias_added", _subject(zone), {"alias": (None, alias.strip())})


def remove_alias(actor: Actor, zone: Zone, alias: ZoneAlias) -> None:
    actor.require(permissions.PLAN_EDIT)
    zone.edited = True
    audit.record(actor, "zone.alias_removed", _subject(zone), {"alias": (alias.alias, None)})
    db.session.delete(alias)


# --- plans ----------------------------------------------------------------------------------------


def _plan_subject(plan: Plan) -> audit.Subject:
    return audit.Subject("plan", plan.id, plan.title)


def _free_years(draft: rules.PlanDraft, but: int | None = None) -> None:
    other = queries.overlapping(draft.first_year, draft.last_year, but)
    if other is not None:
        raise RuleBroken(
            f"《{other.title}》已经管 {other.first_year}–{other.last_year} 年，同一年只能有一个方案。请改年份。",
            field="first_year",
        )


def _free_code(code: str) -> None:
    if queries.plan_by_code(code) is not None:
        raise RuleBroken("这个方案代码已有，请换一个。", field="code")


def create_plan(actor: Actor, draft: rules.PlanDraft) -> Plan:
    actor.require(permissions.PLAN_EDIT)
    rules.check_plan(draft)
    _free_code(draft.code)
    _free_years(draft)
    plan = Plan(**asdict(draft), edited=True)
    db.session.add(plan)
    db.session.flush()
    audit.record(actor, "plan.created", _plan_subject(plan))
    return plan


def edit_plan(actor: Actor, plan: Plan, draft: rules.PlanDraft) -> None:
    """The code stays. Years that hold quotas cannot be cut off."""
    actor.require(permissions.PLAN_EDIT)
    rules.check_plan(draft)
    _free_years(draft, plan.id)
    years = {q.year for q in queries.quotas_of_plan(plan.id)}
    if any(not draft.first_year <= year <= draft.last_year for year in years):
        raise RuleBroken("被去掉的年份里还有配额。请先取消那些年份的配额，再改年份。", field="last_year")
    after = {k: v for k, v in asdict(draft).items() if k != "code"}
    changed = audit.difference({key: getattr(plan, key) for key in after}, after)
    for key in changed:
        setattr(plan, key, after[key])
    if changed:
        plan.edited = True
        audit.record(actor, "plan.edited", _plan_subject(plan), changed)


def copy_plan(
    actor: Actor, plan: Plan, code: str, first_year: int, last_year: int, title: str = "", source: str = ""
) -> Plan:
    """A plan for other years with the same rules and, for each of its years, the quotas of the old plan's last year.

    It carries the banner of decision 14 until the bureau edits it.
    """
    actor.require(permissions.PLAN_EDIT)
    banner = rules.banner_of_copy(plan.first_year, plan.last_year)
    draft = rules.PlanDraft(
        code=code.strip(),
        title=title.strip() or f"{plan.title}（{first_year}–{last_year}）",
        first_year=first_year,
        last_year=last_year,
        counting_milestone=plan.counting_milestone,
        amount_basis=plan.amount_basis,
        carry_surplus=plan.carry_surplus,
        banner=banner,
        source=source.strip() or f"复制自《{plan.title}》{plan.document_no}，{banner}",
    )
    rules.check_plan(draft)
    _free_code(draft.code)
    _free_years(draft)
    made = Plan(**asdict(draft), copied_from_id=plan.id, edited=True)
    db.session.add(made)
    db.session.flush()
    model = [q for q in queries.quotas_of_plan(plan.id) if q.year == plan.last_year]
    for year in range(first_year, last_year + 1):
        db.session.add_all([_quota_like(q, made.id, year) for q in model])
    db.session.flush()
    audit.record(actor, "plan.copied", _plan_subject(made), note=f"复制自 {plan.code}")
    return made


def _quota_like(q: Quota, plan_id: int, year: int) -> Quota:
    return Quota(
        plan_id=plan_id,
        zone_id=q.zone_id,
        year=year,
        threshold=q.threshold,
        threshold_usd=q.threshold_usd,
        target=q.target,
        wording=q.wording,
        to_confirm=q.to_confirm,
        source=q.source,
    )


# --- quotas ---------------------------------------------------------------------------------------

_QUOTA_FIELDS = ("target", "threshold", "threshold_usd", "wording", "to_confirm", "source")


def set_quota(
    actor: Actor, plan: Plan, zone: Zone, year: int, draft: rules.QuotaDraft, *, seen: int | None = None
) -> Quota:
    """Sets a zone's quota of one year. `seen` is the version the caller looked at, None where there was no quota.

    Raises Conflict when somebody else set or removed it meanwhile.
    """
    actor.require(permissions.PLAN_EDIT)
    rules.check_quota(draft)
    if not plan.first_year <= year <= plan.last_year:
        raise RuleBroken(f"{year} 年不在本方案的年份内。")
    row = queries.quota(plan.id, year, zone.id)
    if (row.version if row else None) != seen:
        raise Conflict("这条配额刚被他人修改。请刷新后核对再改。")
    before = {key: getattr(row, key) if row else None for key in _QUOTA_FIELDS}
    after = {key: getattr(draft, key) for key in _QUOTA_FIELDS}
    if row is None:
        row = Quota(plan_id=plan.id, zone_id=zone.id, year=year, **after, edited=True)
        db.session.add(row)
    changed = audit.difference(before, after)
    for key in changed:
        setattr(row, key, after[key])
    if changed:
        row.edited = plan.edited = True
        audit.record(actor, "quota.edited", _quota_subject(plan, zone, year), changed)
    db.session.flush()
    return row


def set_quota_from(
    actor: Actor, plan: Plan, zone: Zone, year: int, draft: rules.QuotaDraft, *, seen: int | None = None
) -> None:
    """The same for this year and every later one of the plan; only this year's version is compared."""
    set_quota(actor, plan, zone, year, draft, seen=seen)
    for later in range(year + 1, plan.last_year + 1):
        row = queries.quota(plan.id, later, zone.id)
        set_quota(actor, plan, zone, later, draft, seen=row.version if row else None)


def drop_quota(actor: Actor, plan: Plan, zone: Zone, year: int, *, seen: int) -> None:
    """The zone is no longer assessed on its own in that year: 不单列考核."""
    actor.require(permissions.PLAN_EDIT)
    row = queries.quota(plan.id, year, zone.id)
    if row is None or row.version != seen:
        raise Conflict("这条配额刚被他人修改。请刷新后核对再改。")
    gone = {key: (getattr(row, key), None) for key in _QUOTA_FIELDS}
    plan.edited = True
    audit.record(actor, "quota.edited", _quota_subject(plan, zone, year), gone, note=rules.NOT_ASSESSED)
    db.session.delete(row)


def _quota_subject(plan: Plan, zone: Zone, year: int) -> audit.Subject:
    return audit.Subject("quota", plan.id, f"{plan.code} {year} {zone.short_name}", zone_id=zone.id)
