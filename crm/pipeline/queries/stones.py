"""The milestones of a project and of its phases, with their files and every recognition ever made of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from crm.accounts.models import User
from crm.core.db import db
from crm.pipeline import rules
from crm.pipeline.models import Milestone, MilestoneFile, Recognition
from crm.pipeline.queries import gates, records
from crm.pipeline.rules import EndKind, MilestoneKind, MilestoneState
from crm.projects import queries as projects
from crm.projects.models import Attachment, Phase, Project
from crm.projects.rules import ATTACHMENT_LABELS, AttachmentKind, Capital, PhaseKind, Tier
from crm.zones.models import Zone


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file of evidence; `id` 0 where the reader may not open it, because files name the investor."""

    id: int
    kind: AttachmentKind
    filename: str

    @property
    def label(self) -> str:
        return ATTACHMENT_LABELS[self.kind]

    def closed(self) -> "FileRow":
        return FileRow(0, self.kind, ATTACHMENT_LABELS[self.kind])


@dataclass(frozen=True, slots=True)
class RecognitionRow:
    """One recognition as it was made, and how it ended."""

    id: int
    happened_on: date
    statistical_on: date
    asked_statistical_on: date | None
    capital: Capital
    amount: Decimal | None
    amount_usd: Decimal | None
    fixed: Decimal | None
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


@dataclass(frozen=True, slots=True)
class PhaseRow:
    """A phase or an increase with the milestones it can have."""

    no: int
    name: str
    kind: PhaseKind
    total: Decimal | None
    total_usd: Decimal | None
    milestones: tuple[MilestoneRow, ...]


@dataclass(frozen=True, slots=True)
class Stones:
    """All milestones of a project: its own seven, and those of its phases by number."""

    own: tuple[MilestoneRow, ...]
    phases: tuple[PhaseRow, ...]


def milestones_of(project: Project, *, disclosed: bool) -> list[MilestoneRow]:
    """The project's own seven kinds in the order of the stages; see `stones_of`."""
    return list(stones_of(project, disclosed=disclosed).own)


def stones_of(project: Project, *, disclosed: bool) -> Stones:
    """Everything in a fixed number of statements.

    `disclosed` False leaves out what names the investor of a confidential project: parties, obligations and files.
    """
    rows = db.session.execute(
        select(Milestone, User.name)
        .outerjoin(User, User.id == Milestone.submitted_by)
        .where(Milestone.project_id == project.id)
    ).all()
    files = files_of([m.id for m, _ in rows])
    made = _recognitions_of(project)
    phases = records.phases(project)
    facts = gates.facts_of(project) if any(m.state not in rules.LIVE for m, _ in rows) else None
    numbers = {phase.id: phase.no for phase in phases}
    found: dict[tuple[int | None, MilestoneKind], MilestoneRow] = {}
    for m, name in rows:
        path = rules.milestone_path(project.code, m.kind, numbers.get(m.phase_id or 0))
        lacks = _missing(project, m, files.get(m.id, ()), facts, path) if facts else ()
        row = _row(m, name or "", files.get(m.id, ()), made.get(m.id, ()), lacks)
        found[m.phase_id, m.kind] = row if disclosed else _closed(row)
    return Stones(
        tuple(found.get((None, kind)) or MilestoneRow(kind) for kind in MilestoneKind),
        tuple(_phase(phase, found) for phase in phases),
    )


def _phase(phase: Phase, found: Mapping[tuple[int | None, MilestoneKind], MilestoneRow]) -> PhaseRow:
    kinds = rules.PHASE_MILESTONES[phase.kind]
    rows = tuple(found.get((phase.id, kind)) or MilestoneRow(kind) for kind in kinds)
    return PhaseRow(
        phase.no, phase.name, phase.kind, phase.total_investment, phase.total_investment_usd, rows
    )


def _closed(row: MilestoneRow) -> MilestoneRow:
    return replace(
        row,
        agreement=replace(row.agreement, parties="", obligations=""),
        files=tuple(f.closed() for f in row.files),
    )


def _missing(
    project: Project, m: Milestone, files: Sequence[FileRow], facts: rules.Facts, path: str
) -> Sequence[rules.Missing]:
    if m.state in rules.LIVE:
        return ()
    kinds = {f.kind for f in files}
    agreement, review = records.stated_agreement(m), records.review_of(m)
    return gates.missing_for_draft(
        project, m.kind, m.happened_on, kinds, agreement, review, facts=facts, path=path
    )


def _row(
    m: Milestone,
    name: str,
    files: Sequence[FileRow],
    made: Sequence[RecognitionRow],
    lacks: Sequence[rules.Missing],
) -> MilestoneRow:
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
        records.stated_agreement(m),
        records.review_of(m),
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


def _recognitions_of(project: Project) -> Mapping[int, Sequence[RecognitionRow]]:
    """Milestone id → its recognitions, newest first."""
    by: dict[int, list[RecognitionRow]] = {}
    rows = db.session.execute(
        select(
            Recognition.milestone_id,
            Recognition.id,
            Recognition.happened_on,
            Recognition.statistical_on,
            Recognition.asked_statistical_on,
            Recognition.capital,
            Recognition.amount,
            Recognition.amount_usd,
            Recognition.fixed,
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
        milestone_id = values.pop("milestone_id")
        values |= {"tier_words": words.get(row.tier, ""), "recognised_by": row.recognised_by or "系统"}
        by.setdefault(milestone_id, []).append(RecognitionRow(**values))
    return by
