"""Disputes as lists and pages need them. Who does not reach a side's filing never gets its row, only until when it protects."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import aliased

from crm.accounts.permissions import RECOGNISE
from crm.core import paging
from crm.core.actor import Actor
from crm.core.calendar import WorkCalendar
from crm.core.db import db
from crm.core.errors import NotFound
from crm.core.paging import Page, Window
from crm.filings import rules
from crm.filings.models import Dispute, DisputeStep, DisputeWord, Filing
from crm.filings.queries.records import FilingRow, rows_by_id
from crm.filings.rules import disputes as ladder
from crm.filings.rules.disputes import DisputeState, Light, Limits, Rung, Step, StepEnd
from crm.filings.scope import visible_to
from crm.projects.models import Project
from crm.settings import queries as settings


@dataclass(frozen=True, slots=True)
class StepRow:
    """A rung as it was gone through; `end` None is the running one. `attachment` is the file's name for who may open it."""

    rung: Rung
    began_on: date
    due_on: date
    end: StepEnd | None = None
    ended_on: date | None = None
    text: str = ""
    document: str = ""
    attachment_id: int | None = None


@dataclass(frozen=True, slots=True)
class WordRow:
    filing_id: int
    keeps_id: int
    text: str
    written_at: datetime


@dataclass(frozen=True, slots=True)
class DisputeRow:
    """`earlier` and `later` are None where the reader does not reach that side; `taken` and `until`, its day while it stands,
    are all he learns of it.

    `steps` are those written and those the calendar has brought since; the last one is where the dispute stands.
    """

    id: int
    version: int
    state: DisputeState
    opened_at: datetime
    opened_zone_id: int | None
    reason: str
    winner_id: int | None
    closed_at: datetime | None
    earlier_id: int
    later_id: int
    earlier: FilingRow | None
    later: FilingRow | None
    taken: str
    until: date | None
    steps: tuple[StepRow, ...]
    light: Light | None

    @property
    def sides(self) -> tuple[FilingRow, ...]:
        return tuple(side for side in (self.earlier, self.later) if side is not None)

    @property
    def whole(self) -> bool:
        """Whether the reader reaches both sides."""
        return len(self.sides) == 2

    @property
    def rung(self) -> Rung:
        return self.steps[-1].rung

    def mine(self, actor: Actor) -> FilingRow | None:
        """The side the actor speaks for; None for the bureau and whoever only looks."""
        return next((side for side in self.sides if side.zone_id == actor.zone_id), None)

    def won(self, filing_id: int) -> bool | None:
        """Whether this side keeps the investor; None while nothing is settled."""
        return None if self.winner_id is None else self.winner_id == filing_id


def limits() -> Limits:
    return {rung: settings.value(f"dispute_{rung.value}_days") for rung in Rung}


def _sides(actor: Actor) -> Select[Any]:
    return select(Filing.id).join(Project, Project.id == Filing.project_id).where(visible_to(actor))


def _reached(actor: Actor) -> ColumnElement[bool]:
    mine = _sides(actor)
    return or_(Dispute.earlier_id.in_(mine), Dispute.later_id.in_(mine))


def _rows(actor: Actor, found: Sequence[Dispute], today: date) -> list[DisputeRow]:
    ids = [one.id for one in found]
    filings = {filing_id for one in found for filing_id in (one.earlier_id, one.later_id)}
    rows = {row.id: row for row in rows_by_id(filings, today)}
    mine = set(db.session.scalars(_sides(actor).where(Filing.id.in_(filings))))
    steps = steps_of(ids)
    calendar, spans = settings.calendar(), limits()
    return [_row(actor, one, rows, mine, steps[one.id], today, calendar, spans) for one in found]


def _row(
    actor: Actor,
    one: Dispute,
    rows: dict[int, FilingRow],
    mine: set[int],
    steps: list[StepRow],
    today: date,
    calendar: WorkCalendar,
    spans: Limits,
) -> DisputeRow:
    running = one.state is DisputeState.OPEN
    shown = [*steps, *_since(steps[-1], today, spans, calendar)] if running else steps
    last = shown[-1]
    earlier, later = rows[one.earlier_id], rows[one.later_id]
    hidden = next((side for side in (earlier, later) if side.id not in mine), earlier)
    opener = actor.can(RECOGNISE) or (one.opened_zone_id is not None and one.opened_zone_id == actor.zone_id)
    return DisputeRow(
        one.id, one.version, one.state, one.opened_at, one.opened_zone_id, one.reason if opener else "",
        one.winner_id, one.closed_at, one.earlier_id, one.later_id,
        earlier if earlier.id in mine else None, later if later.id in mine else None, *_told(hidden, today),
        tuple(shown), ladder.light(Step(last.rung, last.began_on, last.due_on), today, calendar) if running else None,
    )  # fmt: skip


def _told(hidden: FilingRow, today: date) -> tuple[str, date | None]:
    if hidden.state in rules.ENDED:
        return "报备已结束", None
    return rules.taken_words(hidden.would_end, today), hidden.would_end


def _since(last: StepRow, today: date, spans: Limits, calendar: WorkCalendar) -> list[StepRow]:
    more = ladder.lapsed(Step(last.rung, last.began_on, last.due_on), today, spans, calendar)
    return [StepRow(step.rung, step.began_on, step.due_on) for step in more]


def steps_of(ids: Iterable[int]) -> dict[int, list[StepRow]]:
    """The written rungs of each dispute, from the first up."""
    found: dict[int, list[StepRow]] = {}
    rows = db.session.scalars(
        select(DisputeStep).where(DisputeStep.dispute_id.in_(tuple(ids))).order_by(DisputeStep.id)
    )
    for row in rows:
        found.setdefault(row.dispute_id, []).append(
            StepRow(
                row.rung, row.began_on, row.due_on, row.end, row.ended_on, row.text, row.document,
                row.attachment_id,
            )
        )  # fmt: skip
    return found


# --- for an actor ----------------------------------------------------------------------------------------


def disputes(actor: Actor, states: Sequence[DisputeState], window: Window, today: date) -> Page[DisputeRow]:
    """Newest first; a zone's own and those against it, the bureau's all."""
    wanted = (Dispute.state.in_(tuple(states)), _reached(actor))
    total = db.session.scalar(select(func.count(Dispute.id)).where(*wanted))
    query = select(Dispute).where(*wanted)
    if window.after:
        query = query.where(Dispute.id < paging.number(paging.key_of(window.after, 1)[0]))
    found = list(db.session.scalars(query.order_by(Dispute.id.desc()).limit(window.per_page + 1)))
    items = _rows(actor, found[: window.per_page], today)
    more = paging.token(items[-1].id) if len(found) > window.per_page else None
    return Page(items, total or 0, window, more)


def dispute_counts(actor: Actor) -> dict[DisputeState, int]:
    rows = db.session.execute(
        select(Dispute.state, func.count(Dispute.id)).where(_reached(actor)).group_by(Dispute.state)
    )
    return {state: number for state, number in rows}


def dispute(actor: Actor, dispute_id: int, today: date) -> DisputeRow:
    return _rows(actor, [find_dispute(actor, dispute_id)], today)[0]


def find_dispute(actor: Actor, dispute_id: int) -> Dispute:
    """The record for acting on it; NotFound outside the actor's sight."""
    found = db.session.scalar(select(Dispute).where(Dispute.id == dispute_id, _reached(actor)))
    if found is None:
        raise NotFound()
    return found


def disputes_of(actor: Actor, filing_id: int, today: date) -> list[DisputeRow]:
    """Those of one filing, newest first."""
    about = or_(Dispute.earlier_id == filing_id, Dispute.later_id == filing_id)
    query = select(Dispute).where(about, _reached(actor)).order_by(Dispute.id.desc())
    found = list(db.session.scalars(query))
    return _rows(actor, found, today) if found else []


def disputes_waiting(actor: Actor) -> Select[Any]:
    """A select of how many wait for this actor: the bureau's above the talks, a zone's talks in which it has not the last word."""
    running = select(DisputeStep.dispute_id).where(DisputeStep.end.is_(None))
    talks = Dispute.id.in_(running.where(DisputeStep.rung == Rung.TALKS))
    query = select(func.count(Dispute.id)).where(Dispute.state == DisputeState.OPEN)
    if actor.can(RECOGNISE):
        return query.where(~talks)
    mine = select(Filing.id).where(Filing.zone_id == actor.zone_id)
    newest = select(func.max(DisputeWord.id)).group_by(DisputeWord.dispute_id)
    said = select(DisputeWord.dispute_id).where(DisputeWord.id.in_(newest), DisputeWord.filing_id.in_(mine))
    involved = or_(Dispute.earlier_id.in_(mine), Dispute.later_id.in_(mine))
    return query.where(talks, involved, Dispute.id.not_in(said))


# --- for the feature itself --------------------------------------------------------------------------------


def open_disputes(filing_id: int | None = None) -> Sequence[Dispute]:
    """Running ones, of one filing or of all."""
    query = select(Dispute).where(Dispute.state == DisputeState.OPEN).order_by(Dispute.id)
    if filing_id is not None:
        query = query.where(or_(Dispute.earlier_id == filing_id, Dispute.later_id == filing_id))
    return db.session.scalars(query).all()


def ruled(loser_project_id: int, winner_project_id: int, winner_id: int) -> bool:
    """Whether the leading group has given the investor to this filing against that project."""
    earlier, later = aliased(Filing), aliased(Filing)
    query = (
        select(Dispute.id)
        .join(DisputeStep, DisputeStep.dispute_id == Dispute.id)
        .join(earlier, earlier.id == Dispute.earlier_id)
        .join(later, later.id == Dispute.later_id)
        .where(
            DisputeStep.end == StepEnd.RULED,
            Dispute.winner_id == winner_id,
            or_(
                and_(earlier.project_id == loser_project_id, later.project_id == winner_project_id),
                and_(later.project_id == loser_project_id, earlier.project_id == winner_project_id),
            ),
        )
        .limit(1)
    )
    return db.session.scalar(query) is not None


def sides_of(dispute: Dispute) -> Sequence[Filing]:
    """The two filings, the earlier one first."""
    return [db.session.get_one(Filing, id_) for id_ in (dispute.earlier_id, dispute.later_id)]


def own_side(actor: Actor, dispute: Dispute) -> Filing:
    """The filing of the actor's own zone; NotFound for whoever is none of the two."""
    mine = next((side for side in sides_of(dispute) if side.zone_id == actor.zone_id), None)
    if mine is None:
        raise NotFound()
    return mine


def words_of(dispute_id: int) -> list[WordRow]:
    """What the sides wrote, newest first."""
    rows: Any = db.session.execute(
        select(DisputeWord.filing_id, DisputeWord.keeps_id, DisputeWord.text, DisputeWord.written_at)
        .where(DisputeWord.dispute_id == dispute_id)
        .order_by(DisputeWord.id.desc())
    )
    return [WordRow(*row) for row in rows]
