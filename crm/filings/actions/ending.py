"""How a filing ends, and what that means for those who waited behind it."""

from datetime import date, datetime

from crm.accounts import queries as accounts
from crm.audit import actions as audit
from crm.core import clock
from crm.core.actor import Actor
from crm.core.db import db
from crm.filings import queries
from crm.filings.actions import steps
from crm.filings.actions.telling import subject, tell
from crm.filings.models import Filing
from crm.filings.queries import FilingRow
from crm.filings.rules import EndKind, FilingState
from crm.filings.rules.protection import Standing
from crm.projects.models import Project


def end(
    actor: Actor, filing: Filing, kind: EndKind, on: date, now: datetime, reason: str = "", *, words: str = ""
) -> None:
    """Writes the end and frees those who stood behind; `words` is what the zone is told, nothing when empty."""
    project = db.session.get_one(Project, filing.project_id)
    before = filing.state
    filing.state = FilingState.RELEASED if kind is EndKind.RELEASED else FilingState.LAPSED
    filing.ended_at, filing.ended_on, filing.ended_by = now, on, actor.user_id
    filing.end_kind, filing.end_reason = kind, reason
    db.session.flush()
    code = "filing.released" if kind is EndKind.RELEASED else "filing.lapsed"
    diff = {"state": (before.value, filing.state.value), "end_kind": (None, kind.value)}
    audit.record(actor, code, subject(project, filing), diff, note=reason)
    if words:
        tell(project, filing, words)
    for dispute in steps.moot(actor, filing, on, now):
        other = db.session.get_one(
            Filing, dispute.later_id if dispute.earlier_id == filing.id else dispute.earlier_id
        )
        about = db.session.get_one(Project, other.project_id)
        tell(about, other, "的报备争议不再需要：对方的报备已结束。", f"/filings/disputes/{dispute.id}")
    free_behind(actor, filing, on)


def free_behind(actor: Actor, filing: Filing, today: date) -> None:
    """Suspects in whose way nothing stands any more wait like every other filing."""
    for waiting in queries.waiting_behind(filing.id):
        if queries.in_the_way(waiting.id, today):
            continue
        waiting.state = FilingState.PENDING
        project = db.session.get_one(Project, waiting.project_id)
        db.session.flush()
        diff = {"state": (FilingState.SUSPECT.value, FilingState.PENDING.value)}
        audit.record(actor, "filing.cleared", subject(project, waiting), diff)
        tell(project, waiting, "的疑似重复已解除，等市商务局核定。")


_ENDS = {
    Standing.EXPIRED: EndKind.EXPIRED,
    Standing.SILENT: EndKind.SILENT,
    Standing.GONE: EndKind.PROJECT,
}


def lapse(row: FilingRow, now: datetime) -> bool:
    """Writes an end that the calendar has brought; False where the filing still stands.

    An extension that was asked for in time keeps an expired filing until the bureau has answered.
    """
    kind = _ENDS.get(row.protection.standing)
    if kind is None or row.stands:
        return False
    on = row.protection.on or clock.local(now).date()
    filing = db.session.get_one(Filing, row.id)
    end(accounts.system(), filing, kind, on, now, words=f"的首谈保护已失效：{kind.label}。")
    return True
