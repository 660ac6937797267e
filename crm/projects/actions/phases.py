"""Phases of one agreement."""

from typing import Any

from crm.audit import actions as audit
from crm.core.actor import Actor
from crm.core.db import db
from crm.projects import queries
from crm.projects.actions.naming import subject
from crm.projects.models import Phase, Project
from crm.projects.rules import drafts
from crm.projects.rules.drafts import PhaseDraft


def _values(draft: PhaseDraft) -> dict[str, Any]:
    return {
        "name": draft.name.strip(),
        "total_investment": draft.total_investment,
        "total_investment_usd": draft.total_investment_usd,
        "expected_start_on": draft.expected_start_on,
        "expected_complete_on": draft.expected_complete_on,
    }


def add_phase(actor: Actor, project: Project, draft: PhaseDraft) -> Phase:
    """The next phase; phases are numbered in the order they are entered."""
    drafts.check_phase(draft)
    phase = Phase(project_id=project.id, no=queries.last_phase_no(project.id) + 1, **_values(draft))
    db.session.add(phase)
    db.session.flush()
    audit.record(actor, "phase.created", subject(project, "phase", phase.id, phase.name))
    return phase


def edit_phase(actor: Actor, project: Project, phase: Phase, draft: PhaseDraft) -> None:
    drafts.check_phase(draft)
    after = _values(draft)
    changed = audit.difference({key: getattr(phase, key) for key in after}, after)
    if not changed:
        return
    for key, value in after.items():
        setattr(phase, key, value)
    db.session.flush()
    told = {key: (drafts.text_of(old), drafts.text_of(new)) for key, (old, new) in changed.items()}
    audit.record(actor, "phase.edited", subject(project, "phase", phase.id, phase.name), told)
