"""Phases of one agreement, and capital increases."""

from typing import Any

from crm.audit import actions as audit
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.errors import RuleBroken
from crm.projects import queries
from crm.projects.actions import history
from crm.projects.actions.naming import subject
from crm.projects.models import Phase, Project
from crm.projects.rules import PHASE_KIND_LABELS, PhaseKind, drafts, promises
from crm.projects.rules import phases as rules
from crm.projects.rules.phases import PhaseDraft


def _values(draft: PhaseDraft) -> dict[str, Any]:
    return {
        "name": draft.name.strip(),
        "kind": draft.kind,
        "total_investment": draft.total_investment,
        "total_investment_usd": draft.total_investment_usd,
        "fixed_investment": draft.fixed_investment,
        "content": draft.content.strip(),
        "expected_start_on": draft.expected_start_on,
        "expected_complete_on": draft.expected_complete_on,
    }


def add_phase(actor: Actor, project: Project, draft: PhaseDraft) -> Phase:
    """The next phase or increase; they are numbered together in the order they are entered."""
    rules.check(draft)
    # Two who add at once would take the same number.
    db.session.refresh(project, with_for_update=True)
    _refuse_twin(project, draft.name)
    phase = Phase(project_id=project.id, no=queries.last_phase_no(project.id) + 1, **_values(draft))
    db.session.add(phase)
    db.session.flush()
    audit.record(
        actor, "phase.created", subject(project, "phase", phase.id, phase.name), _told({}, _values(draft))
    )
    return phase


def edit_phase(actor: Actor, project: Project, phase: Phase, draft: PhaseDraft) -> frozenset[str]:
    """Names of the columns that changed. A phase that something hangs on keeps its kind: a milestone counts by it."""
    rules.check(draft)
    if draft.name.strip() != phase.name:
        _refuse_twin(project, draft.name)
    if draft.kind is not phase.kind and queries.phase_in_use(phase.id):
        raise RuleBroken(
            f"{phase.name}已有里程碑或月度投资，不能在{_words()}之间改换。请另外新增。", field="kind"
        )
    after = _values(draft)
    changed = audit.difference({key: getattr(phase, key) for key in after}, after)
    if not changed:
        return frozenset()
    before = {key: getattr(phase, key) for key in changed}
    for key in changed:
        setattr(phase, key, after[key])
    db.session.flush()
    told = _told(before, {key: after[key] for key in changed})
    history.keep(
        actor,
        project,
        {promises.phase_field(phase.no, key): told[key] for key in promises.PHASE_KEPT if key in told},
    )
    audit.record(actor, "phase.edited", subject(project, "phase", phase.id, phase.name), told)
    return frozenset(changed)


def remove_phase(actor: Actor, project: Project, phase: Phase) -> None:
    """Only one that nothing hangs on. Its number is given again unless the history keeps changes under it."""
    if queries.phase_in_use(phase.id):
        raise RuleBroken(f"{phase.name}已有里程碑或月度投资，不能删除。填错了的请直接修改。")
    about, gone = subject(project, "phase", phase.id, phase.name), _told(_state(phase), {})
    db.session.delete(phase)
    db.session.flush()
    audit.record(actor, "phase.removed", about, gone)


def _state(phase: Phase) -> dict[str, Any]:
    return {key: getattr(phase, key) for key in rules.LABELS}


def _words() -> str:
    return "和".join(PHASE_KIND_LABELS[kind] for kind in PhaseKind)


def _refuse_twin(project: Project, name: str) -> None:
    if any(phase.name == name.strip() for phase in queries.phases_of(project.id)):
        raise RuleBroken(f"已经有叫{name.strip()}的分期。请换一个名称，或打开那一期修改。", field="name")


def _told(before: dict[str, Any], after: dict[str, Any]) -> dict[str, tuple[str | None, str | None]]:
    """Unknown values are left out where a phase is made or removed."""
    keys = [key for key in rules.LABELS if before.get(key) or after.get(key)]
    return {key: (drafts.text_of(before.get(key)), drafts.text_of(after.get(key))) for key in keys}
