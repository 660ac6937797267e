"""What the next step of a project still lacks, and what it would take."""

from sqlalchemy import and_, func, or_, select

from crm.accounts import permissions
from crm.core.actor import Actor
from crm.core.db import db
from crm.pipeline import rules
from crm.pipeline.models import Milestone
from crm.pipeline.queries import records
from crm.pipeline.rules import MilestoneKind
from crm.projects.models import Project
from crm.projects.rules import AttachmentKind, Stage
from crm.visits.models import Visit, VisitProject
from crm.visits.rules import Mode

_MET = (Mode.OUTBOUND, Mode.INBOUND, Mode.STATIONED)


def gate_of(actor: Actor, project: Project, to: Stage | None = None) -> rules.Gate | None:
    """The gate of `to`, or of the next step; None when the project has reached its last. A fixed number of statements."""
    live = records.live_kinds(project)
    to = to or rules.next_step(project.stage, live)
    if to is None:
        return None
    if to.order >= Stage.SIGNED.order:
        return _milestone_gate(actor, project, MilestoneKind(to.value))
    lacks, has = rules.hints_for(to, _talk_facts(project), _links(project))
    others = tuple(
        s for s in Stage if s.order <= Stage.INTENT.order and s not in (project.stage, to) and not live
    )
    return rules.Gate(
        to,
        hints=tuple(lacks),
        have=tuple(has),
        may=not live and records.may(actor, project, permissions.STAGE_MOVE),
        path=f"/projects/{project.code}/stage",
        others=others,
    )


def _milestone_gate(actor: Actor, project: Project, kind: MilestoneKind) -> rules.Gate:
    milestone = records.milestone_of(project, kind)
    path = rules.milestone_path(project.code, kind)
    files = records.attachment_kinds(project)
    agreement = _stated_agreement(project, milestone)
    review = rules.ReviewDraft()
    happened_on = None
    if milestone is not None:
        review = rules.ReviewDraft(milestone.review_by, milestone.review_on, milestone.review_conclusion)
        happened_on = milestone.happened_on
    lacks = rules.missing_for_submit(kind, happened_on, files, agreement, review, path)
    # The day is asked for on the form itself; a gate names what has to be fetched first.
    lacks = [m for m in lacks if m.field != "happened_on"]
    return rules.Gate(
        kind.stage,
        missing=tuple(lacks),
        have=tuple(_have(kind, files, agreement, review)),
        may=records.may(actor, project, permissions.MILESTONE_SUBMIT),
        path=path,
        state=milestone.state.value if milestone else "",
    )


def _stated_agreement(project: Project, milestone: Milestone | None) -> rules.AgreementDraft:
    if milestone is not None and (
        milestone.agreement_total is not None or milestone.agreement_total_usd is not None
    ):
        return rules.AgreementDraft(
            milestone.agreement_total, milestone.agreement_total_usd, milestone.agreement_fixed
        )
    return rules.AgreementDraft(
        project.total_investment, project.total_investment_usd, project.fixed_investment
    )


def _have(
    kind: MilestoneKind,
    files: frozenset[AttachmentKind],
    agreement: rules.AgreementDraft,
    review: rules.ReviewDraft,
) -> list[str]:
    has = [rules.file_words(needed) for needed in rules.REQUIRED_FILES[kind] if needed in files]
    if kind is MilestoneKind.SIGNED:
        if agreement.total is not None or agreement.total_usd is not None:
            has.append("总投资与固投" if agreement.fixed is not None else "总投资")
        if review.by and review.on and review.conclusion and AttachmentKind.FAIR_COMPETITION in files:
            has.append("公平竞争审查")
    return has


def _talk_facts(project: Project) -> rules.TalkFacts:
    about = select(VisitProject.visit_id).where(VisitProject.project_id == project.id)
    with_investor = and_(Visit.company_id == project.company_id, Visit.zone_id == project.zone_id)
    counted = (
        select(Visit.mode, func.count()).where(or_(Visit.id.in_(about), with_investor)).group_by(Visit.mode)
    )
    modes = {mode: number for mode, number in db.session.execute(counted)}
    return rules.TalkFacts(
        source=project.source is not None,
        visits=sum(modes.values()),
        received=sum(modes.get(mode, 0) for mode in _MET),
        content=bool(project.content),
        files=records.attachment_kinds(project),
    )


def _links(project: Project) -> dict[str, str]:
    """Where each hint is put right; held equal to the routes by a test."""
    base = f"/projects/{project.code}"
    return {
        "source": f"{base}/edit",
        "content": f"{base}/edit",
        "visits": f"/visits/new?project={project.code}",
        "evidence": f"{base}?tab=files",
    }


def missing_to_submit(project: Project, milestone: Milestone) -> list[rules.Missing]:
    """What a milestone as it stands lacks to be submitted or recognised."""
    kinds = {a.kind for a in records.evidence_of(milestone)}
    agreement = rules.AgreementDraft(
        milestone.agreement_total, milestone.agreement_total_usd, milestone.agreement_fixed
    )
    review = rules.ReviewDraft(milestone.review_by, milestone.review_on, milestone.review_conclusion)
    path = rules.milestone_path(project.code, milestone.kind)
    return rules.missing_for_submit(milestone.kind, milestone.happened_on, kinds, agreement, review, path)
