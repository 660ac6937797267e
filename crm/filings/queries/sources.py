"""What a filing rests on: visits of the zone with the investor, files of the project, and the story the bureau reads."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import exists, or_, select

from crm.core import clock
from crm.core.db import db
from crm.filings.models import FilingEvidence
from crm.filings.queries.records import FilingRow
from crm.filings.rules import Facts, FilingState, Purpose
from crm.followups.models import Followup
from crm.projects.models import Attachment, Project
from crm.projects.rules import AttachmentKind, Stage, Status
from crm.visits.models import Visit
from crm.visits.rules import MODE_LABELS

_MOST = 30


@dataclass(frozen=True, slots=True)
class VisitChoice:
    id: int
    on: date
    words: str


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    id: int
    filename: str
    purpose: Purpose
    uploaded_at: datetime


@dataclass(frozen=True, slots=True)
class Story:
    """One line of a filing's timeline, as `ui.timeline` draws it."""

    on: date
    title: str
    text: str = ""
    url: str = ""
    big: bool = False


def visits_of(project: Project) -> list[VisitChoice]:
    """Visits of the project's zone with its investor, latest first."""
    if project.company_id is None or project.zone_id is None:
        return []
    rows = db.session.execute(
        select(Visit.id, Visit.happened_on, Visit.mode, Visit.place)
        .where(Visit.company_id == project.company_id, Visit.zone_id == project.zone_id)
        .order_by(Visit.happened_on.desc(), Visit.id.desc())
        .limit(_MOST)
    )
    return [
        VisitChoice(id_, on, f"{on.isoformat()} {MODE_LABELS[mode]} {place}".strip())
        for id_, on, mode, place in rows
    ]


def visit_day(project: Project, visit_id: int) -> date | None:
    """When this visit took place; None unless it is one of the project's zone with its investor."""
    return db.session.scalar(
        select(Visit.happened_on).where(
            Visit.id == visit_id, Visit.company_id == project.company_id, Visit.zone_id == project.zone_id
        )
    )


def papers(project: Project, ids: Sequence[int] = (), *, contact: bool = True) -> list[tuple[int, str]]:
    """Files of the project that are still there, those that prove contact unless told otherwise."""
    query = select(Attachment.id, Attachment.filename).where(
        Attachment.project_id == project.id, Attachment.deleted_at.is_(None)
    )
    if contact:
        query = query.where(Attachment.kind == AttachmentKind.CONTACT)
    if ids:
        query = query.where(Attachment.id.in_(ids))
    return [
        (id_, name) for id_, name in db.session.execute(query.order_by(Attachment.id.desc()).limit(_MOST))
    ]


def facts_of(project: Project) -> Facts:
    """What the panel of the project's page needs, in one statement."""
    visited = exists().where(Visit.company_id == project.company_id, Visit.zone_id == project.zone_id)
    shown = exists().where(
        Attachment.project_id == project.id,
        Attachment.deleted_at.is_(None),
        Attachment.kind == AttachmentKind.CONTACT,
    )
    contact = db.session.scalar(select(or_(visited, shown)))
    return Facts(
        zone=project.zone_id is not None,
        company=project.company_id is not None,
        amount=project.total_investment is not None or project.total_investment_usd is not None,
        content=bool(project.content.strip()),
        talking=project.stage.order < Stage.SIGNED.order,
        active=project.status is Status.ACTIVE,
        contact=bool(contact),
    )


def evidence_of(filing_id: int) -> list[EvidenceRow]:
    rows = db.session.execute(
        select(Attachment.id, Attachment.filename, FilingEvidence.purpose, Attachment.uploaded_at)
        .join(FilingEvidence, FilingEvidence.attachment_id == Attachment.id)
        .where(FilingEvidence.filing_id == filing_id)
        .order_by(Attachment.uploaded_at, Attachment.id)
    )
    return [EvidenceRow(*row) for row in rows]


def stories(row: FilingRow) -> list[Story]:
    """Filing, visits of that zone with that investor, duties about the project by the day they are due, and evidence, newest
    first. For the bureau's comparison."""
    moment = clock.local(row.filed_at).strftime("%H:%M:%S.%f")[:-3]
    found = []
    if row.ended_on is not None and row.end_kind is not None:
        found.append(Story(row.ended_on, row.state.label, row.end_kind.label, big=True))
    if row.decided_at is not None:
        decided = FilingState.ACCEPTED if row.protected_from else row.state
        found.append(Story(clock.local(row.decided_at).date(), decided.label, row.decision_reason, big=True))
    found.append(Story(row.filed_on, f"报备 {moment}", row.by or "", big=True))
    visits = db.session.execute(
        select(Visit.id, Visit.happened_on, Visit.mode, Visit.summary)
        .where(Visit.company_id == row.company_id, Visit.zone_id == row.zone_id)
        .order_by(Visit.happened_on.desc(), Visit.id.desc())
        .limit(_MOST)
    )
    found += [Story(on, MODE_LABELS[mode], text[:80], f"/visits/{id_}") for id_, on, mode, text in visits]
    duties = db.session.execute(
        select(Followup.id, Followup.due_on, Followup.what, Followup.state)
        .where(Followup.project_id == row.project_id, Followup.zone_id == row.zone_id)
        .order_by(Followup.due_on.desc(), Followup.id.desc())
        .limit(_MOST)
    )
    found += [
        Story(on, f"跟进 {state.label}", what[:80], f"/followups/{id_}") for id_, on, what, state in duties
    ]
    found += [
        Story(
            clock.local(paper.uploaded_at).date(),
            f"上传 {paper.filename}",
            url=f"/projects/attachments/{paper.id}/preview",
        )
        for paper in evidence_of(row.id)
    ]
    return sorted(found, key=lambda one: one.on, reverse=True)
