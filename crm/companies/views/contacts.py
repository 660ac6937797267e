"""Contacts: add, change, retire, and the one logged way to a whole number."""

from typing import Any

from flask import flash, redirect, render_template, url_for
from markupsafe import Markup, escape

from crm.accounts import permissions
from crm.companies import actions, queries
from crm.companies.forms import ContactForm
from crm.companies.models import Company, Contact
from crm.companies.views import bp, record
from crm.core.actor import Actor
from crm.core.errors import Forbidden, NotFound, Stale
from crm.web import conflicts, edges, guard


def _contact(actor: Actor, company_id: int, contact_id: int, verb: str) -> tuple[Company, Contact]:
    """404 where the contact is out of sight, 403 where it is seen but the verb does not reach it."""
    company = queries.find(actor, company_id)
    seen = queries.contact(actor, contact_id)
    if seen.company_id != company.id:
        raise NotFound()
    try:
        return company, queries.contact(actor, contact_id, verb)
    except NotFound:
        raise Forbidden() from None


@bp.route("/companies/<int:company_id>/contacts/new", methods=["GET", "POST"])
@guard.requires(permissions.PROJECT_WRITE)
def new_contact(company_id: int) -> Any:
    actor, form = guard.current(), ContactForm()
    company = queries.find(actor, company_id)

    def add() -> None:
        actions.link(actor, company)
        actions.add_contact(actor, company, form.draft(new=True))

    if form.validate_on_submit() and edges.attempt(form, add):
        flash("联系人已保存。", "ok")
        return redirect(url_for("companies.show", company_id=company_id))
    return (
        render_template("companies/contact_form.html", form=form, company=company, contact=None),
        422 if form.is_submitted() else 200,
    )


@bp.route("/companies/<int:company_id>/contacts/<int:contact_id>", methods=["GET", "POST"])
@guard.requires(permissions.PROJECT_WRITE)
def edit_contact(company_id: int, contact_id: int) -> Any:
    actor = guard.current()
    company, contact = _contact(actor, company_id, contact_id, permissions.PROJECT_WRITE)
    form = ContactForm.of(contact)
    if conflicts.stale(form, contact.version):
        return _both(actor, company, contact, form)
    try:
        saved = form.validate_on_submit() and edges.attempt(
            form, lambda: actions.edit_contact(actor, contact, form.draft(new=False))
        )
    except Stale:
        company, contact = _contact(actor, company_id, contact_id, permissions.PROJECT_WRITE)
        return _both(actor, company, contact, form)
    if saved:
        flash("联系人已保存。", "ok")
        return redirect(url_for("companies.show", company_id=company_id))
    return (
        render_template("companies/contact_form.html", form=form, company=company, contact=contact),
        422 if form.is_submitted() else 200,
    )


def _both(actor: Actor, company: Company, contact: Contact, mine: ContactForm) -> Any:
    return conflicts.page(
        mine,
        ContactForm.of(contact, formdata=None),
        record=f"{company.name} {contact.name}",
        version=contact.version,
        record_url=url_for("companies.show", company_id=company.id),
        them=queries.last_editor(actor, "contact", contact.id),
        at=contact.updated_at,
    )


@bp.post("/companies/<int:company_id>/contacts/<int:contact_id>/retire")
@guard.requires(permissions.PROJECT_WRITE)
def retire_contact(company_id: int, contact_id: int) -> Any:
    actor = guard.current()
    _, contact = _contact(actor, company_id, contact_id, permissions.PROJECT_WRITE)
    actions.retire_contact(actor, contact)
    edges.commit()
    flash("联系人已停用，以往的走访仍保留。", "ok")
    return redirect(url_for("companies.show", company_id=company_id))


@bp.post("/companies/<int:company_id>/contacts/<int:contact_id>/reveal")
@guard.requires(permissions.PHONE_REVEAL)
def reveal(company_id: int, contact_id: int) -> Any:
    """The whole number: as text for htmx, else on the record page itself; either way it leaves a trace."""
    actor = guard.current()
    company, contact = _contact(actor, company_id, contact_id, permissions.PHONE_REVEAL)
    number = actions.reveal_phone(actor, contact)
    edges.commit()
    if edges.is_htmx():
        return Markup('<a href="tel:{0}">{0}</a>').format(escape(number))
    return record.page(actor, company, {contact.id: number})
