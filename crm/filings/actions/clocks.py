"""Extension, lapse and release of a protection."""

from collections.abc import Sequence
from datetime import datetime

from crm.audit import actions as audit
from crm.core import clock
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.errors import Conflict, RuleBroken
from crm.filings import queries, rules
from crm.filings.actions.deciding import not_ones_own
from crm.filings.actions.ending import end, lapse
from crm.filings.actions.telling import subject, tell
from crm.filings.models import Filing, FilingEvidence
from crm.filings.rules import EndKind, Extension, Purpose
from crm.filings.rules import protection as terms
from crm.filings.rules.protection import Standing
from crm.projects.models import Project


def ask_extension(actor: Actor, filing: Filing, reason: str, evidence: Sequence[int], now: datetime) -> None:
    """Once, in time, and with files of the project that show progress."""
    project, today = db.session.get_one(Project, filing.project_id), clock.local(now).date()
    row = queries.rows_by_id([filing.id], today)[0]
    terms.check_extension(row.protection, filing.extension, filing.protected_until, today, queries.norms())
    said = rules.check_reason(reason)
    wanted = set(evidence)
    if not wanted:
        raise RuleBroken("没有进展证明，不能延期。请选本项目的文件，如会议纪要、考察照片。", "evidence")
    if {id_ for id_, _ in queries.papers(project, tuple(wanted), contact=False)} != wanted:
        raise RuleBroken("所选文件不是本项目的。请先在项目的文件里上传。", "evidence")
    for one in sorted(wanted):
        db.session.merge(FilingEvidence(filing_id=filing.id, attachment_id=one, purpose=Purpose.EXTENSION))
    filing.extension, filing.extension_reason = Extension.ASKED, said
    filing.extension_asked_by, filing.extension_asked_at = actor.user_id, now
    db.session.flush()
    diff = {"extension": (None, filing.extension.value)}
    audit.record(actor, "filing.extension_asked", subject(project, filing), diff, note=said)


def decide_extension(actor: Actor, filing: Filing, grant: bool, note: str, now: datetime) -> None:
    """Asked in time is asked in time: the bureau may grant it after the old end as well, unless the filing has ended."""
    project = db.session.get_one(Project, filing.project_id)
    not_ones_own(actor, filing)
    if filing.extension is not Extension.ASKED or filing.state not in rules.LIVE:
        raise Conflict("这条报备没有待批的延期。请刷新后再看。")
    assert filing.protected_until is not None
    filing.extension_note = rules.check_reason(note, required=not grant)
    before = filing.protected_until
    filing.extension = Extension.GRANTED if grant else Extension.REFUSED
    filing.extension_decided_by, filing.extension_decided_at = actor.user_id, now
    if grant:
        filing.protected_until = terms.add_months(before, filing.extension_months)
    db.session.flush()
    code = "filing.extended" if grant else "filing.extension_refused"
    diff = {"protected_until": (before, filing.protected_until)} if grant else {}
    audit.record(actor, code, subject(project, filing), diff, note=filing.extension_note)
    words = (
        f"的首谈保护延至 {filing.protected_until}。" if grant else f"的延期未同意：{filing.extension_note}"
    )
    tell(project, filing, words)


def release(actor: Actor, filing: Filing, reason: str, now: datetime) -> None:
    """The zone lets go; the project stands in the pool from that moment."""
    if filing.state not in rules.LIVE:
        raise Conflict(f"这条报备现在是{filing.state.label}，不能释放。请刷新后再看。")
    if queries.open_disputes(filing.id):
        raise Conflict("这条报备有争议正在协调，不能释放。同意由对方继续的，请在争议里写协商意见。")
    if queries.rows_by_id([filing.id], clock.local(now).date())[0].protection.standing is Standing.SETTLED:
        raise RuleBroken("项目已签约，不能释放。解除协议的请申报终止，换板块的请办流转。")
    end(actor, filing, EndKind.RELEASED, clock.local(now).date(), now, rules.check_reason(reason))


def lapse_due(now: datetime) -> list[int]:
    """Writes what has ended by the calendar, however long nobody looked; a second run finds nothing. The ids ended."""
    return [row.id for row in queries.running(clock.local(now).date()) if lapse(row, now)]
