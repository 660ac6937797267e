"""Contacts: numbers go in whole, come out masked, and are given out one by one with a trace."""

from typing import Any

from crm.accounts import permissions
from crm.companies import actions, queries
from crm.companies.api import blp, schemas
from crm.companies.models import Company, Contact
from crm.companies.rules import ContactDraft
from crm.core.actor import Actor
from crm.core.errors import Forbidden, NotFound
from crm.web import api, edges, guard


def _contact(actor: Actor, company_id: int, contact_id: int, verb: str) -> tuple[Company, Contact]:
    """404 where the contact is out of sight, 403 where it is seen but the verb does not reach it."""
    company = queries.find(actor, company_id)
    if queries.contact(actor, contact_id).company_id != company.id:
        raise NotFound()
    try:
        return company, queries.contact(actor, contact_id, verb)
    except NotFound:
        raise Forbidden() from None


def _shown(actor: Actor, contact: Contact) -> dict[str, Any]:
    rows = queries.contacts(actor, contact.company_id)
    return next(schemas.contact(row) for row in rows if row.id == contact.id)


@blp.get("/companies/<int:company_id>/contacts")
@guard.requires(permissions.PROJECT_SEE)
def list_contacts(company_id: int) -> Any:
    """A company's contacts within reach, those in use first."""
    actor = guard.current()
    company = queries.find(actor, company_id)
    return {"items": [schemas.contact(row) for row in queries.contacts(actor, company.id)]}


@blp.post("/companies/<int:company_id>/contacts")
@guard.requires(permissions.PROJECT_WRITE)
@blp.arguments(schemas.ContactIn)
def create_contact(body: dict[str, Any], company_id: int) -> Any:
    """Adds a person to one's own link."""
    actor = guard.current()
    company = queries.find(actor, company_id)
    actions.link(actor, company)
    contact = actions.add_contact(actor, company, ContactDraft(**body))
    edges.commit()
    return _shown(actor, contact), 201


@blp.route("/companies/<int:company_id>/contacts/<int:contact_id>", methods=["PATCH"])
@guard.requires(permissions.PROJECT_WRITE)
@blp.arguments(schemas.ContactPatch)
def change_contact(body: dict[str, Any], company_id: int, contact_id: int) -> Any:
    """Changes what is named; needs the contact's version in If-Match."""
    actor = guard.current()
    _, contact = _contact(actor, company_id, contact_id, permissions.PROJECT_WRITE)
    api.check_version(contact.version)
    kept = {name: getattr(contact, name) for name in ("name", "post", "note", "main")}
    actions.edit_contact(actor, contact, ContactDraft(**{**kept, "phone": None, **body}))
    edges.commit()
    return _shown(actor, contact)


@blp.post("/companies/<int:company_id>/contacts/<int:contact_id>/retire")
@guard.requires(permissions.PROJECT_WRITE)
def retire_contact(company_id: int, contact_id: int) -> Any:
    """The person has left; the record stays."""
    actor = guard.current()
    _, contact = _contact(actor, company_id, contact_id, permissions.PROJECT_WRITE)
    actions.retire_contact(actor, contact)
    edges.commit()
    return _shown(actor, contact)


@blp.post("/companies/<int:company_id>/contacts/<int:contact_id>/reveal")
@guard.requires(permissions.PHONE_REVEAL)
def reveal_phone(company_id: int, contact_id: int) -> Any:
    """The whole number; who saw it and when is written down."""
    actor = guard.current()
    _, contact = _contact(actor, company_id, contact_id, permissions.PHONE_REVEAL)
    number = actions.reveal_phone(actor, contact)
    edges.commit()
    return {"id": contact.id, "phone": number}
