"""Holding, losing and terminating a project, and taking it back: proposed by one, in force when approved."""

from datetime import date, datetime

from crm.accounts import permissions
from crm.accounts import queries as accounts
from crm.audit import actions as audit
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.errors import Conflict, Forbidden, RuleBroken
from crm.filings import actions as filing_actions
from crm.filings import queries as filings
from crm.filings.rules import transfers
from crm.filings.rules.transfers import TransferState
from crm.followups import actions as followups
from crm.followups.rules import Draft
from crm.notices import actions as notices
from crm.pipeline import queries, rules
from crm.pipeline.actions import endings
from crm.pipeline.actions.following import subject, tell
from crm.pipeline.models import StatusChange
from crm.pipeline.rules.status import StatusDraft
from crm.projects.models import Project
from crm.projects.rules import STATUS_LABELS, Status
from crm.settings import queries as settings


def change_status(
    actor: Actor, project: Project, draft: StatusDraft, today: date, now: datetime
) -> StatusChange:
    """Proposes a change; who may approve it puts it in force at once. `decided_at` of the answer tells which it was."""
    queries.lock(project)
    _check_proposer(actor, project, draft.to)
    if queries.open_change(project) is not None:
        raise RuleBroken("已有一条状态变更在等批准。请先等它办完。", "to")
    papers = draft.to is not Status.TERMINATED or queries.ends_with_papers(project)
    rules.status.check(project.status, project.stage, draft, papers, today, project.status_since)
    if draft.to is Status.LOST:
        _check_offered(project, draft.category)
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
        _tell_deciders(actor, project, change, today)
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


def _check_offered(project: Project, category: str) -> None:
    """What fails here may do elsewhere: another zone is asked before the project is given up (rules.md §2.2)."""
    under_way = filings.open_transfer(project.id)
    if under_way is not None and under_way.state is not TransferState.REFUSED:
        raise RuleBroken("项目正在流转，等答复。没有板块接收的再登记流失，不流转的先撤回。", "to")
    transfers.check_offered(
        category, filings.was_offered(project), bool(settings.value("transfer_before_lost"))
    )


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
        endings.take_out(actor, project, change.effective_on, now, change.reason)
    if change.before is Status.TERMINATED:
        endings.put_back(actor, project, now)
    if change.after in (Status.LOST, Status.TERMINATED):
        filing_actions.drop_transfer(actor, project, now)
    put_off = change.before is change.after
    if not put_off:
        project.status_since = change.effective_on
    project.status = change.after
    project.status_reason = change.reason
    db.session.flush()
    _follow_review(actor, project, change)
    tell(actor, change.proposed_by, project, f"状态已变为{STATUS_LABELS[change.after]}。")
    diff: dict[str, tuple[object, object]] = {"status": (change.before.value, change.after.value)}
    if change.review_on:
        diff["review_on"] = (None, change.review_on)
    audit.record(actor, "status.changed", subject(project), diff, note=change.reason)


def _follow_review(actor: Actor, project: Project, change: StatusChange) -> None:
    """A hold is a duty of the project's owner, due on its review date; it is closed by what ends the hold."""
    for duty in queries.review_duties(project):
        followups.complete(actor, duty, "", f"status:{change.id}")
    if change.review_on is None:
        return
    draft = Draft(
        what=f"复查搁置项目 {project.code}，决定恢复、继续搁置或登记流失",
        due_on=change.review_on,
        owner_id=project.owner_id or change.proposed_by,
        project_id=project.id,
        company_id=project.company_id,
        confidential=project.confidential,
        origin=f"{queries.REVIEW_ORIGIN}{change.id}",
    )
    # Stated by the product: an owner who has left his post must not keep a hold from being approved.
    followups.plan(accounts.system(), draft)


def _tell_deciders(actor: Actor, project: Project, change: StatusChange, today: date) -> None:
    words = f"{project.code} 申请变为{STATUS_LABELS[change.after]}，等您批准。"
    who = [user_id for user_id in queries.deciders(project, change, today) if user_id != actor.user_id]
    notices.send_many(who, "pipeline", words, f"/projects/{project.code}/status")
