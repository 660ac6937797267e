"""The two sides of a dispute, measured alike, for whoever reaches both."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select

from crm.core.db import db
from crm.filings.queries.records import FilingRow
from crm.filings.queries.sources import EvidenceRow, Story, evidence_of, stories
from crm.filings.rules import Purpose
from crm.followups.models import Followup
from crm.followups.rules import DutyState
from crm.visits.models import Visit


@dataclass(frozen=True, slots=True)
class Side:
    """Visits are those of that zone with that investor, duties those about that project."""

    row: FilingRow
    visits: int
    first_visit: date | None
    last_visit: date | None
    evidence: tuple[EvidenceRow, ...]
    choice: tuple[EvidenceRow, ...]
    duties: int
    duties_done: int
    duties_last: date | None
    stories: tuple[Story, ...]


def side(row: FilingRow) -> Side:
    visits, first, last = db.session.execute(
        select(func.count(Visit.id), func.min(Visit.happened_on), func.max(Visit.happened_on)).where(
            Visit.company_id == row.company_id, Visit.zone_id == row.zone_id
        )
    ).one()
    duties, done, due = db.session.execute(
        select(
            func.count(Followup.id),
            func.count(Followup.id).filter(Followup.state == DutyState.DONE),
            func.max(Followup.due_on),
        ).where(Followup.project_id == row.project_id, Followup.zone_id == row.zone_id)
    ).one()
    papers = evidence_of(row.id)
    return Side(
        row,
        visits,
        first,
        last,
        tuple(paper for paper in papers if paper.purpose is not Purpose.CHOICE),
        tuple(paper for paper in papers if paper.purpose is Purpose.CHOICE),
        duties,
        done,
        due,
        tuple(stories(row)),
    )
