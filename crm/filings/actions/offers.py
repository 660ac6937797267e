"""Parts every verb of a transfer is made of: whom it is offered to, what was answered, who is told. Named by the project's
code: a confidential investor stays out of the audit and of messages."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from crm.audit.actions import Subject
from crm.core import clock
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.errors import RuleBroken
from crm.filings import queries
from crm.filings.models import Transfer, TransferOffer, TransferShare
from crm.filings.rules import transfers as rules
from crm.filings.rules.transfers import Answer, TransferState
from crm.notices import actions as notices
from crm.projects import queries as project_queries
from crm.projects.models import Project
from crm.projects.rules import CreditIndicator
from crm.settings import queries as settings

SOURCE = "transfer"


def ask(made: Transfer, to_zone_id: int | None, now: datetime) -> None:
    due_on = None
    if to_zone_id is not None:
        today = clock.local(now).date()
        due_on = rules.answer_by(today, queries.answer_days(), settings.calendar())
    made.to_zone_id, made.due_on = to_zone_id, due_on
    made.state = TransferState.CITY if to_zone_id is None else TransferState.WAITING
    db.session.add(TransferOffer(transfer_id=made.id, zone_id=to_zone_id, asked_at=now, due_on=due_on))
    db.session.flush()


def close(actor: Actor, made: Transfer, answer: Answer, reason: str, now: datetime) -> None:
    """The answer stands with the offer; what the city assigns without having been asked is an offer of its own."""
    offer = queries.offer_waiting(made.id)
    if offer is None:
        offer = TransferOffer(transfer_id=made.id, asked_at=now)
        db.session.add(offer)
    if answer is Answer.ASSIGNED:
        offer.zone_id = made.to_zone_id
    offer.answer, offer.reason = answer, reason
    offer.answered_by, offer.answered_at = actor.user_id, now
    db.session.flush()


def lapse_offer(made: Transfer, now: datetime) -> None:
    """Writes that the days of an offer are over; nothing where none runs."""
    if made.state is not TransferState.WAITING:
        return
    offer = queries.offer_waiting(made.id)
    if offer is not None:
        offer.answer, offer.answered_at = Answer.EXPIRED, now
    made.state, made.to_zone_id, made.due_on = TransferState.CITY, None, None
    db.session.flush()


def set_shares(made: Transfer, shares: Mapping[CreditIndicator, Decimal]) -> None:
    for indicator, share in shares.items():
        db.session.merge(TransferShare(transfer_id=made.id, indicator=indicator, first_share=share))
    db.session.flush()


def check_zone(zone_id: int | None) -> None:
    if zone_id is not None and all(zone.id != zone_id for zone in project_queries.all_zones()):
        raise RuleBroken("没有这个开发区。请从列表里选择。", "to")


def asked(made: Transfer) -> str:
    return zone_name(made.to_zone_id) if made.to_zone_id is not None else "由市里指派"


def zone_name(zone_id: int) -> str:
    return next(zone.label for zone in project_queries.all_zones() if zone.id == zone_id)


def url(made: Transfer) -> str:
    return f"/filings/transfers/{made.id}"


def tell(user_id: int | None, made: Transfer, project: Project, text: str) -> None:
    notices.send(user_id, SOURCE, f"{project.code} {text}", url(made))


def tell_asked(made: Transfer, project: Project, now: datetime) -> None:
    """Chiefs of the zone that is asked, or the bureau; by the code alone."""
    today = clock.local(now).date()
    if made.to_zone_id is None:
        people, text = queries.bureau_people(today), f"{project.code} 提出流转，请指派板块。"
    else:
        people = queries.chiefs_of(made.to_zone_id, today)
        text = f"{project.code} 提出流转到本板块，请在 {made.due_on} 前答复。"
    notices.send_many(people, SOURCE, text, url(made))


def subject(project: Project, made: Transfer) -> Subject:
    """Named by the project's code: a confidential investor stays out of the audit."""
    return Subject(
        "transfer", made.id, f"{project.code} 流转", made.from_zone_id, project.id, project.company_id
    )
