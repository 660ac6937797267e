"""Filing a project: complete, with real contact, in turn, and held against what other zones have filed."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import func, select

from crm.audit import actions as audit
from crm.audit.actions import Subject
from crm.core import clock
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.errors import Conflict, RuleBroken
from crm.filings import queries, rules
from crm.filings.actions.checking import note_filed
from crm.filings.actions.ending import lapse
from crm.filings.actions.telling import subject
from crm.filings.models import Filing, FilingEvidence, FilingHit
from crm.filings.rules import FilingDraft, FilingState, Purpose, Shown
from crm.projects.models import Project

_TURN = 0x66696C65


def file(actor: Actor, project: Project, draft: FilingDraft) -> Filing:
    """Takes the moment from the server's clock once it is this filing's turn, so that order of time is order of checks."""
    _take_turns()
    now = rules.to_the_millisecond(clock.now())
    today = clock.local(now).date()
    _check_project(project, now)
    contact_on = rules.contact_day(draft, _shown(project, draft), today)
    assert project.zone_id is not None and project.company_id is not None
    terms = queries.terms(project.tier)
    made = Filing(
        project_id=project.id,
        zone_id=project.zone_id,
        company_id=project.company_id,
        filed_by=actor.user_id,
        filed_at=now,
        contact_on=contact_on,
        visit_id=draft.visit_id,
        note=draft.note.strip(),
        months=terms.months,
        extension_months=terms.extension,
    )
    db.session.add(made)
    db.session.flush()
    db.session.add_all(
        FilingEvidence(filing_id=made.id, attachment_id=one, purpose=Purpose.CONTACT)
        for one in dict.fromkeys(draft.evidence)
    )
    diff = {"filed_at": (None, now.isoformat(timespec="milliseconds")), "contact_on": (None, contact_on)}
    audit.record(actor, "filing.made", subject(project, made), diff)
    _meet(actor, project, made, now)
    return made


def _take_turns() -> None:
    """Two who file at once are served one after the other; SQLite has one writer anyway."""
    if db.session.get_bind().dialect.name == "postgresql":
        db.session.execute(select(func.pg_advisory_xact_lock(_TURN)))


def _check_project(project: Project, now: datetime) -> None:
    live = queries.live_filing(project.id)
    if live is not None:
        standing = queries.rows_by_id([live.id], clock.local(now).date())[0]
        if not lapse(standing, now):
            raise Conflict(f"这个项目已经报备，{standing.state.label}。")
    if queries.struck_out(project.id):
        raise RuleBroken("这个项目的报备因虚假数据被清除，不能重新报备。有异议的请向市商务局申请撤销处理。")
    rules.check_ready(queries.facts_of(project))


def _shown(project: Project, draft: FilingDraft) -> Shown:
    """The evidence as the server finds it; what is not this project's is refused by name, not passed over."""
    visit_on = None
    if draft.visit_id is not None:
        visit_on = queries.visit_day(project, draft.visit_id)
        if visit_on is None:
            raise RuleBroken("这次走访不是本板块与这个投资方的。请另选。", "visit")
    wanted = set(draft.evidence)
    if wanted and {id_ for id_, _ in queries.papers(project, tuple(wanted))} != wanted:
        raise RuleBroken("所选文件不是本项目的接触证明。请先在项目的文件里上传。", "evidence")
    return Shown(visit_on, len(wanted))


def _meet(actor: Actor, project: Project, made: Filing, now: datetime) -> None:
    """Every hit is kept for the bureau and audited; the filing becomes suspect where an earlier one still stands."""
    met = queries.hits_for(made.company_id, made.zone_id, clock.local(now).date())
    # A protection that ended by the calendar is ended on paper before somebody is held against it.
    standing = [hit for hit in met if not lapse(hit.row, now)]
    for number, hit in enumerate(standing):
        db.session.add(FilingHit(filing_id=made.id, rival_id=hit.row.id, reason=hit.reason))
        audit.record(actor, "filing.hit", _about(project, made, first=not number))
    note_filed(actor, project, standing, now)
    if standing:
        made.state = FilingState.SUSPECT
    db.session.flush()


def _about(project: Project, made: Filing, *, first: bool) -> Subject:
    """The history of this project is read by the second zone: it learns that there was a hit, neither how many nor by what."""
    about = subject(project, made)
    return about if first else replace(about, project_id=None, company_id=None)
