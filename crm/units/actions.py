"""Keeping the tree of units and the list of leaders. `zone_id` and `county_id` of every unit below follow each change."""

from collections.abc import Sequence
from datetime import date

from crm.audit import actions as audit
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.errors import RuleBroken
from crm.units import queries, rules
from crm.units.models import Leader, Unit

#: The verbs are declared in `accounts`, which stands above this feature.
ADMIN_UNITS, ASSIGN = "admin.units", "assign"


def _subject(unit: Unit) -> audit.Subject:
    return audit.Subject("unit", unit.id, unit.short_name, zone_id=unit.zone_id)


def _place(ids: Sequence[int]) -> None:
    """Brings the nearest zone and county of these units up to date."""
    db.session.flush()
    found = rules.places(queries.nodes())
    for unit in queries.with_ids(ids):
        if (unit.zone_id, unit.county_id) != found[unit.id]:
            unit.zone_id, unit.county_id = found[unit.id]
    db.session.flush()


def create(actor: Actor, parent: Unit | None, draft: rules.UnitDraft) -> Unit:
    """A unit under `parent`; without one only the city. For a zone the caller also opens its facts (`zones.actions`)."""
    actor.require(ADMIN_UNITS)
    rules.check_unit(draft)
    if parent is None:
        if draft.kind is not rules.UnitKind.CITY:
            raise RuleBroken("上级机构没有填。请选择。", field="parent")
    elif not parent.active:
        raise RuleBroken("上级机构已停用。请先启用，或另选上级机构。", field="parent")
    else:
        rules.check_child(parent.kind, draft.kind)
    if queries.by_code(draft.code) is not None:
        raise RuleBroken("这个机构代码已有，请换一个。", field="code")
    unit = Unit(
        code=draft.code,
        name=draft.name,
        short_name=draft.short_name or draft.name[:60],
        kind=draft.kind,
        parent_id=parent.id if parent else None,
        order_no=len(queries.nodes()),
        source=draft.source,
        edited=True,
    )
    db.session.add(unit)
    db.session.flush()
    _place([unit.id])
    audit.record(actor, "unit.created", _subject(unit))
    return unit


def rename(actor: Actor, unit: Unit, name: str, short_name: str) -> None:
    actor.require(ADMIN_UNITS)
    draft = rules.UnitDraft(unit.code, name.strip(), short_name.strip() or name.strip()[:60], unit.kind)
    rules.check_unit(draft)
    before = {"name": unit.name, "short_name": unit.short_name}
    changed = audit.difference(before, {"name": draft.name, "short_name": draft.short_name})
    if changed:
        unit.name, unit.short_name, unit.edited = draft.name, draft.short_name, True
        audit.record(actor, "unit.edited", _subject(unit), changed)


def move(actor: Actor, unit: Unit, parent: Unit) -> None:
    """Everything below moves along; whoever holds a post there reaches the new zone and county from then on."""
    actor.require(ADMIN_UNITS)
    if unit.parent_id == parent.id:
        return
    nodes = queries.nodes()
    own, target = (rules.Node(u.id, u.kind, u.parent_id) for u in (unit, parent))
    rules.check_move(own, target, nodes)
    if not parent.active:
        raise RuleBroken("上级机构已停用。请先启用，或另选上级机构。", field="parent")
    above = queries.find(unit.parent_id) if unit.parent_id else None
    unit.parent_id, unit.edited = parent.id, True
    _place(rules.subtree(unit.id, nodes))
    moved = {"parent": (above.short_name if above else None, parent.short_name)}
    audit.record(actor, "unit.moved", _subject(unit), moved)


def deactivate(actor: Actor, unit: Unit, posts_in_force: int, today: date) -> None:
    """Only when empty: nothing active below, nobody in a post or in office, no business row that points here.

    `posts_in_force` comes from the caller, because posts stand above units.
    """
    actor.require(ADMIN_UNITS)
    if unit.kind is rules.UnitKind.CITY:
        raise RuleBroken("市本级不能停用。")
    if queries.active_children(unit.id):
        raise RuleBroken("下面还有在用的机构。请先移走或停用下级机构。")
    if posts_in_force:
        raise RuleBroken(f"还有 {posts_in_force} 个在任岗位。请先结束这些岗位。")
    if queries.leaders(today, unit_id=unit.id):
        raise RuleBroken("还有在任领导登记在这里。请先修改他们的任期。")
    if queries.in_use(unit.id):
        raise RuleBroken("还有企业、项目或走访记录属于这里，不能停用。")
    unit.active, unit.edited = False, True
    audit.record(actor, "unit.deactivated", _subject(unit))


def activate(actor: Actor, unit: Unit) -> None:
    actor.require(ADMIN_UNITS)
    above = queries.find(unit.parent_id) if unit.parent_id else None
    if above is not None and not above.active:
        raise RuleBroken("上级机构已停用。请先启用上级机构。")
    unit.active, unit.edited = True, True
    audit.record(actor, "unit.activated", _subject(unit))


def import_units(
    actor: Actor, rows: Sequence[tuple[str, rules.UnitDraft]], numbers: Sequence[int] = ()
) -> list[Unit]:
    """New units from (code of the parent, draft), parents before children; all or nothing.

    Every refusal is collected into one RuleBroken, one line a row.
    """
    made: list[Unit] = []
    refused: list[str] = []
    for at, (above, draft) in enumerate(rows):
        try:
            parent = queries.by_code(above) if above else None
            if above and parent is None:
                raise RuleBroken(f"没有代码为 {above} 的上级机构。请核对，或把上级放在前面的行。")
            made.append(create(actor, parent, draft))
        except RuleBroken as broken:
            refused.append(f"第 {numbers[at] if numbers else at + 1} 行：{broken.message}")
    if refused:
        raise RuleBroken("\n".join(refused))
    audit.record(actor, "unit.imported", audit.Subject("unit", None, f"{len(made)} 个机构"))
    return made


# --- leaders --------------------------------------------------------------------------------------

_LEADER = ("name", "title", "level", "unit_id", "rank_no", "starts_on", "ends_on")


def _may_keep_leaders(actor: Actor, unit: Unit | None) -> None:
    if actor.can(ADMIN_UNITS):
        return
    actor.require(ASSIGN)
    own = actor.scope(ASSIGN) == "C" or (unit is not None and unit.zone_id == actor.zone_id)
    if not own:
        raise RuleBroken("只能登记本板块的领导。请重选机构。", field="unit")


def _unit(unit_id: int) -> Unit:
    unit = queries.find(unit_id)
    if unit is None or not unit.active:
        raise RuleBroken("没有这个机构，或已停用。请重选机构。", field="unit")
    return unit


def add_leader(actor: Actor, draft: rules.LeaderDraft) -> Leader:
    """A leader in office; a rotation ends the old row and adds a new one, so that history keeps who it was."""
    unit = _unit(draft.unit_id)
    _may_keep_leaders(actor, unit)
    rules.check_leader(draft)
    leader = Leader(**{key: getattr(draft, key) for key in _LEADER})
    db.session.add(leader)
    db.session.flush()
    audit.record(actor, "leader.created", audit.Subject("leader", leader.id, f"{leader.name} {leader.title}"))
    return leader


def edit_leader(actor: Actor, leader: Leader, draft: rules.LeaderDraft) -> None:
    _may_keep_leaders(actor, queries.find(leader.unit_id))
    _may_keep_leaders(actor, _unit(draft.unit_id))
    rules.check_leader(draft)
    after = {key: getattr(draft, key) for key in _LEADER}
    changed = audit.difference({key: getattr(leader, key) for key in _LEADER}, after)
    for key in changed:
        setattr(leader, key, after[key])
    if changed:
        subject = audit.Subject("leader", leader.id, f"{leader.name} {leader.title}")
        audit.record(actor, "leader.edited", subject, changed)
