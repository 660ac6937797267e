"""Signs of expansion, and the next step with a target."""

from datetime import date

from crm.accounts.permissions import PROJECT_WRITE
from crm.audit import actions as audit
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.errors import RuleBroken
from crm.followups import actions as followups
from crm.followups.rules import Draft as Duty
from crm.targeting import queries
from crm.targeting.actions import targets
from crm.targeting.models import Target, TargetSignal
from crm.targeting.rules import targets as rules
from crm.targeting.rules.targets import SignalDraft


def add_signal(actor: Actor, target: Target, draft: SignalDraft, today: date) -> TargetSignal:
    actor.require(PROJECT_WRITE)
    rules.check_signal(draft, today)
    made = TargetSignal(
        target_id=target.id,
        happened_on=draft.happened_on,
        what=draft.what.strip(),
        source=draft.source.strip(),
        url=draft.url.strip(),
        created_by=actor.user_id,
    )
    db.session.add(made)
    targets.touch(target)
    audit.record(actor, "target.signal_added", targets.subject(target), {"signal": (None, made.what)})
    return made


def remove_signal(actor: Actor, target: Target, signal: TargetSignal) -> None:
    actor.require(PROJECT_WRITE)
    what = signal.what
    db.session.delete(signal)
    targets.touch(target)
    audit.record(actor, "target.signal_removed", targets.subject(target), {"signal": (what, None)})


def plan(actor: Actor, target: Target, what: str, due_on: date, today: date) -> str:
    """The next step is a duty of the target's owner. One stated here before that is still open is brought to the new words and day.

    Answers the sentence to show when the day was a day off.
    """
    actor.require(PROJECT_WRITE)
    rules.check_live(target.progress, target.project_id is not None, targets.name_of(target))
    if due_on < today:
        raise RuleBroken("下一步的日期已经过去。请填今天或更晚。", "due_on")
    old = queries.own_duty(target.id)
    duty = Duty(
        what,
        due_on,
        target.owner_id or actor.user_id,
        company_id=target.company_id,
        zone_id=target.zone_id,
        origin=f"target:{target.id}",
    )
    planned = followups.plan(actor, duty)
    if old is not None:
        followups.cancel(actor, old, "改定了新的下一步")
    targets.touch(target)
    return planned.note
