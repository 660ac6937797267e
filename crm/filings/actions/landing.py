"""What happens when a transfer succeeds: project, protection, duties, credit and reading rights go over together, or not at all."""

from datetime import date, datetime

from crm.audit import actions as audit
from crm.companies import actions as companies
from crm.companies.models import Company
from crm.core import clock
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.errors import Conflict, RuleBroken
from crm.filings import queries
from crm.filings.actions import ending, offers, steps, telling
from crm.filings.actions.offers import SOURCE
from crm.filings.models import Transfer
from crm.filings.rules import transfers as rules
from crm.filings.rules.transfers import Answer, Landing, TransferState
from crm.followups import actions as followups
from crm.notices import actions as notices
from crm.projects import actions as projects
from crm.projects import queries as project_queries
from crm.projects.models import Project
from crm.projects.rules import GrantLevel


def complete(
    actor: Actor,
    made: Transfer,
    project: Project,
    zone_id: int,
    landing: Landing,
    answer: Answer,
    reason: str,
    now: datetime,
) -> None:
    """`answer` tells whether the zone took it or the city assigned it."""
    today, gone = clock.local(now).date(), project.owner_id
    db.session.refresh(project, with_for_update=True)
    _check(made, project, zone_id, landing.owner_id, today)
    _write(actor, made, zone_id, landing, answer, now)
    offers.close(actor, made, answer, reason.strip(), now)
    carry_protection(actor, project, zone_id, landing.owner_id, now)
    go_over(actor, project, zone_id, landing.owner_id, now)
    drafts = rules.credit_drafts(queries.shares_of_transfer(made.id), made.first_zone_id, zone_id)
    projects.share_credits(actor, project, today, drafts)
    _reading_rights(actor, made, project, gone, today)
    code = "transfer.accepted" if answer is Answer.ACCEPTED else "transfer.assigned"
    diff = {"to_zone": (offers.zone_name(made.from_zone_id), offers.zone_name(zone_id))}
    audit.record(actor, code, offers.subject(project, made), diff, note=reason.strip())
    _tell(made, project, today)


def go_over(actor: Actor, project: Project, zone_id: int, owner_id: int | None, now: datetime) -> None:
    """The project with its open duties, and a link of the zone with its investor."""
    projects.transfer(actor, project, zone_id, owner_id, clock.local(now).date(), now)
    followups.go_over(actor, project, zone_id, owner_id)
    if project.company_id is not None:
        companies.ensure_link(actor, db.session.get_one(Company, project.company_id), zone_id)


def _check(made: Transfer, project: Project, zone_id: int, owner_id: int | None, today: date) -> None:
    rules.check_subject(project.status, project.zone_id)
    if project.zone_id != made.from_zone_id:
        raise Conflict("项目的落地板块已经变了。请撤回这项流转，重新提出。")
    if owner_id is not None and all(
        person.id != owner_id for person in project_queries.colleagues(zone_id, today)
    ):
        raise RuleBroken("责任人不是接收板块的在岗人员。请重新选择。", "owner")


def _write(
    actor: Actor, made: Transfer, zone_id: int, landing: Landing, answer: Answer, now: datetime
) -> None:
    by_city = answer is Answer.ASSIGNED
    made.to_zone_id, made.state, made.due_on = zone_id, TransferState.DONE, None
    made.done_on = clock.local(now).date()
    made.decided_by, made.decided_at = actor.user_id, now
    made.owner_id = landing.owner_id
    made.landing_contact = landing.contact.strip() or ("" if by_city else actor.name)
    made.landing_contact_way = rules.check_way(landing.contact_way)
    db.session.flush()


def carry_protection(
    actor: Actor, project: Project, zone_id: int, owner_id: int | None, now: datetime
) -> None:
    """The first talk stays protected, from now on for the zone that has the project: same day of end, same rivals behind it.

    Somebody of that zone answers for it; what it had filed itself for the investor is no rival any more.
    """
    filing = queries.live_filing(project.id)
    if filing is None or filing.zone_id == zone_id:
        return
    today = clock.local(now).date()
    before, filing.zone_id = filing.zone_id, zone_id
    filing.owner_id = owner_id or next(iter(queries.chiefs_of(zone_id, today)), None)
    db.session.flush()
    for dispute in queries.open_disputes(filing.id):
        if len({side.zone_id for side in queries.sides_of(dispute)}) == 1:
            steps.close_moot(actor, dispute, today, now)
    ending.free_behind(actor, filing, today)
    diff = {"zone": (offers.zone_name(before), offers.zone_name(zone_id))}
    audit.record(actor, "filing.carried", telling.subject(project, filing), diff)


def _reading_rights(actor: Actor, made: Transfer, project: Project, gone: int | None, today: date) -> None:
    """Who first talked and who gave it away go on reading; the zone that has it reads what was talked before.

    A zone gets a confidential project no wider than it had it: its chiefs, who was responsible and who proposed.
    """
    givers = {made.first_zone_id, made.from_zone_id} - {made.to_zone_id}
    wanted: set[tuple[int | None, int | None]]
    if project.confidential:
        people = {user for zone in givers for user in queries.chiefs_of(zone, today)} | {
            gone,
            made.proposed_by,
        }
        wanted = {(user, None) for user in people if user is not None}
    else:
        wanted = {(None, zone) for zone in (*givers, made.to_zone_id) if zone is not None}
    held = {(right.user_id, right.unit_id) for right in project_queries.grants_by(project.id, SOURCE, today)}
    for user_id, unit_id in sorted(wanted - held, key=str):
        projects.grant(
            actor,
            project,
            user_id=user_id,
            unit_id=unit_id,
            level=GrantLevel.READ,
            source=SOURCE,
            source_id=made.id,
            starts_on=today,
        )


def _tell(made: Transfer, project: Project, today: date) -> None:
    assert made.to_zone_id is not None
    offers.tell(made.proposed_by, made, project, f"已流转到{offers.zone_name(made.to_zone_id)}。")
    people = [made.owner_id] if made.owner_id else queries.chiefs_of(made.to_zone_id, today)
    words = f"{project.code} 流转到本板块，请确定责任人并与投资方接触。"
    notices.send_many(people, SOURCE, words, offers.url(made))
