"""Holding, losing and terminating a project, and taking it back: proposed by one, in force when approved."""

from datetime import date, datetime

from crm.accounts import permissions
from crm.audit import actions as audit
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.errors import Conflict, Forbidden, RuleBroken
from crm.pipeline import queries, rules
from crm.pipeline.actions.following import subject, tell
from crm.pipeline.actions.recognitions import end
from crm.pipeline.models import Recognition, StatusChange
from crm.pipeline.rules import EndKind
from crm.pipeline.rules.status import StatusDraft
from crm.projects.models import Project
from crm.projects.rules import STATUS_LABELS, Status


def change_status(
    actor: Actor, project: Project, draft: StatusDraft, today: date, now: datetime
) -> StatusChange:
    """Proposes a change; who may approve it puts it in force at once. `decided_at` of the answer tells which it was."""
    queries.lock(project)
    _check_proposer(actor, project, draft.to)
    if queries.open_change(project) is not None:
        raise RuleBroken("已有一条状态变更在等批准。请先等它办完。", "to")
    rules.status.check(project.status, project.stage, draft, queries.attachment_kinds(project), today)
    change = StatusChange(
        project_id=project.id,
        before=project.status,
        after=draft.to,
        reason=draft.reason.strip(),
        category=draft.category if draft.to is Status.LOST else "",
        went_to=draft.went_to.strip() if draft.to is Status.LOST else "",
        review_on=draft.review_on if draft.to is Status.ON_HOLD else None,
        effective_on=draft.effective_on or today,
        proposed_by=actor.user_id,
        proposed_at=now,
    )
    db.session.add(change)
    db.session.flush()
    if queries.may_decide(actor, project, change):
        _in_force(actor, project, change, "", today, now)
    else:
        diff = {"status": (change.before.value, change.after.value)}
        audit.record(actor, "status.proposed", subject(project), diff, note=change.reason)
    return change


def decide_status(
    actor: Actor, project: Project, change_id: int, approve: bool, note: str, today: date, now: datetime
) -> StatusChange:
    """Approves or refuses a proposal; Conflict when somebody has decided it or the status has moved on."""
    queries.lock(project)
    change = queries.status_change(project, change_id)
    if not queries.may_decide(actor, project, change):
        raise Forbidden("这项状态变更不由当前岗位批准。")
    if change.decided_at is not None:
        raise Conflict("这项状态变更已经办过。请刷新后再看。")
    if approve:
        if project.status is not change.before:
            raise Conflict("项目状态已经变了。请退回这项变更，重新提出。")
        _in_force(actor, project, change, note, today, now)
        return change
    if not note.strip():
        raise RuleBroken("不同意要写原因。请填写。", "note")
    _decide(actor, change, False, note, now)
    tell(actor, change.proposed_by, project, f"变为{STATUS_LABELS[change.after]}未获同意：{note.strip()}")
    audit.record(
        actor,
        "status.refused",
        subject(project),
        {"status": (change.before.value, change.after.value)},
        note=note,
    )
    return change


def _check_proposer(actor: Actor, project: Project, to: Status) -> None:
    verb = permissions.STATUS_PROPOSE
    if rules.status.needs_bureau(project.status, to):
        verb = permissions.TERMINATE_PROPOSE
    if not queries.may(actor, project, verb):
        raise Forbidden()


def _decide(actor: Actor, change: StatusChange, approved: bool, note: str, now: datetime) -> None:
    change.approved, change.decided_by, change.decided_at = approved, actor.user_id, now
    change.decision_note = note.strip()[:300]
    db.session.flush()


def _in_force(
    actor: Actor, project: Project, change: StatusChange, note: str, today: date, now: datetime
) -> None:
    _decide(actor, change, True, note, now)
    if change.after is Status.TERMINATED:
        _take_out(actor, project, change, now)
    if change.before is Status.TERMINATED:
        _put_back(actor, project, now)
    project.status = change.after
    project.status_since = change.effective_on
    project.status_reason = change.reason
    db.session.flush()
    diff = {"status": (change.before.value, change.after.value)}
    tell(actor, change.proposed_by, project, f"状态已变为{STATUS_LABELS[change.after]}。")
    audit.record(actor, "status.changed", subject(project), diff, note=change.reason)


def _take_out(actor: Actor, project: Project, change: StatusChange, now: datetime) -> None:
    """Out of the count from the day of 解除协议; in a locked month from the open one, that day staying on the change."""
    ended_on = rules.open_day(change.effective_on, queries.locked_months())
    for made in queries.in_force([project.id]):
        end(actor, made, EndKind.TERMINATED, now, ended_on, change.reason)


def _put_back(actor: Actor, project: Project, now: datetime) -> None:
    """A withdrawn termination counts again as before: a copy of each recognition stands in from now on."""
    for made in queries.ended_by_termination(project):
        made.restored_at = now
        db.session.flush()
        values = {name: getattr(made, name) for name in _COPIED}
        db.session.add(Recognition(**values, recognised_at=now, recognised_by=actor.user_id))
        db.session.flush()


_COPIED = (
    "milestone_id",
    "project_id",
    "kind",
    "happened_on",
    "statistical_on",
    "asked_statistical_on",
    "capital",
    "amount",
    "amount_usd",
    "fixed",
    "fixed_usd",
    "tier",
    "zone_id",
)
