"""Registering a company, changing its facts, and a zone's link."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for

from crm.accounts import permissions
from crm.companies import actions, naming, queries
from crm.companies.forms import CompanyForm, LinkForm, NewCompanyForm
from crm.companies.models import Company, CompanyLink
from crm.companies.rules import CompanyDraft
from crm.companies.views import bp, similar
from crm.core import clock
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.errors import NotFound, RuleBroken, Stale
from crm.web import conflicts, edges, guard


@bp.route("/companies/new", methods=["GET", "POST"])
@guard.requires(permissions.PROJECT_WRITE)
def new() -> Any:
    actor, form = guard.current(), NewCompanyForm()
    if request.method == "GET":
        form.name.data = request.args.get("name", "")[:200]
    done: list[tuple[Company, bool]] = []
    _parent_by_name(form)
    if form.validate_on_submit() and edges.attempt(form, lambda: done.append(_register(actor, form))):
        company, created = done[0]
        flash("企业已登记，已建立本单位联系。" if created else "这家企业名录里已有，已建立本单位联系。", "ok")
        return redirect(url_for("companies.show", company_id=company.id))
    return (
        render_template(
            "companies/form.html", form=form, company=None, suspects=similar.of_form(actor, form)
        ),
        422 if form.is_submitted() else 200,
    )


def _register(actor: Actor, form: NewCompanyForm) -> tuple[Company, bool]:
    company, created = actions.register(actor, form.draft())
    person = form.person()
    known = {row.name for row in queries.contacts(actor, company.id) if row.zone_id == actor.zone_id}
    if person is not None and person.name not in known:
        try:
            actions.add_contact(actor, company, person)
        except RuleBroken as broken:
            raise RuleBroken(broken.message, _OF_A_PERSON.get(broken.field or "", "contact")) from broken
    return company, created


#: The field of a contact → the one of the form for a new company.
_OF_A_PERSON = {"name": "contact", "post": "contact_post", "phone": "contact_phone"}


def _parent_by_name(form: CompanyForm) -> None:
    """Without script nothing is chosen from a list: then the whole name, another one or the code will do."""
    written = str(form.parent.data or "").strip()
    if written and not form.parent_id.data:
        hit = queries.match_many([naming.named(written)]).get(0)
        form.parent_id.data = str(hit or "")


@bp.route("/companies/<int:company_id>/edit", methods=["GET", "POST"])
@guard.requires(permissions.PROJECT_WRITE)
def edit(company_id: int) -> Any:
    actor = guard.current()
    company = queries.find(actor, company_id)
    form = _facts(company)
    _parent_by_name(form)
    if conflicts.stale(form, company.version):
        return _both_facts(actor, company, form)
    try:
        saved = form.validate_on_submit() and edges.attempt(
            form, lambda: actions.edit(actor, company, form.draft(_draft(company)))
        )
    except Stale:
        return _both_facts(actor, queries.find(actor, company_id), form)
    if saved:
        flash("企业信息已保存。", "ok")
        return redirect(url_for("companies.show", company_id=company_id))
    return (
        render_template("companies/form.html", form=form, company=company, suspects=[]),
        422 if form.is_submitted() else 200,
    )


def _draft(company: Company) -> CompanyDraft:
    return actions.draft_of(company, queries.aliases(company.id))


def _facts(company: Company, **kwargs: Any) -> CompanyForm:
    parents = queries.names(filter(None, [company.parent_id]))
    return CompanyForm.of(company, _draft(company).aliases, parents.get(company.parent_id or 0, ""), **kwargs)


def _both_facts(actor: Actor, company: Company, mine: CompanyForm) -> Any:
    return conflicts.page(
        mine,
        _facts(company, formdata=None),
        record=company.name,
        version=company.version,
        record_url=url_for("companies.show", company_id=company.id),
        them=queries.last_editor(actor, "company", company.id),
        at=company.updated_at,
    )


@bp.post("/companies/<int:company_id>/link")
@guard.requires(permissions.PROJECT_WRITE)
def link(company_id: int) -> Any:
    actor = guard.current()
    company = queries.find(actor, company_id)
    actions.link(actor, company)
    edges.commit()
    flash("已建立本单位联系。请补上责任人和进度。", "ok")
    return redirect(url_for("companies.show", company_id=company.id))


@bp.route("/companies/<int:company_id>/links/<int:link_id>", methods=["GET", "POST"])
@guard.requires(permissions.PROJECT_WRITE)
def edit_link(company_id: int, link_id: int) -> Any:
    actor = guard.current()
    company = queries.find(actor, company_id)
    found = _link(actor, company, link_id)
    form = _dealings(found)
    if conflicts.stale(form, found.version):
        return _both_links(actor, company, found, form)
    try:
        saved = form.validate_on_submit() and edges.attempt(
            form, lambda: actions.edit_link(actor, found, form.draft())
        )
    except Stale:
        return _both_links(actor, company, _link(actor, company, link_id), form)
    if saved:
        flash("联系情况已保存。", "ok")
        return redirect(url_for("companies.show", company_id=company_id))
    return (
        render_template("companies/link_form.html", form=form, company=company),
        422 if form.is_submitted() else 200,
    )


def _link(actor: Actor, company: Company, link_id: int) -> CompanyLink:
    found = queries.link(actor, link_id, permissions.PROJECT_WRITE)
    if found.company_id != company.id:
        raise NotFound()
    return found


def _dealings(link: CompanyLink, **kwargs: Any) -> LinkForm:
    people = list(queries.owners(link.zone_id, clock.today()))
    if link.owner_id and link.owner_id not in dict(people):
        people.append((link.owner_id, queries.user_name(link.owner_id)))
    chosen = [node.id for node in queries.nodes([link.id]).get(link.id, ())]
    return LinkForm.of(link, chosen, people, queries.all_nodes(), **kwargs)


def _both_links(actor: Actor, company: Company, link: CompanyLink, mine: LinkForm) -> Any:
    db.session.refresh(link)
    return conflicts.page(
        mine,
        _dealings(link, formdata=None),
        record=company.name,
        version=link.version,
        record_url=url_for("companies.show", company_id=company.id),
        them=queries.last_editor(actor, "company_link", link.id),
        at=link.updated_at,
    )
