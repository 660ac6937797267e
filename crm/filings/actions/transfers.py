"""Handing a project to another zone: proposed by one, answered by the other or assigned by the city, then settled at once."""

from collections.abc import Sequence
from datetime import datetime

from crm.accounts import queries as accounts
from crm.accounts.permissions import ASSIGN, FILING_WRITE, ZONE_ASSIGN
from crm.audit import actions as audit
from crm.core import clock
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.errors import Conflict, Forbidden, RuleBroken
from crm.filings import queries
from crm.filings.actions import offers
from crm.filings.actions.landing import complete
from crm.filings.actions.offers import SOURCE
from crm.filings.models import Transfer
from crm.filings.rules import check_reason
from crm.filings.rules import transfers as rules
from crm.filings.rules.transfers import Answer, Landing, Pair, TransferDraft, TransferState
from crm.notices import actions as notices
from crm.projects.models import Attachment, Project


def propose_transfer(actor: Actor, project: Project, draft: TransferDraft, now: datetime) -> Transfer:
    """By the zone that has the project, or the bureau for it; one at a time."""
    actor.require(FILING_WRITE)
    rules.check_subject(project.status, project.zone_id)
    assert project.zone_id is not None
    if queries.open_transfer(project.id) is not None:
        raise Conflict("这个项目正在流转，等答复。要改请先撤回原来的。")
    rules.check_target(project.zone_id, draft.to_zone_id)
    offers.check_zone(draft.to_zone_id)
    said, shares = rules.check_words(draft.reason), rules.shares_of(draft.pairs)
    made = Transfer(
        project_id=project.id,
        first_zone_id=project.first_zone_id or project.zone_id,
        from_zone_id=project.zone_id,
        state=TransferState.CITY,
        trigger=draft.trigger,
        reason=said,
        proposed_by=actor.user_id,
        proposed_at=now,
        first_contact=draft.contact.strip() or actor.name,
        first_contact_way=rules.check_way(draft.contact_way),
    )
    db.session.add(made)
    db.session.flush()
    offers.set_shares(made, shares)
    offers.ask(made, draft.to_zone_id, now)
    audit.record(
        actor,
        "transfer.proposed",
        offers.subject(project, made),
        {"to_zone": (None, offers.asked(made))},
        note=said,
    )
    offers.tell_asked(made, project, now)
    return made


def offer_transfer(
    actor: Actor, made: Transfer, project: Project, to_zone_id: int | None, now: datetime
) -> None:
    """After a refusal: the next zone, or the city."""
    _check_giver(actor, made)
    rules.check_offer(made.state)
    rules.check_target(made.from_zone_id, to_zone_id, queries.refused_by(made.id))
    offers.check_zone(to_zone_id)
    before = offers.asked(made)
    offers.ask(made, to_zone_id, now)
    audit.record(
        actor, "transfer.offered", offers.subject(project, made), {"to_zone": (before, offers.asked(made))}
    )
    offers.tell_asked(made, project, now)


def answer_transfer(
    actor: Actor,
    made: Transfer,
    project: Project,
    accept: bool,
    reason: str,
    landing: Landing,
    now: datetime,
) -> None:
    """By the chief of the zone that was asked, while its days run."""
    actor.require(ASSIGN)
    today = clock.local(now).date()
    rules.check_answer(rules.standing(made.state, made.due_on, today), made.to_zone_id, actor.zone_id)
    assert made.to_zone_id is not None
    if accept:
        complete(actor, made, project, made.to_zone_id, landing, Answer.ACCEPTED, reason, now)
        return
    said = check_reason(reason)
    offers.close(actor, made, Answer.REFUSED, said, now)
    zone = offers.asked(made)
    made.state, made.to_zone_id, made.due_on = TransferState.REFUSED, None, None
    db.session.flush()
    audit.record(
        actor, "transfer.refused", offers.subject(project, made), {"to_zone": (zone, None)}, note=said
    )
    offers.tell(made.proposed_by, made, project, f"流转到{zone}未被接收：{said}。请改选板块或由市里指派。")


def assign_transfer(
    actor: Actor,
    made: Transfer,
    project: Project,
    zone_id: int | None,
    reason: str,
    pairs: Sequence[Pair],
    now: datetime,
) -> None:
    """The bureau says where it lands, and may share the credit otherwise; without a zone nobody can take the project."""
    actor.require(ZONE_ASSIGN)
    if actor.user_id is not None and made.proposed_by == actor.user_id:
        raise Forbidden("您自己提出的流转由另一位同事指派。")
    today = clock.local(now).date()
    rules.check_assign(rules.standing(made.state, made.due_on, today), made.due_on)
    offers.lapse_offer(made, now)
    if zone_id is None:
        said = check_reason(reason)
        _refuse_for_city(actor, made, project, said, now)
        return
    if zone_id == made.from_zone_id:
        raise RuleBroken("项目现在就在这个板块。请指派给另一个板块。", "to")
    offers.check_zone(zone_id)
    if pairs:
        offers.set_shares(made, rules.shares_of(pairs))
    complete(actor, made, project, zone_id, Landing(), Answer.ASSIGNED, reason, now)


def withdraw_transfer(actor: Actor, made: Transfer, project: Project, reason: str, now: datetime) -> None:
    _check_giver(actor, made)
    rules.check_withdraw(made.state)
    said = check_reason(reason)
    asked = made.to_zone_id
    _withdraw(actor, made, project, said, now)
    if asked is not None:
        people = queries.chiefs_of(asked, clock.local(now).date())
        notices.send_many(people, SOURCE, "一项流转已由提出板块撤回。", "/filings/transfers")


def drop_transfer(actor: Actor, project: Project, now: datetime) -> None:
    """The project ends here: whatever was still open of its transfer is closed with it."""
    made = queries.open_transfer(project.id)
    if made is not None:
        _withdraw(actor, made, project, "项目已结束", now)


def expire_transfers(now: datetime) -> list[int]:
    """Offers nobody answered in time go to the city, however long nobody looked; a second run finds nothing."""
    actor, today, done = accounts.system(), clock.local(now).date(), []
    for made in queries.past_due(today):
        project = db.session.get_one(Project, made.project_id)
        zone = offers.asked(made)
        offers.lapse_offer(made, now)
        audit.record(actor, "transfer.expired", offers.subject(project, made), {"to_zone": (zone, None)})
        notices.send_many(
            queries.bureau_people(today),
            SOURCE,
            f"{project.code} 的流转逾期未答复，请指派板块。",
            offers.url(made),
        )
        offers.tell(made.proposed_by, made, project, f"流转到{zone}逾期未答复，已转市里指派。")
        done.append(made.id)
    return done


def add_sheet(actor: Actor, made: Transfer, project: Project, paper: Attachment) -> None:
    """The sealed 流转确认单, kept among the project's files."""
    if made.state is not TransferState.DONE:
        raise Conflict("流转还没有完成，没有确认单。请刷新后再看。")
    made.sheet_id = paper.id
    db.session.flush()
    audit.record(actor, "transfer.sheet_added", offers.subject(project, made))


# --- small parts ---


def _check_giver(actor: Actor, made: Transfer) -> None:
    if actor.zone_id is not None and actor.zone_id != made.from_zone_id:
        raise Forbidden("这件事由提出流转的板块办理。")


def _withdraw(actor: Actor, made: Transfer, project: Project, said: str, now: datetime) -> None:
    if queries.offer_waiting(made.id) is not None:
        offers.close(actor, made, Answer.WITHDRAWN, said, now)
    made.state, made.due_on = TransferState.WITHDRAWN, None
    made.decided_by, made.decided_at = actor.user_id, now
    db.session.flush()
    audit.record(actor, "transfer.withdrawn", offers.subject(project, made), note=said)


def _refuse_for_city(actor: Actor, made: Transfer, project: Project, said: str, now: datetime) -> None:
    offers.close(actor, made, Answer.REFUSED, said, now)
    made.state = TransferState.REFUSED
    db.session.flush()
    audit.record(actor, "transfer.refused", offers.subject(project, made), note=said)
    offers.tell(made.proposed_by, made, project, f"市里没有合适的板块可以指派：{said}。")
