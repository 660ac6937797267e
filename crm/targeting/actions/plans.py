"""The bureau keeps the chains of each zone and the due days; a zone hands in its yearly chain plan, the bureau confirms or returns it."""

from collections.abc import Iterable
from datetime import date, datetime

from crm.accounts.permissions import CHAIN_PLAN_SUBMIT, PLAN_EDIT, PROJECT_WRITE
from crm.audit import actions as audit
from crm.chains.models import Chain
from crm.core.actor import Actor, Role
from crm.core.clock import local
from crm.core.db import db
from crm.core.errors import Conflict, Forbidden, RuleBroken
from crm.notices import actions as notices
from crm.projects.files import Kept
from crm.projects.rules.files import removal_reason
from crm.targeting.models import ChainPlan, ChainPlanDue, ChainPlanFile, ChainPlanStep, ZoneChain
from crm.targeting.queries import plans as queries
from crm.targeting.rules import plans as rules
from crm.targeting.rules.plans import ChainRole, PlanState
from crm.zones.models import Zone

# --- chains of a zone ---------------------------------------------------------------------------------


def set_chain(
    actor: Actor, zone: Zone, chain: Chain, kind: ChainRole, source: str, *, to_confirm: bool = False
) -> ZoneChain:
    """Says what a chain is to a zone; too many or too few leading ones are a hint, never refused (decision 14)."""
    actor.require(PLAN_EDIT)
    why = source.strip()
    if len(why) < 2:
        raise RuleBroken("来源没有填。请写明文件或会议。", "source")
    row = queries.zone_chain(zone.id, chain.id)
    before = _said(row) if row and row.active else {}
    after = {"kind": kind.value, "source": why, "to_confirm": to_confirm}
    changed = audit.difference(before, after)
    if row is None:
        row = ZoneChain(zone_id=zone.id, chain_id=chain.id)
        db.session.add(row)
    if changed:
        row.kind, row.source, row.to_confirm, row.active, row.edited = kind, why, to_confirm, True, True
        db.session.flush()
        audit.record(actor, "zone_chain.set", _about(zone, chain), changed)
    return row


def drop_chain(actor: Actor, zone: Zone, chain: Chain) -> None:
    """Takes a chain back from a zone; reference data does not bring it again."""
    actor.require(PLAN_EDIT)
    row = queries.zone_chain(zone.id, chain.id)
    if row is None or not row.active:
        raise Conflict("这条产业链已不在这个开发区名下。请刷新后查看。")
    row.active, row.edited = False, True
    db.session.flush()
    audit.record(actor, "zone_chain.dropped", _about(zone, chain), {"kind": (row.kind.value, None)})


def _said(row: ZoneChain) -> dict[str, object]:
    return {"kind": row.kind.value, "source": row.source, "to_confirm": row.to_confirm}


def _about(zone: Zone, chain: Chain) -> audit.Subject:
    return audit.Subject("zone_chain", chain.id, f"{zone.short_name} {chain.name}", zone_id=zone.id)


def set_due(actor: Actor, year: int, on: date | None, source: str) -> None:
    """Says by when the plans of a year are due, with the document that says so."""
    actor.require(PLAN_EDIT)
    rules.check_year(year)
    if on is None:
        raise RuleBroken("截止日期没有填。请写到哪一天。", "due_on")
    why = source.strip()
    if len(why) < 2:
        raise RuleBroken("依据没有填。请写明文件、会议或理由。", "source")
    row = queries.due(year)
    was = row.due_on if row else rules.due_on(year, {})
    changed = audit.difference(
        {"due_on": was, "source": row.source if row else ""}, {"due_on": on, "source": why}
    )
    if not changed:
        return
    if row is None:
        row = ChainPlanDue(year=year)
        db.session.add(row)
    row.due_on, row.source, row.changed_by = on, why, actor.user_id
    db.session.flush()
    audit.record(actor, "chain_plan.due_set", audit.Subject("chain_plan", None, f"{year}年"), changed)


# --- a zone's yearly plan -----------------------------------------------------------------------------


def subject(zone: Zone, year: int, plan: ChainPlan | None = None) -> audit.Subject:
    return audit.Subject(
        "chain_plan", plan.id if plan else None, f"{zone.short_name} {year}年产业链招商规划", zone_id=zone.id
    )


def check_own(actor: Actor, zone_id: int) -> None:
    """A plan is its own zone's to write."""
    if actor.zone_id != zone_id:
        raise Forbidden("规划由开发区自己上传和提交。")


def add_files(actor: Actor, zone: Zone, year: int, kept: Iterable[Kept], now: datetime) -> ChainPlan:
    """Puts files to an open plan, which begins with its first."""
    actor.require(PROJECT_WRITE)
    check_own(actor, zone.id)
    plan = _open(zone, rules.check_year(year))
    for each in kept:
        made = ChainPlanFile(
            plan_id=plan.id,
            filename=each.filename,
            media_type=each.media_type,
            size=each.size,
            sha256=each.sha256,
            uploaded_by=actor.user_id,
            uploaded_at=now,
        )
        db.session.add(made)
        db.session.flush()
        audit.record(actor, "chain_plan.file_added", subject(zone, year, plan), note=each.sha256)
    return plan


def _open(zone: Zone, year: int) -> ChainPlan:
    plan = queries.plan(zone.id, year)
    if plan is None:
        plan = ChainPlan(zone_id=zone.id, year=year)
        db.session.add(plan)
        db.session.flush()
    if plan.state not in rules.OPEN:
        raise RuleBroken(f"这份规划{plan.state.label}，不能再改文件。要更换请先由市商务局退回。", "file")
    return plan


def remove_file(
    actor: Actor, zone: Zone, plan: ChainPlan, found: ChainPlanFile, reason: str, now: datetime
) -> None:
    actor.require(PROJECT_WRITE)
    check_own(actor, zone.id)
    _open(zone, plan.year)
    why = removal_reason(reason)
    found.deleted_at, found.deleted_by = now, actor.user_id
    db.session.flush()
    audit.record(
        actor, "chain_plan.file_removed", subject(zone, plan.year, plan), note=f"{why} {found.sha256}"
    )


def submit(actor: Actor, zone: Zone, year: int, note: str, now: datetime) -> ChainPlan:
    """The zone's chief hands the plan in; the bureau is told."""
    actor.require(CHAIN_PLAN_SUBMIT)
    check_own(actor, zone.id)
    plan = queries.plan(zone.id, rules.check_year(year))
    files = len(queries.files_of(plan.id)) if plan else 0
    rules.check_submit(plan.state if plan else PlanState.DRAFT, files)
    if plan is None:
        raise Conflict("这份规划还没有文件。请刷新后查看。")
    plan.note, plan.reason = note.strip()[:500], ""
    plan.submitted_by, plan.submitted_at, plan.decided_by, plan.decided_at = actor.user_id, now, None, None
    _move(actor, zone, plan, PlanState.SUBMITTED, "chain_plan.submitted", plan.note, now)
    words = f"{zone.short_name}提交了{year}年产业链招商规划，请确认或退回。"
    bureau = queries.holders(Role.BUREAU, None, local(now).date())
    notices.send_many(bureau, "chain_plan", words, _address(zone, year))
    return plan


def confirm(actor: Actor, zone: Zone, plan: ChainPlan, now: datetime) -> None:
    _decide(actor, zone, plan, PlanState.CONFIRMED, "chain_plan.confirmed", "", now)


def send_back(actor: Actor, zone: Zone, plan: ChainPlan, reason: str, now: datetime) -> None:
    """Returns a plan with its reason; the zone may change the files again."""
    _decide(actor, zone, plan, PlanState.RETURNED, "chain_plan.returned", rules.check_reason(reason), now)


def _decide(
    actor: Actor, zone: Zone, plan: ChainPlan, to: PlanState, code: str, reason: str, now: datetime
) -> None:
    actor.require(PLAN_EDIT)
    rules.check_decide(plan.state)
    plan.reason, plan.decided_by, plan.decided_at = reason[:500], actor.user_id, now
    _move(actor, zone, plan, to, code, reason, now)
    words = f"{plan.year}年产业链招商规划{to.label}{f'：{reason}' if reason else ''}"
    chiefs = queries.holders(Role.CHIEF, zone.id, local(now).date())
    people = dict.fromkeys([*chiefs, *([plan.submitted_by] if plan.submitted_by else [])])
    notices.send_many(people, "chain_plan", words, _address(zone, plan.year))


def _move(
    actor: Actor, zone: Zone, plan: ChainPlan, to: PlanState, code: str, note: str, now: datetime
) -> None:
    before, plan.state = plan.state, to
    db.session.add(
        ChainPlanStep(plan_id=plan.id, state=to, note=note[:500], made_by=actor.user_id, made_at=now)
    )
    db.session.flush()
    audit.record(actor, code, subject(zone, plan.year, plan), {"state": (before.value, to.value)}, note=note)


def _address(zone: Zone, year: int) -> str:
    return f"/chains/plans/{year}/{zone.code}"
