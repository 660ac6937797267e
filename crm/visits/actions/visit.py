"""Logging and editing a visit. Nothing here commits."""

from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy.orm import make_transient_to_detached

from crm.accounts.permissions import PHONE_REVEAL, VISIT_LOG
from crm.audit import actions as audit
from crm.companies import actions as companies
from crm.companies.rules import CompanyDraft, LinkProgress
from crm.core import lengths
from crm.core.actor import Actor, Scope
from crm.core.db import db, upsert
from crm.core.errors import Forbidden, NotFound, RuleBroken
from crm.followups import actions as followups
from crm.followups import queries as duties
from crm.followups import rules as duty_rules
from crm.projects.queries import choices
from crm.visits import queries, rules
from crm.visits.actions import demands, occasions, people
from crm.visits.actions.rights import TAKEN, check_sender
from crm.visits.models import Visit, VisitProject
from crm.visits.queries import OfferedProject
from crm.visits.rules import Draft


@dataclass(frozen=True, slots=True)
class Logged:
    """The visit, whether this call made it, and sentences to show (days that were moved).

    `same` is False where the visit was there already and says something else than what was sent now.
    """

    visit: Visit
    created: bool
    notes: tuple[str, ...] = ()
    same: bool = True


@dataclass(frozen=True, slots=True)
class _Begun:
    """The row of a new visit, with what the rest of it is made from."""

    visit: Visit
    draft: Draft
    projects: list[OfferedProject]


def log(actor: Actor, draft: Draft, today: date) -> Logged:
    """Logs a visit with everything it causes. The same client id again, also at the same moment, answers the same visit."""
    actor.require(VISIT_LOG)
    rules.check(draft, today)
    try:
        # A second sending takes back the company that was registered on the way: only then there is something to take back.
        with nullcontext() if draft.company_id is not None else db.session.begin_nested():
            begun = _begin(actor, draft)
    except (RuleBroken, NotFound, Forbidden):
        # Nearly every visit is new, so none is looked for before. What was refused may be a visit that is there already
        # and whose project or trip has gone meanwhile.
        known = queries.by_client_id(draft.client_id.lower())
        if known is None:
            raise
        return _again(actor, known, draft)
    return Logged(begun.visit, True, _finish(actor, begun, today))


def _again(actor: Actor, visit: Visit, draft: Draft) -> Logged:
    check_sender(actor, visit)
    texts = ("starts_at", "place", "summary", "agreed")
    same = (visit.happened_on, visit.mode) == (draft.happened_on, draft.mode) and all(
        getattr(visit, name) == getattr(draft, name).strip() for name in texts
    )
    return Logged(visit, False, same=same)


def _begin(actor: Actor, draft: Draft) -> _Begun:
    """Finds what the visit is about and inserts its row; RuleBroken where its client id is taken."""
    named = projects_named(actor, draft.project_ids)
    company_id = _company(actor, draft, named)
    projects = named if draft.project_ids is not None else queries.projects_of_company(actor, company_id)
    if not projects and actor.scope(VISIT_LOG) is Scope.ASSIGNED:
        raise RuleBroken("请选择您负责的项目。没有分配给您的项目不能记走访。", field="projects")
    draft = people.again(actor, draft, company_id)
    zone_id = _zone(actor, draft, projects)
    values = {
        "client_id": draft.client_id.lower(),
        "zone_id": zone_id,
        "company_id": company_id,
        "occasion_id": occasions.of_visit(actor, draft.occasion_id, draft.happened_on, zone_id),
        "happened_on": draft.happened_on,
        "starts_at": draft.starts_at,
        "mode": draft.mode,
        "place": draft.place.strip(),
        "summary": draft.summary.strip(),
        "agreed": draft.agreed.strip(),
        "intent_field": draft.intent_field.strip(),
        "intent_amount": draft.intent_amount,
        "intent_amount_usd": draft.intent_amount_usd,
        "no_next_step_reason": "" if draft.next_step else draft.no_next_step_reason.strip()[:200],
        "confidential": draft.confidential or any(p.confidential for p in projects),
        "created_by": actor.user_id,
    }
    return _Begun(_insert(values), draft, projects)


def _insert(values: dict[str, Any]) -> Visit:
    """The row as the session's own record; RuleBroken where its client id is taken."""
    lengths.check(Visit, values)
    # Past the mapper, which has no word for a client id that is taken and would need a savepoint to be told.
    insert = (
        upsert(Visit.__table__)
        .on_conflict_do_nothing(index_elements=["client_id"])
        .returning(Visit.__table__.c.id)
    )
    number = db.session.execute(insert, [values]).scalar_one_or_none()
    if number is None:
        raise RuleBroken(TAKEN, field="client_id")
    visit = Visit(id=number, **values)
    make_transient_to_detached(visit)
    db.session.add(visit)
    return visit


def _finish(actor: Actor, begun: _Begun, today: date) -> tuple[str, ...]:
    """Everything else that the visit causes; answers the sentences about moved days."""
    visit, draft, projects = begun.visit, begun.draft, begun.projects
    db.session.add_all([VisitProject(visit_id=visit.id, project_id=p.id) for p in projects])
    people.put_ours(actor, visit, draft.ours)
    people.put_theirs(actor, visit, draft.theirs)
    if not visit.confidential:
        # The link is read by the whole zone and named in the audit; a confidential visit leaves no trace there.
        companies.advance_link(actor, visit.company_id, visit.zone_id, LinkProgress.CONTACTED)
    audit.record(actor, "visit.logged", subject(visit, projects), {"happened_on": (None, visit.happened_on)})
    notes = _duties(actor, visit, draft, projects, today)
    _close(actor, visit, draft)
    return notes


def projects_named(actor: Actor, ids: tuple[int, ...] | None) -> list[OfferedProject]:
    wanted = sorted(set(ids or ()))
    found = queries.projects_named(actor, wanted) if wanted else []
    if len(found) != len(wanted):
        raise RuleBroken("没有找到这个项目，或不在您的范围内。请重新选择项目。", field="projects")
    return found


def _company(actor: Actor, draft: Draft, projects: list[OfferedProject]) -> int:
    """The company by id, by its projects, or registered by name (a known one is found, never doubled)."""
    company_id, name = draft.company_id, draft.company_name.strip()
    if company_id is None and not name:
        company_id = next((p.company_id for p in projects if p.company_id is not None), None)
    if company_id is not None:
        if (found := queries.company(company_id)) is None:
            raise RuleBroken("没有找到这家企业。请从列表里重新选。", field="company")
        return found.id
    if not name:
        raise RuleBroken("项目还没有投资方，或投资方对您保密。请写企业名称。", field="company")
    try:
        written = CompanyDraft(name=name, code=draft.company_code)
        company, _ = companies.register(actor, written, _zone(actor, draft, projects))
    except RuleBroken as broken:
        raise RuleBroken(broken.message, field="company") from broken
    return company.id


def _zone(actor: Actor, draft: Draft, projects: list[OfferedProject]) -> int | None:
    """The zone a visit belongs to: the actor's own, else that of its projects, else the one named, else the city."""
    if actor.zone_id is not None:
        return actor.zone_id
    zones = {p.zone_id for p in projects if p.zone_id is not None}
    if len(zones) == 1:
        return zones.pop()
    if draft.zone_id is None and actor.scope(VISIT_LOG) is not Scope.CITY:
        raise RuleBroken("没有选板块。请选择这次走访属于哪个板块。", field="zone")
    if draft.zone_id is not None and draft.zone_id not in {zone.id for zone in choices.zones(actor)}:
        raise RuleBroken("没有找到这个板块，或不在您的范围内。请重新选择。", field="zone")
    return draft.zone_id


def _duties(
    actor: Actor, visit: Visit, draft: Draft, projects: list[OfferedProject], today: date
) -> tuple[str, ...]:
    """The next step and the demands as duties of this visit; answers the sentences about moved days."""
    origin = f"visit:{visit.id}"
    only = projects[0].id if len(projects) == 1 else None
    owner_id = draft.next_step.owner_id if draft.next_step else None
    common = _common(visit, owner_id, only, origin)
    notes: list[str] = []
    try:
        if (step := draft.next_step) is not None and step.due_on is not None:
            notes.append(followups.plan(actor, replace(common, what=step.what, due_on=step.due_on)).note)
        notes += demands.raise_all(actor, draft.demands, common, today)
    except RuleBroken as broken:
        # A duty's fields stand on the visit's form under other names.
        field = broken.field or ""
        raise RuleBroken(broken.message, field=_DUTY_FIELDS.get(field, broken.field)) from broken
    return tuple(note for note in notes if note)


_DUTY_FIELDS = {"category": "demands", "what": "next_what", "due_on": "next_due", "owner": "next_owner"}


def _common(visit: Visit, owner_id: int | None, project_id: int | None, origin: str) -> duty_rules.Draft:
    """What all duties of a visit share; what is to be done and by when is put in for each."""
    return duty_rules.Draft(
        what="",
        due_on=visit.happened_on,
        owner_id=owner_id,
        company_id=visit.company_id,
        project_id=project_id,
        zone_id=visit.zone_id,
        confidential=visit.confidential,
        origin=origin,
    )


def _close(actor: Actor, visit: Visit, draft: Draft) -> None:
    """Completes the duties this visit answers. One that somebody closed meanwhile stays closed and is no error."""
    for followup_id in dict.fromkeys(draft.closes):
        duty = duties.find(actor, followup_id, VISIT_LOG)
        if duty.company_id is not None and duty.company_id != visit.company_id:
            raise RuleBroken("这件跟进不是这家企业的。请核对企业。", field="company")
        if duty.state is duty_rules.DutyState.OPEN:
            followups.complete(actor, duty, visit.summary[:500], closed_by=f"visit:{visit.id}")


def subject(visit: Visit, projects: list[OfferedProject] | None = None) -> audit.Subject:
    """A visit as the audit names it: by its number and a project's code, never by its company.

    A confidential one is named by its number alone, and appears in no project's or company's story.
    """
    if visit.confidential:
        return audit.Subject("visit", visit.id, f"走访 #{visit.id}", zone_id=visit.zone_id)
    code = projects[0].code if projects else ""
    return audit.Subject(
        "visit",
        visit.id,
        f"走访 #{visit.id} {code}".strip(),
        zone_id=visit.zone_id,
        project_id=projects[0].id if projects and len(projects) == 1 else None,
        company_id=visit.company_id,
    )


def reveal(actor: Actor, visit: Visit, person_id: int) -> str:
    """The whole number of one of theirs; the look is recorded in the same transaction."""
    actor.require(PHONE_REVEAL)
    person = queries.their_person(visit.id, person_id)
    if person.phone is None:
        raise NotFound()
    audit.record(actor, "contact.revealed", subject(visit))
    return person.phone
