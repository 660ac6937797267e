"""Weekly progress notes: what was done, what is in the way, what comes next."""

from datetime import datetime

from crm.audit import actions as audit
from crm.core import calendar, clock
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.errors import RuleBroken
from crm.projects import queries
from crm.projects.actions.naming import subject
from crm.projects.models import ProgressNote, Project
from crm.projects.rules import drafts
from crm.projects.rules.drafts import ProgressDraft
from crm.settings import queries as settings


def add_progress(
    actor: Actor, project: Project, draft: ProgressDraft, now: datetime, *, copied: bool = False
) -> ProgressNote:
    """Adds a note; it belongs to the reporting week in which it is entered (decision 10), whatever day it speaks of."""
    drafts.check_progress(draft, clock.local(now).date())
    note = ProgressNote(
        project_id=project.id,
        on=draft.on,
        week=calendar.week_of(now, settings.calendar()).label,
        done=draft.done.strip(),
        problem=draft.problem.strip(),
        next_step=draft.next_step.strip(),
        created_by=actor.user_id,
        created_at=now,
    )
    db.session.add(note)
    db.session.flush()
    code = "project.progress_copied" if copied else "project.progress"
    audit.record(actor, code, subject(project, "progress", note.id, note.week))
    return note


def copy_last_week(actor: Actor, project: Project, now: datetime) -> ProgressNote:
    """The last note once more, for this week. Refused when there is none, or this week's is already there."""
    last = queries.newest_note(project.id)
    if last is None:
        raise RuleBroken(f"{project.code} 还没有填过进展，没有可复制的内容。请填写一条。", field="done")
    if last.week == calendar.week_of(now, settings.calendar()).label:
        raise RuleBroken(f"{project.code} 本周已经填过进展，不必再复制。要改请再填一条。", field="done")
    draft = ProgressDraft(clock.local(now).date(), last.done, last.problem, last.next_step)
    return add_progress(actor, project, draft, now, copied=True)
