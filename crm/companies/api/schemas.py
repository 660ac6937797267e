"""What callers send and what they are answered."""

from collections.abc import Sequence
from typing import Any

from marshmallow import fields, validate

from crm.companies.models import Company, CompanyAlias, CompanyLink, CompanyMerge, Contact
from crm.companies.queries import ContactRow, LinkRow, Node, Row, Suspect
from crm.companies.rules import KIND_LABELS, PROGRESS_LABELS
from crm.web.api import In, ListArgs, Wan, amount_text, at_most, text_for


class ListQuery(ListArgs):
    """Filters of the list; region, city and industry are compared whole, `linked=1` keeps companies with a link."""

    region = fields.String(load_default="")
    city = fields.String(load_default="")
    industry = fields.String(load_default="")
    kind = fields.String(load_default=None, validate=validate.OneOf([k.value for k in KIND_LABELS]))
    linked = fields.Boolean(load_default=False)
    progress = fields.String(load_default=None, validate=validate.OneOf([p.value for p in PROGRESS_LABELS]))
    owner = fields.Integer(load_default=None)
    node = fields.String(load_default="")


class LinkIn(In):
    """One's own link. `owner` is a login, `nodes` are codes; `version` refuses to overwrite a newer link."""

    progress = fields.String(validate=validate.OneOf([p.value for p in PROGRESS_LABELS]))
    owner = fields.String(allow_none=True)
    nodes = fields.List(fields.String())
    notes = fields.String(validate=at_most(20_000))
    source = text_for(CompanyLink.source)
    version = fields.Integer()


class Facts(In):
    """Public facts. `uscc` also takes a 15-digit registration number; `registered_capital` in 万元; `parent` is an id."""

    uscc = fields.String(allow_none=True, validate=at_most(40))
    short_name = text_for(Company.short_name)
    aliases = fields.List(text_for(CompanyAlias.alias))
    region = text_for(Company.region)
    city = text_for(Company.city)
    address = text_for(Company.address)
    industry = text_for(Company.industry)
    kind = fields.String(allow_none=True, validate=validate.OneOf([k.value for k in KIND_LABELS]))
    listed_code = fields.String(allow_none=True, validate=at_most(40))
    founded_on = fields.Date(allow_none=True)
    registered_capital = Wan(allow_none=True)
    business = fields.String(validate=at_most(20_000))
    website = text_for(Company.website)
    parent = fields.Integer(allow_none=True)
    link = fields.Nested(LinkIn)


class CompanyIn(Facts):
    name = text_for(Company.name, required=True)


class CompanyPatch(Facts):
    name = text_for(Company.name)


class CheckIn(In):
    """`phone` is compared with contacts within reach alone; it is neither stored nor written to the audit. `other_names`:
    short and former ones."""

    name = text_for(Company.name, load_default="")
    uscc = fields.String(load_default="", allow_none=True, validate=at_most(40))
    listed_code = fields.String(load_default="", allow_none=True, validate=at_most(40))
    phone = fields.String(load_default="", allow_none=True, validate=at_most(60))
    other_names = fields.List(text_for(CompanyAlias.alias), load_default=list)
    parent = fields.Integer(load_default=None, allow_none=True)


class MergeIn(In):
    """`into` is the id of the entry that is kept."""

    into = fields.Integer(required=True)
    reason = text_for(CompanyMerge.reason, required=True)


class ContactIn(In):
    name = text_for(Contact.name, required=True)
    post = text_for(Contact.post, load_default="")
    phone = fields.String(load_default=None, allow_none=True, validate=at_most(60))
    note = text_for(Contact.note, load_default="")
    main = fields.Boolean(load_default=False)


class ContactPatch(In):
    """An absent `phone` keeps the number, an empty one removes it."""

    name = text_for(Contact.name)
    post = text_for(Contact.post)
    phone = fields.String(validate=at_most(60))
    note = text_for(Contact.note)
    main = fields.Boolean()


def link(
    row: LinkRow | None, nodes: Sequence[Node], contacts: Sequence[ContactRow] | None
) -> dict[str, Any] | None:
    """A zone's link; `zone` is its code, null for the city's own. `contacts` are left out of lists."""
    if row is None:
        return None
    shown: dict[str, Any] = {
        "id": row.id,
        "zone": row.zone_code,
        "nodes": [node.code for node in nodes],
        "owner": row.owner_login,
        "owner_name": row.owner,
        "progress": row.progress.value,
        "notes": row.notes,
        "source": row.source,
        "version": row.version,
        "updated_at": row.updated_at.isoformat(),
    }
    if contacts is not None:
        shown["contacts"] = [contact(c) for c in contacts if c.zone_id == row.zone_id]
    return shown


def contact(row: ContactRow) -> dict[str, Any]:
    """The number masked; the whole one only by the reveal operation."""
    return {
        "id": row.id,
        "name": row.name,
        "post": row.post,
        "phone": row.phone_mask or None,
        "note": row.note,
        "main": row.main,
        "active": row.active,
        "version": row.version,
    }


def row(item: Row) -> dict[str, Any]:
    """A line of the list."""
    return {
        "id": item.id,
        "name": item.name,
        "short_name": item.short_name,
        "uscc": item.uscc,
        "region": item.region,
        "city": item.city,
        "industry": item.industry,
        "kind": item.kind.value if item.kind else None,
        "listed_code": item.listed_code,
        "link": link(item.own, item.nodes, None),
        "version": item.version,
        "updated_at": item.updated_at.isoformat(),
    }


def facts(company: Company, aliases: Sequence[str]) -> dict[str, Any]:
    """The register's entry."""
    texts = ("id", "name", "short_name", "uscc", "old_reg_no", "listed_code", "region", "city", "address")
    return {
        **{name: getattr(company, name) for name in (*texts, "industry", "business", "website", "version")},
        "aliases": list(aliases),
        "kind": company.kind.value if company.kind else None,
        "founded_on": company.founded_on.isoformat() if company.founded_on else None,
        "registered_capital": amount_text(company.registered_capital),
        "registered_capital_text": company.registered_capital_text,
        "parent": company.parent_id,
        "updated_at": company.updated_at.isoformat(),
    }


def suspect(item: Suspect) -> dict[str, Any]:
    """Public facts and why: nothing tells which zone holds the company."""
    names = ("id", "name", "uscc", "region", "industry", "reason", "score")
    return {name: getattr(item, name) for name in names}
