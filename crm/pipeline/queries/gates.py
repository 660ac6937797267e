"""What the gates know of a project, and what its next step still lacks."""

from collections.abc import Collection
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Date, Integer, ScalarSelect, bindparam, false, func, or_, select, union

from crm.accounts import permissions
from crm.assignments.models import Assignment
from crm.assignments.rules import AssignmentKind
from crm.companies.models import Contact
from crm.core import clock
from crm.core.actor import Actor
from crm.core.db import db
from crm.pipeline import rules
from crm.pipeline.models import Milestone
from crm.pipeline.queries import records
from crm.pipeline.queries.gate_table import gate_table
from crm.pipeline.rules import AgreementDraft, Facts, MilestoneKind, ReviewDraft
from crm.projects.models import Phase, Project
from crm.projects.rules import TALKING, AttachmentKind, Stage
from crm.projects.scope import discloses_investor
from crm.visits.models import Visit, VisitProject
from crm.visits.rules import Mode

#: Modes in which people met; a call and a video conference are visits and no meetings.
_MET = (Mode.OUTBOUND, Mode.INBOUND, Mode.STATIONED, Mode.EVENT)


def facts_of(project: Project, actor: Actor | None = None, today: date | None = None) -> Facts:
    """What the gates know of this project; two statements. Links that would tell a confidential investor are for those who may
    know him: without an actor for nobody.
    """
    told = false() if actor is None else discloses_investor(actor)
    counts = db.session.execute(
        _COUNTS.add_columns(
            select(or_(Project.confidential.is_(False), told))
            .where(Project.id == project.id)
            .scalar_subquery(),
        ),
        {
            "project": project.id,
            "company": project.company_id,
            "zone": project.zone_id,
            "today": today or clock.today(),
        },
    ).one()
    return replace(
        standing_facts(project),
        visits=counts[0],
        meetings=counts[1],
        contacts=counts[2],
        leaders=counts[3],
        disclosed=bool(counts[4]),
        files=records.attachment_kinds(project),
    )


def standing_facts(project: Project) -> Facts:
    """What the project's own row says, without a statement: enough for conditions and for its fields."""
    return Facts(
        project.stage,
        project.capital,
        project.kind,
        project.tier,
        project.confidential,
        {name: getattr(project, name) for name in rules.GATE_COLUMNS},
        project_path=f"/projects/{project.code}",
        investor_path=f"/companies/{project.company_id}" if project.company_id else "",
    )


def _of_zone(column: ColumnElement[int | None]) -> ColumnElement[bool]:
    """Of the project's zone; of none where it has none."""
    return column.is_not_distinct_from(bindparam("zone", type_=Integer))


def _visits(*conditions: Any) -> ScalarSelect[int]:
    """Visits about the project, or of its zone with its investor.

    Each of the two has an index of its own; joined by OR they would read every visit of the city.
    """
    about = select(VisitProject.visit_id).where(VisitProject.project_id == bindparam("project"))
    with_investor = select(Visit.id).where(
        Visit.company_id == bindparam("company"), _of_zone(Visit.__table__.c.zone_id)
    )
    found = union(about, with_investor).subquery()
    counted = select(func.count(Visit.id)).join(found, found.c.visit_id == Visit.id)
    return counted.where(*conditions).scalar_subquery()


def _contacts() -> ScalarSelect[int]:
    investors = (Contact.company_id == bindparam("company"), _of_zone(Contact.__table__.c.zone_id))
    return select(func.count(Contact.id)).where(*investors, Contact.active).scalar_subquery()


def _leaders() -> ScalarSelect[int]:
    today = bindparam("today", type_=Date)
    return (
        select(func.count(Assignment.id))
        .where(
            Assignment.project_id == bindparam("project"),
            Assignment.kind == AssignmentKind.DIRECT_LEADER,
            Assignment.starts_on <= today,
            or_(Assignment.ends_on.is_(None), Assignment.ends_on >= today),
        )
        .scalar_subquery()
    )


#: The same for every project, so put together once.
_COUNTS = select(_visits(), _visits(Visit.mode.in_(_MET)), _contacts(), _leaders())


def gate_of(actor: Actor, project: Project, to: Stage | None = None) -> rules.Gate | None:
    """The gate of `to`, or of the next step; None when the project has reached its last. A fixed number of statements."""
    live = records.live_kinds(project)
    to = to or rules.next_step(project.stage, live)
    if to is None:
        return None
    if to.order >= Stage.SIGNED.order:
        return _milestone_gate(actor, project, MilestoneKind(to.value), live)
    may = not live and records.may(actor, project, permissions.STAGE_MOVE)
    return _talking_gate(actor, project, to, facts_of(project, actor), live, may)


def talking_gates(actor: Actor, project: Project) -> dict[Stage, rules.Gate]:
    """The gate of every other stage of talks, by stage; empty under a live milestone. As many statements as for one."""
    live = records.live_kinds(project)
    if live:
        return {}
    may, facts = records.may(actor, project, permissions.STAGE_MOVE), facts_of(project, actor)
    return {
        to: _talking_gate(actor, project, to, facts, live, may) for to in TALKING if to is not project.stage
    }


def _talking_gate(
    actor: Actor, project: Project, to: Stage, facts: Facts, live: Collection[MilestoneKind], may: bool
) -> rules.Gate:
    back = rules.is_backward(project.stage, to)
    # Stepping back claims less than before: it asks for a reason, not for evidence.
    found = rules.Answer() if back else rules.answer(gate_table(), to, facts, actor.scopes)
    return rules.Gate(
        to,
        found.missing,
        found.hints,
        found.have,
        may=may,
        path=f"/projects/{project.code}/stage",
        others=rules.other_steps(project.stage, live, to),
        back=back,
    )


def _milestone_gate(
    actor: Actor, project: Project, kind: MilestoneKind, live: Collection[MilestoneKind]
) -> rules.Gate:
    phase = records.phase_before(project, kind)
    milestone = records.milestone_of(project, kind, phase)
    path = rules.milestone_path(project.code, kind, phase.no if phase else None)
    facts = facts_of(project, actor)
    agreement = _stated_agreement(project, milestone)
    review = ReviewDraft()
    if milestone is not None:
        review = ReviewDraft(milestone.review_by, milestone.review_on, milestone.review_conclusion)
    found = rules.answer(gate_table(), kind.stage, _about(facts, None, agreement, path), actor.scopes)
    # The day is asked for on the form itself; a gate names what has to be fetched first.
    lacks = rules.missing_for_submit(kind, clock.today(), found.missing, facts.files, agreement, review, path)
    return rules.Gate(
        kind.stage,
        tuple(lacks),
        found.hints,
        (*found.have, *_signing_have(kind, facts.files, agreement, review)),
        may=records.may(actor, project, permissions.MILESTONE_SUBMIT),
        path=path,
        others=rules.other_steps(project.stage, live, kind.stage),
        state=milestone.state.value if milestone else "",
    )


def _stated_agreement(project: Project, milestone: Milestone | None) -> AgreementDraft:
    if milestone is not None and (
        milestone.agreement_total is not None or milestone.agreement_total_usd is not None
    ):
        return AgreementDraft(
            milestone.agreement_total, milestone.agreement_total_usd, milestone.agreement_fixed
        )
    return AgreementDraft(project.total_investment, project.total_investment_usd, project.fixed_investment)


def _signing_have(
    kind: MilestoneKind, files: Collection[AttachmentKind], agreement: AgreementDraft, review: ReviewDraft
) -> list[str]:
    """Of what the code itself asks for at signing, the words of what is there."""
    if kind is not MilestoneKind.SIGNED:
        return []
    has = []
    if agreement.total is not None or agreement.total_usd is not None:
        has.append("协议总投资与固投" if agreement.fixed is not None else "协议总投资")
    if review.by and review.on and review.conclusion and AttachmentKind.FAIR_COMPETITION in files:
        has.append("公平竞争审查")
    return has


def _about(
    facts: Facts, evidence: Collection[AttachmentKind] | None, agreement: AgreementDraft, path: str
) -> Facts:
    """The project's facts as a milestone sees them: its own files, and the amounts its agreement states."""
    stated = {
        "total_investment": agreement.total,
        "total_investment_usd": agreement.total_usd,
        "fixed_investment": agreement.fixed,
    }
    known = {key: value for key, value in stated.items() if value is not None}
    chosen = None if evidence is None else frozenset(evidence)
    return replace(facts, values={**facts.values, **known}, evidence=chosen, milestone_path=path)


def missing_for_draft(
    project: Project,
    kind: MilestoneKind,
    happened_on: date | None,
    files: Collection[AttachmentKind],
    agreement: AgreementDraft,
    review: ReviewDraft,
    *,
    facts: Facts | None = None,
    path: str = "",
) -> list[rules.Missing]:
    """What a milestone that says this lacks to be submitted. `files` are the kinds chosen as its evidence.

    `path` is its page where it is not the project's own milestone; `facts` spare reading them for each of several.
    """
    path = path or rules.milestone_path(project.code, kind)
    seen = _about(facts or facts_of(project), files, agreement, path)
    found = rules.answer(gate_table(), kind.stage, seen)
    return rules.missing_for_submit(kind, happened_on, found.missing, files, agreement, review, path)


def missing_to_submit(
    project: Project, milestone: Milestone, phase: Phase | None = None
) -> list[rules.Missing]:
    """What a milestone as it stands lacks to be submitted or recognised."""
    agreement, review = records.stated_agreement(milestone), records.review_of(milestone)
    kinds = {a.kind for a in records.evidence_of(milestone)}
    path = rules.milestone_path(project.code, milestone.kind, phase.no if phase else None)
    return missing_for_draft(
        project, milestone.kind, milestone.happened_on, kinds, agreement, review, path=path
    )


def files_needed(project: Project, kind: MilestoneKind) -> tuple[AttachmentKind, ...]:
    """Kinds of files the table asks of this project's milestone, barring or not, the review's file with them.

    One statement for the table; the conditions of a rule are read from the project itself.
    """
    needed = rules.files_of(gate_table(), kind, standing_facts(project))
    if kind is MilestoneKind.SIGNED and AttachmentKind.FAIR_COMPETITION not in needed:
        needed.append(AttachmentKind.FAIR_COMPETITION)
    return tuple(needed)
