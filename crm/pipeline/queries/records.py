"""Loading what the pipeline's verbs work on: projects within reach, milestones, evidence, what is locked."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, func, or_, select

from crm.accounts import permissions
from crm.core.actor import Actor, Scope
from crm.core.db import db
from crm.core.errors import NotFound
from crm.pipeline import rules
from crm.pipeline.models import Milestone, MilestoneFile, Recognition, StageChange, StatusChange
from crm.pipeline.rules import MilestoneKind
from crm.projects.models import Attachment, Phase, Project
from crm.projects.rules import AttachmentKind, PhaseKind, Stage, Status
from crm.projects.scope import visible_to


def lock(project: Project) -> None:
    """Reads the project again and holds it against other writers until the end of the transaction.

    Every verb of the pipeline takes this first, so two of them on one project come one after the other.
    """
    db.session.refresh(project, with_for_update=True)


def milestone_of(project: Project, kind: MilestoneKind, phase: Phase | None = None) -> Milestone | None:
    """The project's own milestone of this kind, or that of one phase, as it stands now and not as it was first read."""
    return db.session.scalars(
        select(Milestone)
        .where(Milestone.project_id == project.id, Milestone.kind == kind, _of(phase))
        .execution_options(populate_existing=True)
    ).one_or_none()


def _of(phase: Phase | None) -> ColumnElement[bool]:
    return Milestone.phase_id.is_(None) if phase is None else Milestone.phase_id == phase.id


def to_decide(actor: Actor, ids: Collection[int]) -> list[tuple[Milestone, Project, Phase | None]]:
    """Those of the milestones that the actor may decide on, with their project and their phase; one statement."""
    rows = db.session.execute(
        select(Milestone, Project, Phase)
        .join(Project, Project.id == Milestone.project_id)
        .outerjoin(Phase, Phase.id == Milestone.phase_id)
        .where(Milestone.id.in_(ids), visible_to(actor, permissions.RECOGNISE))
    )
    return [(milestone, project, phase) for milestone, project, phase in rows]


def milestones(project: Project, phase: Phase | None = None) -> Sequence[Milestone]:
    """The project's own, or those of one phase, in the order of the stages."""
    rows = db.session.scalars(select(Milestone).where(Milestone.project_id == project.id, _of(phase)))
    return sorted(rows, key=lambda m: m.kind.stage.order)


def phases(project: Project) -> Sequence[Phase]:
    """Phases and increases by their number."""
    return db.session.scalars(select(Phase).where(Phase.project_id == project.id).order_by(Phase.no)).all()


def milestones_of_phases(project: Project) -> Sequence[Milestone]:
    return db.session.scalars(
        select(Milestone).where(Milestone.project_id == project.id, Milestone.phase_id.is_not(None))
    ).all()


def phase_before(project: Project, kind: MilestoneKind) -> Phase | None:
    """The first phase that still has to reach a milestone which phases reach by themselves; None where the project has none."""
    if kind not in rules.PHASE_MILESTONES[PhaseKind.PHASE]:
        return None
    reached = select(Milestone.phase_id).where(
        Milestone.project_id == project.id,
        Milestone.kind == kind,
        Milestone.phase_id.is_not(None),
        Milestone.state.in_(rules.LIVE),
    )
    return db.session.scalars(
        select(Phase)
        .where(Phase.project_id == project.id, Phase.kind == PhaseKind.PHASE, Phase.id.not_in(reached))
        .order_by(Phase.no)
        .limit(1)
    ).one_or_none()


def live_kinds(project: Project) -> frozenset[MilestoneKind]:
    """Kinds of milestones that carry the stage: submitted with their evidence, neither returned nor revoked.

    What the phases have reached is in it by `rules.carried`.
    """
    live: dict[int | None, set[MilestoneKind]] = {}
    for phase_id, kind in db.session.execute(
        select(Milestone.phase_id, Milestone.kind).where(
            Milestone.project_id == project.id, Milestone.state.in_(rules.LIVE)
        )
    ):
        live.setdefault(phase_id, set()).add(kind)
    phases = db.session.execute(select(Phase.id, Phase.kind).where(Phase.project_id == project.id))
    parts = [rules.Part(kind, frozenset(live.get(phase_id, ()))) for phase_id, kind in phases]
    return rules.carried(live.get(None, set()), parts)


def evidence_of(milestone: Milestone) -> Sequence[Attachment]:
    """Its files that still exist, oldest first."""
    return db.session.scalars(
        select(Attachment)
        .join(MilestoneFile, MilestoneFile.attachment_id == Attachment.id)
        .where(MilestoneFile.milestone_id == milestone.id, Attachment.deleted_at.is_(None))
        .order_by(Attachment.id)
    ).all()


def attachments_of(project: Project, ids: Collection[int] | None = None) -> Sequence[Attachment]:
    """The project's files, oldest first; with `ids` only those of them that are the project's."""
    wanted = [] if ids is None else [Attachment.id.in_(ids)]
    return db.session.scalars(
        select(Attachment)
        .where(Attachment.project_id == project.id, Attachment.deleted_at.is_(None), *wanted)
        .order_by(Attachment.id)
    ).all()


def attachment_kinds(project: Project) -> frozenset[AttachmentKind]:
    return frozenset(
        db.session.scalars(
            select(Attachment.kind)
            .where(Attachment.project_id == project.id, Attachment.deleted_at.is_(None))
            .distinct()
        )
    )


def ends_with_papers(project: Project) -> bool:
    """Whether a 解除协议 stands behind a termination: one sent since an earlier termination was taken back."""
    taken_back = (
        select(func.max(StatusChange.decided_at))
        .where(
            StatusChange.project_id == project.id,
            StatusChange.before == Status.TERMINATED,
            StatusChange.approved.is_(True),
        )
        .scalar_subquery()
    )
    papers = select(Attachment.id).where(
        Attachment.project_id == project.id,
        Attachment.kind == AttachmentKind.TERMINATION,
        Attachment.deleted_at.is_(None),
        or_(taken_back.is_(None), Attachment.uploaded_at > taken_back),
    )
    return bool(db.session.scalar(select(papers.exists())))


def last_talking(project: Project) -> Stage:
    """The stage of talks a project had reached before its milestones; 拟签约 where the history does not say."""
    talking = [s for s in Stage if s.order <= Stage.INTENT.order]
    row = db.session.execute(
        select(StageChange.before, StageChange.after)
        .where(
            StageChange.project_id == project.id,
            or_(StageChange.before.in_(talking), StageChange.after.in_(talking)),
        )
        .order_by(StageChange.id.desc())
        .limit(1)
    ).first()
    if row is None:
        return project.stage if project.stage in talking else Stage.INTENT
    return row.after if row.after in talking else row.before or Stage.INTENT


def in_force(project_ids: Iterable[int]) -> Sequence[Recognition]:
    """Recognitions that nobody has ended."""
    return db.session.scalars(
        select(Recognition)
        .where(Recognition.project_id.in_(list(project_ids)), Recognition.ended_at.is_(None))
        .order_by(Recognition.id)
    ).all()


def ended_by_termination(project: Project) -> Sequence[Recognition]:
    """Recognitions that the last termination took out and nothing has replaced since: the newest of their milestone."""
    newest = (
        select(func.max(Recognition.id))
        .where(Recognition.project_id == project.id)
        .group_by(Recognition.milestone_id)
    )
    return db.session.scalars(
        select(Recognition)
        .where(
            Recognition.id.in_(newest),
            Recognition.end_kind == rules.EndKind.TERMINATED,
            Recognition.restored_at.is_(None),
        )
        .order_by(Recognition.id)
    ).all()


def recognition_in_force(milestone: Milestone) -> Recognition | None:
    return db.session.scalars(
        select(Recognition).where(Recognition.milestone_id == milestone.id, Recognition.ended_at.is_(None))
    ).one_or_none()


def counting(as_of: date, known_at: datetime) -> ColumnElement[bool]:
    """Recognitions in the count of `as_of` by what was recorded at `known_at`: `rules.counts_at` as a condition."""
    return and_(
        Recognition.recognised_at <= known_at,
        Recognition.statistical_on <= as_of,
        or_(Recognition.restored_at.is_(None), Recognition.restored_at > known_at),
        or_(Recognition.ended_at.is_(None), Recognition.ended_at > known_at, Recognition.ended_on > as_of),
    )


def agreement_of(
    project: Project, milestone: Milestone | None, phase: Phase | None = None
) -> rules.AgreementDraft | None:
    """What counts of the signed agreement of a project or of an increase, None while there is none.

    Signing itself counts by what was submitted. Later milestones go by the agreement as it was recognised, so that a
    change the bureau has not accepted reaches no figure.
    """
    if milestone is not None and milestone.kind is MilestoneKind.SIGNED:
        return stated_agreement(milestone)
    signed = milestone_of(project, MilestoneKind.SIGNED, phase)
    if signed is None or signed.state not in rules.LIVE:
        return None
    made = recognition_in_force(signed)
    if made is not None:
        return rules.AgreementDraft(made.amount, made.amount_usd, made.fixed)
    return stated_agreement(signed)


def stated_agreement(milestone: Milestone) -> rules.AgreementDraft:
    """The agreement as its milestone has it."""
    return rules.AgreementDraft(
        milestone.agreement_total,
        milestone.agreement_total_usd,
        milestone.agreement_fixed,
        milestone.agreement_parties,
        milestone.agreement_land_mu,
        milestone.agreement_start_by,
        milestone.agreement_complete_by,
        milestone.agreement_obligations,
    )


def review_of(milestone: Milestone) -> rules.ReviewDraft:
    """The fair-competition review as its milestone has it."""
    return rules.ReviewDraft(milestone.review_by, milestone.review_on, milestone.review_conclusion)


def figures_of(project: Project, phase: Phase | None = None) -> rules.Figures:
    """The figures of the project's own record, or of one phase."""
    if phase is not None:
        return rules.Figures(
            project.capital, phase.total_investment, phase.total_investment_usd, phase.fixed_investment, None
        )
    return rules.Figures(
        project.capital,
        project.total_investment,
        project.total_investment_usd,
        project.fixed_investment,
        project.fixed_investment_usd,
    )


def open_change(project: Project) -> StatusChange | None:
    """The proposed change of status that nobody has decided."""
    return db.session.scalars(
        select(StatusChange).where(StatusChange.project_id == project.id, StatusChange.decided_at.is_(None))
    ).one_or_none()


def status_change(project: Project, change_id: int) -> StatusChange:
    found = db.session.scalars(
        select(StatusChange)
        .where(StatusChange.id == change_id, StatusChange.project_id == project.id)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise NotFound()
    return found


def may(actor: Actor, project: Project, verb: str) -> bool:
    """Whether a verb of the actor's post reaches this project; who reaches the whole city need not ask."""
    return actor.can(verb) and bool(
        actor.scope(verb) is Scope.CITY
        or db.session.scalar(select(Project.id).where(Project.id == project.id, visible_to(actor, verb)))
    )


def may_decide(actor: Actor, project: Project, change: StatusChange) -> bool:
    verb = (
        permissions.TERMINATE_APPROVE
        if rules.status.needs_bureau(change.before, change.after)
        else permissions.STATUS_APPROVE
    )
    return may(actor, project, verb)
