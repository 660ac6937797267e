"""A dispute that the bureau mediates and one that is settled, a sanction and one taken back, and questions that met a filing."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from crm.companies.models import Company
from crm.core.db import db
from crm.demo import bulk
from crm.demo.ledger import moment
from crm.demo.people import Cast
from crm.filings import queries
from crm.filings.models import (
    Dispute,
    DisputeStep,
    DisputeWord,
    Filing,
    FilingCheck,
    FilingCheckHit,
    FilingHit,
    Sanction,
)
from crm.filings.rules import EndKind, FilingState, HitReason
from crm.filings.rules import disputes as ladder
from crm.filings.rules.checks import CheckVia
from crm.filings.rules.disputes import DisputeState, Rung, StepEnd
from crm.filings.rules.sanctions import Offence
from crm.settings import queries as settings

_BASIS = "连招组办〔2026〕5号"


def write(cast: Cast, today: date) -> None:
    """After the filings: two old ones turn out to be one group's, a lapsed one was lost in an earlier dispute."""
    protected = list(
        db.session.scalars(
            select(Filing)
            .where(Filing.state == FilingState.ACCEPTED, Filing.filed_at < moment(today - timedelta(days=14)))
            .order_by(Filing.filed_at, Filing.id)
        )
    )
    second = next((one for one in protected[1:] if one.zone_id != protected[0].zone_id), None)
    if second is None:
        return
    hit = _met(protected[0], second)
    _mediated(hit, today)
    _asked(hit)
    _settled(protected[-1], today)
    _sanctions(cast, today)


def _met(first: Filing, second: Filing) -> FilingHit:
    """The second one's investor has the first one's as its parent, and waits behind it."""
    daughter = db.session.get_one(Company, second.company_id)
    if daughter.parent_id is None and daughter.id != first.company_id:
        daughter.parent_id = first.company_id
    second.state, second.decided_by, second.decided_at = FilingState.SUSPECT, None, None
    second.protected_from = second.protected_until = None
    hit = FilingHit(filing_id=second.id, rival_id=first.id, reason=HitReason.GROUP, found_at=second.filed_at)
    db.session.add(hit)
    db.session.flush()
    return hit


def _day(today: date, working: int) -> date:
    return settings.calendar().add_working_days(today, -working)


def _mediated(hit: FilingHit, today: date) -> None:
    """Opened by the second zone; the talks came to nothing, the bureau has two working days left."""
    later = db.session.get_one(Filing, hit.filing_id)
    limits, calendar = queries.limits(), settings.calendar()
    start = _day(today, 6)
    talks = ladder.first_step(start, limits, calendar)
    up = ladder.step_of(Rung.MEDIATION, talks.due_on, limits, calendar)
    at = moment(start)
    made = Dispute(
        earlier_id=hit.rival_id, later_id=later.id, opened_zone_id=later.zone_id, opened_by=later.filed_by,
        opened_at=at, acted_at=at, reason="我方去年已与集团总部签保密协议，接触早于现有报备",
    )  # fmt: skip
    db.session.add(made)
    db.session.flush()
    bulk.add(
        DisputeStep,
        [
            _step(made.id, talks) | {
                "end": StepEnd.LAPSED, "ended_on": talks.due_on, "ended_at": moment(talks.due_on),
            },
            _step(made.id, up),
        ],
    )  # fmt: skip
    words = "集团总部由我方对接在先，请由我方继续，可商分成"
    bulk.add(
        DisputeWord,
        [_word(made.id, later, later.id, words, at + timedelta(hours=3))],
    )


def _step(dispute_id: int, step: ladder.Step) -> dict[str, Any]:
    return {
        "dispute_id": dispute_id, "rung": step.rung, "began_on": step.began_on, "due_on": step.due_on,
        "end": None, "ended_on": None, "ended_at": None, "text": "", "document": "",
    }  # fmt: skip


def _word(dispute_id: int, side: Filing, keeps_id: int, text: str, at: datetime) -> dict[str, Any]:
    return {
        "dispute_id": dispute_id, "filing_id": side.id, "keeps_id": keeps_id, "text": text,
        "written_by": side.filed_by, "written_at": at,
    }  # fmt: skip


def _settled(winner: Filing, today: date) -> None:
    """Two zones that agreed two months ago: the loser's filing stands in the history."""
    loser = db.session.scalars(
        select(Filing)
        .where(Filing.state == FilingState.LAPSED, Filing.zone_id != winner.zone_id)
        .order_by(Filing.id)
    ).first()
    if loser is None:
        return
    earlier, later = sorted((loser, winner), key=lambda one: (one.filed_at, one.id))
    start = _day(today, 40)
    done = _day(today, 38)
    step = ladder.first_step(start, queries.limits(), settings.calendar())
    made = Dispute(
        earlier_id=earlier.id, later_id=later.id, state=DisputeState.SETTLED, winner_id=winner.id,
        opened_zone_id=later.zone_id, opened_by=later.filed_by, opened_at=moment(start), acted_at=moment(done),
        closed_at=moment(done), reason="双方都认为自己先接触",
    )  # fmt: skip
    db.session.add(made)
    db.session.flush()
    text = "投资方要临港用地，我方没有，同意由对方继续；分成按5:5"
    ended = {"end": StepEnd.AGREED, "ended_on": done, "ended_at": moment(done), "text": text}
    bulk.add(DisputeStep, [_step(made.id, step) | ended])
    bulk.add(
        DisputeWord,
        [
            _word(made.id, winner, winner.id, "投资方要临港用地，我方可以承接", moment(start, 60)),
            _word(made.id, loser, winner.id, text, moment(done)),
        ],
    )
    loser.end_kind, loser.end_reason, loser.ended_on, loser.ended_at = (
        EndKind.DISPUTE,
        "协商一致",
        done,
        moment(done),
    )


def _sanctions(cast: Cast, today: date) -> None:
    """One in force on a zone's talk, one taken back."""
    found = db.session.scalars(
        select(Filing)
        .where(Filing.state == FilingState.ACCEPTED, Filing.zone_id == cast.zones["LYG-ETDZ"].id)
        .order_by(Filing.id.desc())
        .limit(2)
    ).all()
    for number, filing in enumerate(found):
        effects = queries.effects_of(Offence.POACHING)
        made = Sanction(
            filing_id=filing.id, project_id=filing.project_id, zone_id=filing.zone_id, offence=Offence.POACHING,
            circulated=effects.circulated, no_credit=effects.no_credit, removed=effects.removed,
            reason="在其他单位保护期内以超额补贴接触投资方", basis=_BASIS, made_by=cast.users["bureau"],
            made_at=moment(today - timedelta(days=20 - number)),
        )  # fmt: skip
        if number:
            made.revoked_by, made.revoked_at = cast.users["bureau2"], moment(today - timedelta(days=5))
            made.revoke_reason = "查明补贴承诺系投资方误传"
        db.session.add(made)
    db.session.flush()


def _asked(hit: FilingHit) -> None:
    """The second zone asked before it filed; both questions met the first filing."""
    filing = db.session.get_one(Filing, hit.filing_id)
    for via, hours in ((CheckVia.ASKED, 2), (CheckVia.FILED, 0)):
        check = FilingCheck(
            user_id=filing.filed_by, zone_id=filing.zone_id, company_id=filing.company_id,
            project_id=filing.project_id, via=via, asked_at=filing.filed_at - timedelta(hours=hours),
        )  # fmt: skip
        db.session.add(check)
        db.session.flush()
        db.session.add(FilingCheckHit(check_id=check.id, filing_id=hit.rival_id, reason=HitReason.GROUP))
    db.session.flush()
