"""How a project came to where it stands: its milestones with their files, its stages, its status."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import aliased

from crm.accounts.models import User
from crm.core.db import db
from crm.pipeline import rules
from crm.pipeline.models import Milestone, MilestoneFile, Recognition, StageChange, StatusChange
from crm.pipeline.rules import EndKind, MilestoneKind, MilestoneState
from crm.projects import queries as projects
from crm.projects.models import Attachment, Project
from crm.projects.rules import ATTACHMENT_LABELS, AttachmentKind, Capital, Stage, Status, Tier
from crm.zones.models import Zone


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file of evidence; `id` 0 where the reader may not open it, because files name the investor."""

    id: int
    kind: AttachmentKind
    filename: str

    def closed(self) -> "FileRow":
        return FileRow(0, self.kind, ATTACHMENT_LABELS[self.kind])


@dataclass(frozen=True, slots=True)
class RecognitionRow:
    """One recognition as it was made, and how it ended."""

    id: int
    statistical_on: date
    asked_statistical_on: date | None
    capital: Capital
    amount: Decimal | None
    amount_usd: Decimal | None
    tier: Tier | None
    tier_words: str
    zone: str
    zone_code: str
    recognised_at: datetime
    recognised_by: str
    ended_at: datetime | None
    ended_on: date | None
    end_kind: EndKind | None
    end_reason: str


@dataclass(frozen=True, slots=True)
class MilestoneRow:
    """A milestone of one project; `state` None means nobody has begun it. `missing` says what keeps it from being submitted."""

    kind: MilestoneKind
    id: int | None = None
    version: int = 0
    state: MilestoneState | None = None
    happened_on: date | None = None
    submitted_at: datetime | None = None
    submitted_by: str = ""
    decision_reason: str = ""
    needs_again: bool = False
    order_reason: str = ""
    agreement: rules.AgreementDraft = field(default_factory=rules.AgreementDraft)
    review: rules.ReviewDraft = field(default_factory=rules.ReviewDraft)
    files: tuple[FileRow, ...] = ()
    recognitions: tuple[RecognitionRow, ...] = ()
    missing: tuple[rules.Missing, ...] = ()

    @property
    def in_force(self) -> RecognitionRow | None:
        return next((r for r in self.recognitions if r.ended_at is None), None)


def milestones_of(project: Project, *, disclosed: bool) -> list[MilestoneRow]:
    """All seven kinds in the order of the stages, with files and every recognition ever made; three statements.

    `disclosed` False leaves out what names the investor of a confidential project: parties and files.
    """
    rows = db.session.execute(
        select(Milestone, User.name)
        .outerjoin(User, User.id == Milestone.submitted_by)
        .where(Milestone.project_id == project.id, Milestone.phase_id.is_(None))
    ).all()
    files = files_of([m.id for m, _ in rows])
    made = _recognitions_of(project)
    found = {
        m.kind: _row(project, m, name or "", files.get(m.id, ()), made.get(m.kind, ())) for m, name in rows
    }
    shown = [found.get(kind) or MilestoneRow(kind) for kind in MilestoneKind]
    return shown if disclosed else [_closed(row) for row in shown]


def _closed(row: MilestoneRow) -> MilestoneRow:
    return replace(
        row, agreement=replace(row.agreement, parties=""), files=tuple(f.closed() for f in row.files)
    )


def _row(
    project: Project, m: Milestone, name: str, files: Sequence[FileRow], made: Sequence[RecognitionRow]
) -> MilestoneRow:
    agreement = rules.AgreementDraft(
        m.agreement_total, m.agreement_total_usd, m.agreement_fixed, m.agreement_parties
    )
    review = rules.ReviewDraft(m.review_by, m.review_on, m.review_conclusion)
    lacks: list[rules.Missing] = []
    if m.state not in rules.LIVE:
        kinds = {f.kind for f in files}
        path = rules.milestone_path(project.code, m.kind)
        lacks = rules.missing_for_submit(m.kind, m.happened_on, kinds, agreement, review, path)
    return MilestoneRow(
        m.kind,
        m.id,
        m.version,
        m.state,
        m.happened_on,
        m.submitted_at,
        name,
        m.decision_reason,
        m.needs_again,
        m.order_reason,
        agreement,
        review,
        tuple(files),
        tuple(made),
        tuple(lacks),
    )


def files_of(milestone_ids: Sequence[int]) -> Mapping[int, Sequence[FileRow]]:
    """The evidence of several milestones, without what was deleted."""
    found: dict[int, list[FileRow]] = {}
    if not milestone_ids:
        return found
    rows = db.session.execute(
        select(MilestoneFile.milestone_id, Attachment.id, Attachment.kind, Attachment.filename)
        .join(Attachment, Attachment.id == MilestoneFile.attachment_id)
        .where(MilestoneFile.milestone_id.in_(milestone_ids), Attachment.deleted_at.is_(None))
        .order_by(Attachment.id)
    )
    for milestone_id, attachment_id, kind, filename in rows:
        found.setdefault(milestone_id, []).append(FileRow(attachment_id, kind, filename))
    return found


def _recognitions_of(project: Project) -> Mapping[MilestoneKind, Sequence[RecognitionRow]]:
    """Newest first."""
    by: dict[MilestoneKind, list[RecognitionRow]] = {}
    rows = db.session.execute(
        select(
            Recognition.kind,
            Recognition.id,
            Recognition.statistical_on,
            Recognition.asked_statistical_on,
            Recognition.capital,
            Recognition.amount,
            Recognition.amount_usd,
            Recognition.tier,
            Zone.short_name.label("zone"),
            Zone.code.label("zone_code"),
            Recognition.recognised_at,
            User.name.label("recognised_by"),
            Recognition.ended_at,
            Recognition.ended_on,
            Recognition.end_kind,
            Recognition.end_reason,
        )
        .join(Zone, Zone.id == Recognition.zone_id)
        .outerjoin(User, User.id == Recognition.recognised_by)
        .where(Recognition.project_id == project.id)
        .order_by(Recognition.id.desc())
    )
    words = {tier.code: tier.label for tier in projects.tiers()}
    for row in rows:
        values: dict[str, Any] = dict(row._mapping)
        kind = values.pop("kind")
        values |= {"tier_words": words.get(row.tier, ""), "recognised_by": row.recognised_by or "系统"}
        by.setdefault(kind, []).append(RecognitionRow(**values))
    return by


@dataclass(frozen=True, slots=True)
class StageRow:
    """One move; `on` is the moment it was made."""

    before: Stage | None
    after: Stage
    cause: str
    note: str
    by: str
    at: datetime


def stage_history(project: Project) -> list[StageRow]:
    """Newest first."""
    rows = db.session.execute(
        select(
            StageChange.before,
            StageChange.after,
            StageChange.cause,
            StageChange.note,
            User.name,
            StageChange.at,
        )
        .outerjoin(User, User.id == StageChange.changed_by)
        .where(StageChange.project_id == project.id)
        .order_by(StageChange.id.desc())
    )
    return [
        StageRow(before, after, cause, note, name or "系统", at)
        for before, after, cause, note, name, at in rows
    ]


@dataclass(frozen=True, slots=True)
class StatusRow:
    """A change of status, proposed or decided."""

    id: int
    before: Status
    after: Status
    reason: str
    category: str
    went_to: str
    review_on: date | None
    effective_on: date
    proposed_by: str
    proposed_at: datetime
    decided_by: str
    decided_at: datetime | None
    approved: bool | None
    decision_note: str


def status_history(project: Project) -> list[StatusRow]:
    """Newest first."""
    decider = aliased(User)
    rows = db.session.execute(
        select(
            StatusChange.id,
            StatusChange.before,
            StatusChange.after,
            StatusChange.reason,
            StatusChange.category,
            StatusChange.went_to,
            StatusChange.review_on,
            StatusChange.effective_on,
            User.name,
            StatusChange.proposed_at,
            decider.name,
            StatusChange.decided_at,
            StatusChange.approved,
            StatusChange.decision_note,
        )
        .outerjoin(User, User.id == StatusChange.proposed_by)
        .outerjoin(decider, decider.id == StatusChange.decided_by)
        .where(StatusChange.project_id == project.id)
        .order_by(StatusChange.id.desc())
    )
    return [
        StatusRow(
            *row[:8],
            proposed_by=row[8] or "系统",
            proposed_at=row[9],
            decided_by=row[10] or "",
            decided_at=row[11],
            approved=row[12],
            decision_note=row[13],
        )
        for row in rows
    ]
