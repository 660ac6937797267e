"""The bureau recognises, returns, revokes and corrects a statistical date; nobody decides on his own submission."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any

from crm.accounts import permissions
from crm.audit import actions as audit
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.errors import Conflict, Forbidden, RuleBroken
from crm.pipeline import queries, rules
from crm.pipeline.actions.endings import copied, end, report_end, report_replacement
from crm.pipeline.actions.following import follow, subject, tell
from crm.pipeline.models import Milestone, Recognition
from crm.pipeline.rules import EndKind, MilestoneKind, MilestoneState
from crm.projects import queries as projects
from crm.projects.models import Phase, Project
from crm.projects.rules import PhaseKind, Status


def recognise(
    actor: Actor,
    project: Project,
    kind: MilestoneKind,
    recognised_on: date,
    today: date,
    now: datetime,
    phase: Phase | None = None,
) -> Recognition:
    """Freezes amount, currency column, tier and zone under a statistical date (decisions 6 and 7).

    Conflict when somebody decided first. A date in a locked month is moved to the open one, the asked date is kept.
    An earlier recognition in force gives way from the new statistical date on; what a closed month has reported stays.
    """
    milestone = _to_decide(actor, project, kind, phase, awaiting=True)
    _check_recognisable(project, milestone, phase)
    rules.check_statistical_day(recognised_on, milestone.happened_on or recognised_on, today)
    earlier = queries.recognition_in_force(milestone)
    made = _freeze(project, milestone, phase)
    _write(actor, project, milestone, made, earlier, recognised_on, now, "重新认定")
    milestone.state = MilestoneState.RECOGNISED
    _decided(actor, milestone, now, "")
    words = _words(milestone, phase)
    moved = follow(actor, project, "recognised", words, today)
    diff: dict[str, Any] = {"statistical_on": (earlier and earlier.statistical_on, made.statistical_on)}
    diff |= {"amount": (earlier and earlier.amount, made.amount), **moved}
    note = f"要求日期 {recognised_on.isoformat()} 所在月份已结账" if made.asked_statistical_on else ""
    said = f"{words}已认定，统计日期 {made.statistical_on.isoformat()}。"
    tell(actor, milestone.submitted_by, project, said)
    audit.record(actor, "milestone.recognised", subject(project, words, milestone), diff, note=note)
    return made


def correct_date(
    actor: Actor,
    project: Project,
    kind: MilestoneKind,
    recognised_on: date,
    reason: str,
    today: date,
    now: datetime,
    phase: Phase | None = None,
) -> Recognition:
    """Another statistical date for what was recognised; everything else stays frozen as it was.

    Where the month of the old date is closed it stays as reported, the new date begins in the open one.
    """
    milestone = _to_decide(actor, project, kind, phase, awaiting=False)
    earlier = _in_force(milestone)
    reason = _reason(reason, "更正")
    rules.check_statistical_day(recognised_on, earlier.happened_on, today)
    if recognised_on in (earlier.statistical_on, earlier.asked_statistical_on):
        raise RuleBroken("统计日期没有变。请填写更正后的日期。", "recognised_on")
    made = Recognition(**copied(earlier))
    why = f"更正统计日期：{reason}"
    _write(actor, project, milestone, made, earlier, recognised_on, now, why, corrects=True)
    words = _words(milestone, phase)
    diff = {"statistical_on": (earlier.statistical_on, made.statistical_on)}
    said = f"{words}的统计日期更正为 {made.statistical_on.isoformat()}：{reason}"
    tell(actor, milestone.submitted_by, project, said)
    audit.record(actor, "milestone.redated", subject(project, words, milestone), diff, note=reason)
    return made


def _write(
    actor: Actor,
    project: Project,
    milestone: Milestone,
    made: Recognition,
    earlier: Recognition | None,
    asked: date,
    now: datetime,
    why: str,
    *,
    corrects: bool = False,
) -> None:
    """Puts a recognition in force under the asked date, in place of the earlier one, closed months as they were reported.

    A corrected date of an open month leaves nothing behind under the old one; a replacement counts from its own day on.
    """
    locked = queries.locked_months()
    before = earlier.statistical_on if earlier else None
    made.statistical_on = rules.statistical_day(asked, before, locked)
    made.asked_statistical_on = asked if asked != made.statistical_on else None
    made.recognised_by, made.recognised_at = actor.user_id, now
    if earlier is not None:
        start = made.statistical_on
        if corrects and rules.month_of(earlier.statistical_on) not in locked:
            start = min(start, earlier.statistical_on)
        end(actor, earlier, EndKind.REPLACED, now, start, why)
    db.session.add(made)
    db.session.flush()
    report_replacement(actor, project, milestone, earlier, made, asked, why)


def return_(
    actor: Actor,
    project: Project,
    kind: MilestoneKind,
    reason: str,
    today: date,
    now: datetime,
    phase: Phase | None = None,
) -> Milestone:
    """Sends a submission back with its reason. A change of a recognised milestone is refused and the counted values stand."""
    milestone = _to_decide(actor, project, kind, phase, awaiting=True)
    reason = _reason(reason, "退回")
    before = milestone.state
    if milestone.state is MilestoneState.PENDING:
        milestone.state = MilestoneState.RETURNED
    _decided(actor, milestone, now, reason)
    words = _words(milestone, phase)
    moved = follow(actor, project, "returned", reason, today)
    diff = {"state": (before.value, milestone.state.value), **moved}
    tell(actor, milestone.submitted_by, project, f"{words}已退回：{reason}")
    audit.record(actor, "milestone.returned", subject(project, words, milestone), diff, note=reason)
    return milestone


def revoke(
    actor: Actor,
    project: Project,
    kind: MilestoneKind,
    reason: str,
    today: date,
    now: datetime,
    phase: Phase | None = None,
) -> Milestone:
    """Takes a recognition back as wrong: the history stays, the stage falls to what remains.

    It has never counted, unless a closed month has reported it: then it leaves the count from the open month on.
    """
    milestone = _to_decide(actor, project, kind, phase, awaiting=False)
    made = _in_force(milestone)
    reason = _reason(reason, "撤销")
    end(
        actor,
        made,
        EndKind.REVOKED,
        now,
        rules.taken_out_from(made.statistical_on, queries.locked_months()),
        reason,
    )
    report_end(actor, project, milestone, made, made.statistical_on, f"撤销认定：{reason}")
    milestone.state = MilestoneState.REVOKED
    _decided(actor, milestone, now, reason)
    words = _words(milestone, phase)
    moved = follow(actor, project, "revoked", reason, today)
    diff = {"state": (MilestoneState.RECOGNISED.value, milestone.state.value), **moved}
    tell(actor, milestone.submitted_by, project, f"{words}认定已撤销：{reason}")
    audit.record(actor, "milestone.revoked", subject(project, words, milestone), diff, note=reason)
    return milestone


def _words(milestone: Milestone, phase: Phase | None) -> str:
    return rules.stone_words(milestone.kind, phase.name if phase else "")


def _in_force(milestone: Milestone) -> Recognition:
    made = queries.recognition_in_force(milestone)
    if made is None:
        raise Conflict("这项认定已经随项目终止退出统计，不能再改。请刷新页面查看。")
    return made


def _to_decide(
    actor: Actor, project: Project, kind: MilestoneKind, phase: Phase | None, *, awaiting: bool
) -> Milestone:
    """The milestone as it stands after everybody who came first, in a state that can be decided."""
    actor.require(permissions.RECOGNISE)
    queries.lock(project)
    queries.hold_months()
    milestone = queries.milestone_of(project, kind, phase)
    if milestone is None:
        raise Conflict(f"还没有申报{kind.label}。请刷新后再试。")
    waits = milestone.state is MilestoneState.PENDING or (
        milestone.state is MilestoneState.RECOGNISED and milestone.needs_again
    )
    ready = waits if awaiting else milestone.state is MilestoneState.RECOGNISED
    if not ready:
        state = rules.MILESTONE_STATE_LABELS[milestone.state]
        raise Conflict(f"{kind.label}现在是{state}，可能刚被他人处理。请刷新后再看。")
    if actor.user_id is not None and milestone.submitted_by == actor.user_id:
        raise Forbidden("不能处理自己申报的里程碑。请由另一位同事办理。")
    return milestone


def _check_recognisable(project: Project, milestone: Milestone, phase: Phase | None) -> None:
    if project.status in (Status.LOST, Status.TERMINATED, Status.TRANSFERRED):
        raise RuleBroken("项目已不在推进，不能认定。请先核对项目状态。")
    if project.zone_id is None:
        raise RuleBroken("项目还没有落地板块，认定后无处统计。请先指定落地板块。")
    if missing := queries.missing_to_submit(project, milestone, phase):
        words = "".join(m.message for m in missing)
        raise RuleBroken(f"材料不齐，不能认定。{words}", missing=[m.as_dict() for m in missing])


def _freeze(project: Project, milestone: Milestone, phase: Phase | None) -> Recognition:
    """The values to be counted, still without their date."""
    counted = counted_of(project, milestone, phase)
    return Recognition(
        milestone_id=milestone.id,
        project_id=project.id,
        phase_id=phase.id if phase else None,
        kind=milestone.kind,
        happened_on=milestone.happened_on,
        capital=counted.capital,
        amount=counted.amount,
        amount_usd=counted.amount_usd,
        fixed=counted.fixed,
        fixed_usd=counted.fixed_usd,
        tier=counted.tier,
        zone_id=project.zone_id,
    )


def counted_of(project: Project, milestone: Milestone, phase: Phase | None) -> rules.Counted:
    """What a recognition counts as: a project by its agreement, an increase by its increment.

    A phase counts its own amounts, so that the phases add up to the project, under the tier of the whole.
    """
    tiers = projects.tiers()
    if phase is not None and phase.kind is PhaseKind.INCREASE:
        agreement = queries.agreement_of(project, milestone, phase)
        return rules.counted_values(queries.figures_of(project, phase), agreement, tiers)
    agreement = queries.agreement_of(project, milestone if phase is None else None)
    whole = rules.counted_values(queries.figures_of(project), agreement, tiers)
    if phase is None:
        return whole
    own = rules.counted_values(queries.figures_of(project, phase), None, tiers)
    return replace(own, tier=whole.tier)


def _decided(actor: Actor, milestone: Milestone, now: datetime, reason: str) -> None:
    milestone.needs_again = False
    milestone.decided_by, milestone.decided_at = actor.user_id, now
    milestone.decision_reason = reason[:500]
    db.session.flush()


def _reason(reason: str, word: str) -> str:
    if not reason.strip():
        raise RuleBroken(f"没有写{word}原因。请填写。", "reason")
    return reason.strip()
