"""Who took part in a visit: ours with the rank they held that day, theirs with sealed numbers."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from sqlalchemy import delete, select

from crm.accounts.permissions import VISIT_LOG
from crm.companies import actions as companies
from crm.companies import phones
from crm.companies.models import Company, Contact
from crm.companies.rules import ContactDraft
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.errors import NotFound, RuleBroken
from crm.projects import scope
from crm.projects.models import Project
from crm.visits import queries, rules
from crm.visits.models import Visit, VisitOurs, VisitProject, VisitTheirs
from crm.visits.queries import OurPerson
from crm.visits.rules import Draft, Ours, Theirs


def put_ours(actor: Actor, visit: Visit, ours: Iterable[Ours]) -> None:
    """Adds ours in the order given; the first that has a rank leads, else the first."""
    people = who(actor, visit.happened_on, ours)
    first = rules.leading([person.level for person in people])
    db.session.add_all(
        [
            VisitOurs(
                visit_id=visit.id,
                user_id=person.user_id,
                leader_id=person.leader_id,
                name=person.name[:40],
                level=person.level,
                leads=place == first,
            )
            for place, person in enumerate(people)
        ]
    )
    db.session.flush()


def who(actor: Actor, day: date, ours: Iterable[Ours]) -> list[OurPerson]:
    """Each of ours as known on a day: a name that is a leader's or a colleague's becomes that person."""
    wanted = [person for person in ours if person.name.strip() or person.user_id or person.leader_id]
    if not wanted:
        return []
    names = [person.name.strip() for person in wanted if person.name.strip()]
    leaders = queries.leaders_on(
        day, ids=[p.leader_id for p in wanted if p.leader_id is not None], names=names
    )
    users = queries.users_of_ours(
        actor, day, ids=[p.user_id for p in wanted if p.user_id is not None], names=names
    )
    # Nobody twice, however often he is named: he would count twice in the figures.
    return list(dict.fromkeys(known(person, leaders, users) for person in wanted))


def known(person: Ours, leaders: list[OurPerson], users: list[OurPerson]) -> OurPerson:
    if person.leader_id is not None:
        same = [p for p in leaders if p.leader_id == person.leader_id]
        # A leader of another term: who held the office under that name on the day of the visit.
        named = same or [p for p in leaders if p.name == person.name.strip()]
        if not named:
            raise RuleBroken("没有找到这位领导，或那天不在任。请核对。", field="ours")
        return named[0]
    if person.user_id is not None:
        found = [p for p in users if p.user_id == person.user_id]
        if not found:
            raise RuleBroken("没有找到这位同事。请核对，或直接写姓名。", field="ours")
        return found[0]
    name = person.name.strip()
    for group in (leaders, users):
        same = [p for p in group if p.name == name]
        # Two of one name: nobody can tell which, so only the name is kept.
        if len(same) == 1:
            return same[0]
    return OurPerson(name, "", level=person.level)


def again(actor: Actor, draft: Draft, company_id: int) -> Draft:
    """The draft with the people of the earlier visit it names, behind those it lists itself, nobody twice."""
    if draft.people_of is None:
        return draft
    try:
        earlier = queries.find(actor, draft.people_of)
    except NotFound:
        earlier = None
    if earlier is None or earlier.company_id != company_id:
        raise RuleBroken(
            "上次的走访不是这家企业的，或已看不到。请去掉“同样的人”，自己写。", field="people_of"
        )
    ours, theirs = queries.people_again(earlier.id)
    named = {p.name.strip() for p in draft.ours} | {p.name.strip() for p in draft.theirs}
    ticked = {p.contact_id for p in draft.theirs if p.contact_id is not None}
    return replace(
        draft,
        ours=(*draft.ours, *(p for p in ours if p.name not in named)),
        theirs=(
            *draft.theirs,
            *(p for p in theirs if p.contact_id not in ticked and p.name not in named),
        ),
    )


def replace_ours(actor: Actor, visit: Visit, ours: Iterable[Ours]) -> None:
    db.session.execute(delete(VisitOurs).where(VisitOurs.visit_id == visit.id))
    put_ours(actor, visit, ours)


def put_theirs(actor: Actor, visit: Visit, theirs: Iterable[Theirs]) -> None:
    """Adds theirs: a contact of the zone, or a name with post and phone, which is sealed and becomes a contact.

    A confidential visit leaves no trace among the zone's contacts.
    """
    wanted = list(theirs)
    if not wanted:
        return
    contacts = queries.contacts_of(visit.company_id, visit.zone_id)
    company = db.session.get_one(Company, visit.company_id)
    for person in wanted:
        phone = phones.read(person.phone, "theirs")
        contact = _contact(person, contacts)
        new = contact is None and not visit.confidential and (phone.number or person.post.strip())
        if new:
            draft = ContactDraft(person.name.strip(), person.post.strip(), person.phone)
            contact = companies.add_contact(actor, company, draft, visit.zone_id)
            contacts.append(contact)
        db.session.add(
            VisitTheirs(
                visit_id=visit.id,
                contact_id=contact.id if contact else None,
                name=contact.name if contact else person.name.strip(),
                post=person.post.strip() or (contact.post if contact else ""),
                phone=phone.number or (contact.phone if contact else None),
                phone_mask=phone.mask or (contact.phone_mask if contact else ""),
            )
        )
    db.session.flush()


def _contact(person: Theirs, contacts: list[Contact]) -> Contact | None:
    """The contact meant, by id, else by a name that only one of them has."""
    if person.contact_id is not None:
        found = next((c for c in contacts if c.id == person.contact_id), None)
        if found is None:
            raise RuleBroken("没有找到这位联系人。请重新选，或直接写姓名。", field="theirs")
        return found
    same = [c for c in contacts if c.name == person.name.strip()]
    return same[0] if len(same) == 1 else None


def put_projects(actor: Actor, visit: Visit, ids: Iterable[int]) -> None:
    """Replaces the projects a visit was about; those out of the actor's reach stay as they are."""
    reachable = select(Project.id).where(scope.visible_to(actor, VISIT_LOG))
    db.session.execute(
        delete(VisitProject).where(VisitProject.visit_id == visit.id, VisitProject.project_id.in_(reachable))
    )
    kept = set(db.session.scalars(select(VisitProject.project_id).where(VisitProject.visit_id == visit.id)))
    db.session.add_all(
        [VisitProject(visit_id=visit.id, project_id=i) for i in dict.fromkeys(ids) if i not in kept]
    )
    db.session.flush()
