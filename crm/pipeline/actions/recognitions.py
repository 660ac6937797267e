"""The bureau recognises, returns and revokes; nobody decides on his own submission."""

from datetime import date, datetime
from typing import Any

from crm.accounts import permissions
from crm.audit import actions as audit
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.errors import Conflict, Forbidden, RuleBroken
from crm.pipeline import queries, rules
from crm.pipeline.actions.following import follow, subject, tell
from crm.pipeline.models import Milestone, Recognition
from crm.pipeline.rules import EndKind, MilestoneKind, MilestoneState
from crm.projects import queries as projects
from crm.projects.models import Project
from crm.projects.rules import Status


def recognise(
    actor: Actor, project: Project, kind: MilestoneKind, recognised_on: date, today: date, now: datetime
) -> Recognition:
    """Freezes amount, currency column, tier and zone under a statistical date (decisions 6 and 7).

    Conflict when somebody decided first. A date in a locked month is moved to the open one, the asked date is kept.
    An earlier recognition in force gives way from the new statistical date on.
    """
    milestone = _to_decide(actor, project, kind, awaiting=True)
    _check_recognisable(project, milestone)
    happened_on = milestone.happened_on or recognised_on
    rules.check_statistical_day(recognised_on, happened_on, today)
    statistical_on = rules.open_day(recognised_on, queries.locked_months())
    earlier = queries.recognition_in_force(milestone)
    if earlier is not None:
        end(actor, earlier, EndKind.REPLACED, now, statistical_on, "重新认定")
    made = _freeze(project, milestone, statistical_on)
    made.recognised_by, made.recognised_at = actor.user_id, now
    made.asked_statistical_on = recognised_on if statistical_on != recognised_on else None
    db.session.add(made)
    milestone.state = MilestoneState.RECOGNISED
    _decided(actor, milestone, now, "")
    moved = follow(actor, project, "recognised", kind.label, today)
    diff: dict[str, Any] = {"statistical_on": (earlier and earlier.statistical_on, statistical_on)}
    diff |= {"amount": (earlier and earlier.amount, made.amount), **moved}
    note = f"要求日期 {recognised_on.isoformat()} 所在月份已结账" if made.asked_statistical_on else ""
    tell(
        actor, milestone.submitted_by, project, f"{kind.label}已认定，统计日期 {statistical_on.isoformat()}。"
    )
    audit.record(actor, "milestone.recognised", subject(project, kind.label, milestone), diff, note=note)
    return made


def return_(
    actor: Actor, project: Project, kind: MilestoneKind, reason: str, today: date, now: datetime
) -> Milestone:
    """Sends a submission back with its reason. A change of a recognised milestone is refused and the counted values stand."""
    milestone = _to_decide(actor, project, kind, awaiting=True)
    reason = _reason(reason, "退回")
    before = milestone.state
    if milestone.state is MilestoneState.PENDING:
        milestone.state = MilestoneState.RETURNED
    _decided(actor, milestone, now, reason)
    moved = follow(actor, project, "returned", reason, today)
    diff = {"state": (before.value, milestone.state.value), **moved}
    tell(actor, milestone.submitted_by, project, f"{kind.label}已退回：{reason}")
    audit.record(actor, "milestone.returned", subject(project, kind.label, milestone), diff, note=reason)
    return milestone


def revoke(
    actor: Actor, project: Project, kind: MilestoneKind, reason: str, today: date, now: datetime
) -> Milestone:
    """Takes a recognition back as wrong: it has never counted, the history stays, the stage falls to what remains."""
    milestone = _to_decide(actor, project, kind, awaiting=False)
    made = queries.recognition_in_force(milestone)
    if made is None:
        raise Conflict("这项认定已经随项目终止退出统计，不能再撤销。请刷新页面查看。")
    reason = _reason(reason, "撤销")
    end(actor, made, EndKind.REVOKED, now, None, reason)
    milestone.state = MilestoneState.REVOKED
    _decided(actor, milestone, now, reason)
    moved = follow(actor, project, "revoked", reason, today)
    diff = {"state": (MilestoneState.RECOGNISED.value, milestone.state.value), **moved}
    tell(actor, milestone.submitted_by, project, f"{kind.label}认定已撤销：{reason}")
    audit.record(actor, "milestone.revoked", subject(project, kind.label, milestone), diff, note=reason)
    return milestone


def end(
    actor: Actor, made: Recognition, how: EndKind, now: datetime, ended_on: date | None, reason: str
) -> None:
    """The only edit a recognition ever sees. Flushed at once: the next one in force may follow in the same breath."""
    made.ended_at, made.ended_on, made.ended_by = now, ended_on, actor.user_id
    made.end_kind, made.end_reason = how, reason[:500]
    db.session.flush()


def _to_decide(actor: Actor, project: Project, kind: MilestoneKind, *, awaiting: bool) -> Milestone:
    """The milestone as it stands after everybody who came first, in a state that can be decided."""
    actor.require(permissions.RECOGNISE)
    queries.lock(project)
    milestone = queries.milestone_of(project, kind)
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


def _check_recognisable(project: Project, milestone: Milestone) -> None:
    if project.status in (Status.LOST, Status.TERMINATED, Status.TRANSFERRED):
        raise RuleBroken("项目已不在推进，不能认定。请先核对项目状态。")
    if project.zone_id is None:
        raise RuleBroken("项目还没有落地板块，认定后无处统计。请先指定落地板块。")
    if missing := queries.missing_to_submit(project, milestone):
        words = "".join(m.message for m in missing)
        raise RuleBroken(f"材料不齐，不能认定。{words}", missing=[m.as_dict() for m in missing])


def _freeze(project: Project, milestone: Milestone, statistical_on: date) -> Recognition:
    agreement = queries.agreement_of(project, milestone)
    counted = rules.counted_values(queries.figures_of(project), agreement, projects.tiers())
    return Recognition(
        milestone_id=milestone.id,
        project_id=project.id,
        kind=milestone.kind,
        happened_on=milestone.happened_on,
        statistical_on=statistical_on,
        capital=counted.capital,
        amount=counted.amount,
        amount_usd=counted.amount_usd,
        fixed=counted.fixed,
        fixed_usd=counted.fixed_usd,
        tier=counted.tier,
        zone_id=project.zone_id,
    )


def _decided(actor: Actor, milestone: Milestone, now: datetime, reason: str) -> None:
    milestone.needs_again = False
    milestone.decided_by, milestone.decided_at = actor.user_id, now
    milestone.decision_reason = reason[:500]
    db.session.flush()


def _reason(reason: str, word: str) -> str:
    if not reason.strip():
        raise RuleBroken(f"没有写{word}原因。请填写。", "reason")
    return reason.strip()
