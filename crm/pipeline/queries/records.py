"""Loading what the pipeline's verbs work on: projects within reach, milestones, evidence, what is locked."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, func, or_, select

from crm.accounts import permissions
from crm.accounts.models import User
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.errors import NotFound
from crm.pipeline import rules
from crm.pipeline.models import Milestone, MilestoneFile, PeriodLock, Recognition, StageChange, StatusChange
from crm.pipeline.rules import MilestoneKind
from crm.projects.models import Attachment, Project
from crm.projects.rules import AttachmentKind, Stage
from crm.projects.scope import visible_to


def lock(project: Project) -> None:
    """Reads the project again and holds it against other writers until the end of the transaction.

    Every verb of the pipeline takes this first, so two of them on one project come one after the other.
    """
    db.session.refresh(project, with_for_update=True)


def milestone_of(project: Project, kind: MilestoneKind) -> Milestone | None:
    """The project's own milestone of this kind as it stands now, not as it was first read."""
    return db.session.scalars(
        select(Milestone)
        .where(Milestone.project_id == project.id, Milestone.kind == kind, Milestone.phase_id.is_(None))
        .execution_options(populate_existing=True)
    ).one_or_none()


def milestones(project: Project) -> Sequence[Milestone]:
    """In the order of the stages."""
    rows = db.session.scalars(
        select(Milestone).where(Milestone.project_id == project.id, Milestone.phase_id.is_(None))
    )
    return sorted(rows, key=lambda m: m.kind.stage.order)


def live_kinds(project: Project) -> frozenset[MilestoneKind]:
    """Kinds of milestones that carry the stage: submitted with their evidence, neither returned nor revoked."""
    return frozenset(
        db.session.scalars(
            select(Milestone.kind).where(Milestone.project_id == project.id, Milestone.state.in_(rules.LIVE))
        )
    )


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
    """Recognitions that the last termination took out and nothing has replaced since."""
    return db.session.scalars(
        select(Recognition)
        .where(
            Recognition.project_id == project.id,
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


def agreement_of(project: Project, milestone: Milestone | None) -> rules.AgreementDraft | None:
    """What the signed agreement says, None while there is none."""
    if milestone is None or milestone.kind is not MilestoneKind.SIGNED:
        milestone = milestone_of(project, MilestoneKind.SIGNED)
    if milestone is None or milestone.state not in rules.LIVE:
        return None
    return rules.AgreementDraft(
        milestone.agreement_total,
        milestone.agreement_total_usd,
        milestone.agreement_fixed,
        milestone.agreement_parties,
    )


def figures_of(project: Project) -> rules.Figures:
    return rules.Figures(
        project.capital,
        project.total_investment,
        project.total_investment_usd,
        project.fixed_investment,
        project.fixed_investment_usd,
    )


def locked_months() -> frozenset[str]:
    return frozenset(db.session.scalars(select(PeriodLock.month)))


@dataclass(frozen=True, slots=True)
class PeriodRow:
    """A month: how much was recognised with a date in it, and who closed it."""

    month: str
    count: int
    locked_at: datetime | None
    locked_by: str


def periods(months: Sequence[str]) -> list[PeriodRow]:
    """Those months with their recognitions of signing in force and their lock; two statements."""
    first, last = rules.first_of_month(min(months)), rules.first_of_month(max(months))
    days = db.session.scalars(
        select(Recognition.statistical_on).where(
            Recognition.statistical_on >= first,
            Recognition.statistical_on < rules.next_month(last),
            Recognition.ended_at.is_(None),
        )
    )
    counts: dict[str, int] = {}
    for day in days:
        counts[rules.month_of(day)] = counts.get(rules.month_of(day), 0) + 1
    locks = {
        month: (at, name or "")
        for month, at, name in db.session.execute(
            select(PeriodLock.month, PeriodLock.locked_at, User.name).outerjoin(
                User, User.id == PeriodLock.locked_by
            )
        )
    }
    return [PeriodRow(m, counts.get(m, 0), *locks.get(m, (None, ""))) for m in months]


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
    """Whether a verb of the actor's post reaches this project."""
    return actor.can(verb) and bool(
        db.session.scalar(
            select(func.count()).select_from(Project).where(Project.id == project.id, visible_to(actor, verb))
        )
    )


def may_decide(actor: Actor, project: Project, change: StatusChange) -> bool:
    verb = (
        permissions.TERMINATE_APPROVE
        if rules.status.needs_bureau(change.before, change.after)
        else permissions.STATUS_APPROVE
    )
    return may(actor, project, verb)
