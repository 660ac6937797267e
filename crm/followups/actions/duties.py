"""Stating, completing, postponing, cancelling and handing over a duty."""

from dataclasses import dataclass
from datetime import date

from crm.accounts.permissions import ASSIGN
from crm.audit import actions as audit
from crm.core import clock
from crm.core.actor import Actor
from crm.core.dates import day_words
from crm.core.db import db
from crm.core.errors import Forbidden, RuleBroken
from crm.followups import queries, rules
from crm.followups.models import Followup
from crm.followups.rules import ANSWERED, Draft, DutyState
from crm.followups.rules.demands import Confirmer, check_category, check_promise
from crm.followups.rules.ladder import SUBJECT
from crm.notices import actions as notices
from crm.projects.models import Project
from crm.settings import queries as settings


@dataclass(frozen=True, slots=True)
class Planned:
    """The duty made, and the sentence to show when its day was moved ("" otherwise)."""

    followup: Followup
    note: str = ""


def plan(actor: Actor, draft: Draft) -> Planned:
    """States a duty. A due day off is moved to the next working day; the zone is the project's, else the actor's."""
    rules.check(draft)
    check_promise(draft.kind, draft.leader_id)
    if draft.kind in ANSWERED:
        check_category(draft.category)
    due = rules.due_day(draft.due_on, settings.calendar())
    zone_id = draft.zone_id
    if zone_id is None:
        zone_id = _zone_of(draft.project_id) or actor.zone_id
    owner_id = draft.owner_id if draft.owner_id is not None else actor.user_id
    _check_owner(actor, owner_id, zone_id)
    _check_leader(draft.leader_id)
    made = Followup(
        kind=draft.kind,
        what=draft.what.strip(),
        category=draft.category,
        zone_id=zone_id,
        company_id=draft.company_id,
        project_id=draft.project_id,
        owner_id=owner_id,
        unit_id=draft.unit_id,
        due_on=due.on,
        due_at=draft.due_at,
        first_due_on=due.on,
        confidential=draft.confidential,
        origin=draft.origin,
        created_by=actor.user_id,
    )
    db.session.add(made)
    db.session.flush()
    if made.kind in ANSWERED:
        queries.life(made).leader_id = draft.leader_id
        db.session.flush()
    audit.record(
        actor, "followup.created", subject(made), {"due_on": (None, due.on), "owner_id": (None, owner_id)}
    )
    return Planned(made, due.note)


def complete(actor: Actor, followup: Followup, answer: str, closed_by: str = "") -> None:
    """Closes a duty with its answer; `closed_by` names the row that closed it ("visit:12"), then the answer may be empty.

    What a unit answers is closed by whom it was raised for: by a visit with the company, or on its own page.
    """
    rules.check_open(followup.state)
    if followup.kind in ANSWERED:
        _settle(followup, closed_by)
    if not answer.strip() and not closed_by:
        raise RuleBroken("没有写结果。请写一句办成了什么，见了客商请记走访。", field="answer")
    followup.answer = answer.strip()
    followup.closed_by = closed_by
    close(actor, followup, DutyState.DONE)
    audit.record(actor, "followup.completed", subject(followup), {"state": ("open", "done")}, note=closed_by)


def _settle(followup: Followup, closed_by: str) -> None:
    """A visit in which the company is met and its demand done with is the company's word."""
    if not closed_by:
        raise RuleBroken(f"{followup.kind.label}要答复后由企业或领导确认才能销号。请到诉求页办理。", "answer")
    life = queries.life(followup)
    now = clock.now()
    life.answered_at = life.answered_at or now
    life.confirmed_at, life.confirmed_by, life.confirmed_name = now, Confirmer.COMPANY, "走访时确认"
    followup.confirmed_by_company = True


def postpone(actor: Actor, followup: Followup, to: date, reason: str, today: date) -> str:
    """Moves the due day, counts it and keeps the reason. Answers the sentence to show when the day was a day off."""
    rules.check_open(followup.state)
    due = rules.due_day(to, settings.calendar())
    rules.check_postponement(followup.due_on, due.on, reason, today)
    before = followup.due_on
    followup.due_on = due.on
    followup.postponed += 1
    followup.postpone_reason = reason.strip()[:300]
    notices.resolve(SUBJECT, followup.id, clock.now())
    db.session.flush()
    diff = {"due_on": (before, due.on), "postponed": (followup.postponed - 1, followup.postponed)}
    audit.record(actor, "followup.postponed", subject(followup), diff, note=note_of(followup, reason))
    return due.note


def set_next(actor: Actor, project: Project, due_on: date, what: str, today: date) -> None:
    """Brings a project's next open duty to a day, later or sooner; states `what` for its owner where there is none."""
    if due_on < today:
        raise RuleBroken("新的日期已经过去。请填今天或更晚。", field="due_on")
    duty = queries.next_open(actor, project.id)
    if duty is None:
        owner_id = project.owner_id if project.owner_id is not None else actor.user_id
        draft = Draft(what, due_on, owner_id, company_id=project.company_id, project_id=project.id)
        plan(actor, draft)
        return
    due = rules.due_day(due_on, settings.calendar())
    if due.on > duty.due_on:
        postpone(actor, duty, due.on, "批量调整日期", today)
    elif due.on < duty.due_on:
        before, duty.due_on = duty.due_on, due.on
        db.session.flush()
        audit.record(actor, "followup.edited", subject(duty), {"due_on": (before, due.on)})


def cancel(actor: Actor, followup: Followup, reason: str) -> None:
    """Gives a duty up, with the reason kept."""
    rules.check_open(followup.state)
    rules.check_reason(reason)
    followup.close_reason = reason.strip()[:300]
    close(actor, followup, DutyState.CANCELLED)
    diff = {"state": ("open", "cancelled")}
    audit.record(actor, "followup.cancelled", subject(followup), diff, note=note_of(followup, reason))


def resume(actor: Actor, followup_id: int, version: int, reason: str) -> bool:
    """A duty that was given up together with something else goes on as it was; False where somebody has touched it since.

    `version` is the one that giving it up left. What had gone up a ladder waits again for whoever it waited for.
    """
    followup = db.session.get(Followup, followup_id)
    if followup is None or followup.version != version or followup.state is not DutyState.CANCELLED:
        return False
    if followup.closed_at is not None:
        notices.wait_again(SUBJECT, followup.id, followup.closed_at)
    followup.state, followup.close_reason = DutyState.OPEN, ""
    followup.closed_at = followup.closed_by_user = None
    db.session.flush()
    diff = {"state": ("cancelled", "open")}
    audit.record(actor, "followup.resumed", subject(followup), diff, note=note_of(followup, reason))
    return True


def hand_over(actor: Actor, followup: Followup, owner_id: int, note: str = "") -> None:
    """Gives an open duty to somebody else of the same zone, who is told; by its owner, or whoever arranges the zone's work."""
    rules.check_open(followup.state)
    before = followup.owner_id
    if before != actor.user_id and not actor.can(ASSIGN):
        raise Forbidden("这件事由责任人或板块负责人移交。请联系责任人。")
    if before == owner_id:
        raise RuleBroken("已经由这位同事负责。请选另一位。", field="owner")
    _check_owner(actor, owner_id, followup.zone_id)
    followup.owner_id = owner_id
    db.session.flush()
    diff = {"owner_id": (before, owner_id)}
    audit.record(actor, "followup.handed_over", subject(followup), diff, note=note_of(followup, note))
    if owner_id != actor.user_id:
        words = rules.HIDDEN_WHAT if silent(followup) else followup.what
        said = f"{actor.name}把{followup.kind.label}移交给您，{day_words(followup.due_on)}之前：{words}"
        notices.send(owner_id, "followup.handed_over", said, f"/followups/{followup.id}")


def close(actor: Actor, followup: Followup, state: DutyState) -> None:
    """Done or given up; what went up a ladder waits for nobody any more."""
    followup.state = state
    followup.closed_at = clock.now()
    followup.closed_by_user = actor.user_id
    notices.resolve(SUBJECT, followup.id, followup.closed_at)
    db.session.flush()


def _zone_of(project_id: int | None) -> int | None:
    project = db.session.get(Project, project_id) if project_id is not None else None
    return project.zone_id if project else None


def silent(followup: Followup) -> bool:
    """Whether words about this duty must stay out of the audit, which people outside the business read."""
    project = db.session.get(Project, followup.project_id) if followup.project_id is not None else None
    return followup.confidential or (project is not None and project.confidential)


def _check_owner(actor: Actor, owner_id: int | None, zone_id: int | None) -> None:
    """The owner is oneself or somebody with a post in the zone; the product itself may name anybody."""
    if actor.user_id is None or owner_id == actor.user_id:
        return
    known = {owner for owner, _ in queries.owners_for(actor, zone_id, clock.today())}
    if owner_id not in known:
        raise RuleBroken("责任人不在本板块。请从名单里选一位。", field="owner")


def _check_leader(leader_id: int | None) -> None:
    if leader_id is not None and leader_id not in dict(queries.leaders_for(clock.today())):
        raise RuleBroken("没有找到这位领导，或已不在任。请从名单里选。", field="leader")


def note_of(followup: Followup, reason: str) -> str:
    return "" if silent(followup) else reason.strip()


def subject(followup: Followup) -> audit.Subject:
    """The duty as the audit names it: its kind, since its words may name a confidential investor."""
    label = f"{followup.kind.label} #{followup.id}"
    return audit.Subject(
        "followup",
        followup.id,
        label,
        zone_id=followup.zone_id,
        project_id=None if followup.confidential else followup.project_id,
        company_id=None if silent(followup) else followup.company_id,
    )
