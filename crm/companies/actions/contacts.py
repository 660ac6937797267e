"""Contacts of a zone at a company. Numbers are sealed, masked on every page, and given out one by one with a trace."""

from sqlalchemy import update

from crm.accounts import permissions
from crm.audit import actions as audit
from crm.companies import phones, rules
from crm.companies.models import Company, Contact
from crm.companies.rules import ContactDraft
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.errors import Forbidden, RuleBroken


def _subject(contact: Contact) -> audit.Subject:
    return audit.Subject(
        "contact", contact.id, contact.name, zone_id=contact.zone_id, company_id=contact.company_id
    )


def add_contact(actor: Actor, company: Company, draft: ContactDraft, zone_id: int | None = None) -> Contact:
    """A person at the company as the actor's zone (or `zone_id`) knows them."""
    if not (actor.can(permissions.PROJECT_WRITE) or actor.can(permissions.VISIT_LOG)):
        raise Forbidden()
    rules.check_contact(draft)
    contact = Contact(
        company_id=company.id,
        zone_id=zone_id if zone_id is not None else actor.zone_id,
        name=draft.name.strip(),
        post=draft.post.strip(),
        note=draft.note.strip(),
        created_by=actor.user_id,
    )
    _set_phone(contact, phones.read(draft.phone))
    db.session.add(contact)
    db.session.flush()
    _make_main(contact, draft.main)
    audit.record(actor, "contact.created", _subject(contact))
    return contact


def edit_contact(actor: Actor, contact: Contact, draft: ContactDraft) -> None:
    """`contact` was found with PROJECT_WRITE. The audit says that a number changed, never to which."""
    actor.require(permissions.PROJECT_WRITE)
    rules.check_contact(draft)
    before = {"name": contact.name, "post": contact.post, "note": contact.note, "main": contact.main}
    after = {
        "name": draft.name.strip(),
        "post": draft.post.strip(),
        "note": draft.note.strip(),
        "main": draft.main,
    }
    diff = audit.difference(before, after)
    if draft.phone is not None:
        number = phones.read(draft.phone)
        if number.hash != contact.phone_hash:
            diff["phone"] = ("原号码" if contact.phone_hash else None, "新号码" if number.hash else None)
            _set_phone(contact, number)
    contact.name, contact.post, contact.note = draft.name.strip(), draft.post.strip(), draft.note.strip()
    _make_main(contact, draft.main)
    db.session.flush()
    if diff:
        audit.record(actor, "contact.edited", _subject(contact), diff)


def retire_contact(actor: Actor, contact: Contact) -> None:
    """The person is no longer at the company; the record stays for the visits that name it."""
    actor.require(permissions.PROJECT_WRITE)
    if contact.active:
        contact.active, contact.main = False, False
        db.session.flush()
        audit.record(actor, "contact.removed", _subject(contact))


def reveal_phone(actor: Actor, contact: Contact) -> str:
    """The whole number, with a trace of who saw it. `contact` was found with PHONE_REVEAL."""
    actor.require(permissions.PHONE_REVEAL)
    if not contact.phone:
        raise RuleBroken("没有登记这位联系人的电话。", "phone")
    audit.record(actor, "contact.revealed", _subject(contact))
    return contact.phone


def _set_phone(contact: Contact, phone: phones.Phone) -> None:
    contact.phone, contact.phone_mask = phone.number, phone.mask
    contact.phone_hash, contact.phone_tail_hash = phone.hash, phone.tail_hash


def _make_main(contact: Contact, main: bool) -> None:
    """One main contact a zone and company; the previous one steps back."""
    contact.main = main
    if main:
        db.session.execute(
            update(Contact)
            .where(
                Contact.company_id == contact.company_id,
                Contact.__table__.c.zone_id.is_not_distinct_from(contact.zone_id),
                Contact.id != contact.id,
                Contact.main.is_(True),
            )
            .values(main=False, version=Contact.version + 1)
        )
