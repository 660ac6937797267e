"""Companies: list, read, register, change, check for duplicates."""

from dataclasses import replace
from typing import Any

from crm.accounts import permissions
from crm.companies import actions, queries
from crm.companies.api import blp, schemas
from crm.companies.models import Company, CompanyLink
from crm.companies.rules import CompanyDraft, CompanyKind, Filters, LinkDraft, LinkProgress
from crm.core import clock
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.errors import RuleBroken, Stale
from crm.filings import actions as filings
from crm.filings.api import shapes as filing_shapes
from crm.web import api, edges, guard


def shown(actor: Actor, company: Company) -> dict[str, Any]:
    """The entry with one's own link, and every other link within reach."""
    links = queries.links(actor, [company.id])
    nodes = queries.nodes([row.id for row in links])
    contacts = queries.contacts(actor, company.id)
    own = queries.own_link(actor, links)
    aliases = [alias.alias for alias in queries.aliases(company.id) if alias.kind != "short"]
    return {
        **schemas.facts(company, aliases),
        "link": schemas.link(own, nodes.get(own.id, ()) if own else (), contacts),
        "links": [schemas.link(row, nodes.get(row.id, ()), contacts) for row in links if row is not own],
    }


@blp.get("/companies")
@guard.requires(permissions.PROJECT_SEE)
@blp.arguments(schemas.ListQuery, location="query")
def list_companies(args: dict[str, Any]) -> Any:
    """Companies of the register; sort by name or updated, a leading "-" turns the order round."""
    page = queries.page(guard.current(), Filters.of(args), args["sort"], api.window(args))
    return api.answer_page(page, schemas.row)


@blp.get("/companies/<int:company_id>")
@guard.requires(permissions.PROJECT_SEE)
def get_company(company_id: int) -> Any:
    """One company with one's own link and contacts, numbers masked."""
    actor = guard.current()
    return shown(actor, queries.find(actor, company_id))


@blp.post("/companies")
@guard.requires(permissions.PROJECT_WRITE)
@blp.arguments(schemas.CompanyIn)
def create_company(body: dict[str, Any]) -> Any:
    """Registers a company (201), or finds the known one and adds the link (200)."""
    actor = guard.current()
    company, created = actions.register(actor, _draft(CompanyDraft(body["name"]), body))
    if wanted := body.get("link"):
        _change_link(actor, company, wanted)
    edges.commit()
    return {**shown(actor, company), "created": created}, 201 if created else 200


@blp.route("/companies/<int:company_id>", methods=["PATCH"])
@guard.requires(permissions.PROJECT_WRITE)
@blp.arguments(schemas.CompanyPatch)
def change_company(body: dict[str, Any], company_id: int) -> Any:
    """Changes what is named; needs the company's version in If-Match, a link is guarded by its own `version`."""
    actor = guard.current()
    company = queries.find(actor, company_id)
    api.check_version(company.version)
    if body.keys() - {"link"}:
        kept = actions.draft_of(company, queries.aliases(company.id))
        actions.edit(actor, company, _draft(kept, body))
    if wanted := body.get("link"):
        _change_link(actor, company, wanted)
    edges.commit()
    return shown(actor, company)


def _draft(kept: CompanyDraft, body: dict[str, Any]) -> CompanyDraft:
    """The draft with the facts named in the body put in."""
    same = (
        "name",
        "short_name",
        "region",
        "city",
        "address",
        "industry",
        "founded_on",
        "business",
        "website",
    )
    changes: dict[str, Any] = {name: body[name] for name in same if name in body}
    for sent, field in (("uscc", "code"), ("listed_code", "listed_code")):
        if sent in body:
            changes[field] = body[sent] or ""
    if "kind" in body:
        changes["kind"] = CompanyKind(body["kind"]) if body["kind"] else None
    if "aliases" in body:
        changes["aliases"] = tuple(body["aliases"])
    if "registered_capital" in body:
        changes |= {"registered_capital": body["registered_capital"], "registered_capital_text": ""}
    if "parent" in body:
        changes["parent_id"] = body["parent"]
    return replace(kept, **changes)


def _change_link(actor: Actor, company: Company, body: dict[str, Any]) -> None:
    link = actions.link(actor, company)
    if "version" in body and body["version"] != link.version:
        raise Stale("联系情况刚被他人修改。请取回最新的 link 再改。")
    actions.edit_link(actor, link, _link_draft(link, body))


def _link_draft(link: CompanyLink, body: dict[str, Any]) -> LinkDraft:
    owner_id, node_ids = link.owner_id, tuple(n.id for n in queries.nodes([link.id]).get(link.id, ()))
    if "owner" in body:
        owner_id = (
            queries.owner_by_login(body["owner"], link.zone_id, clock.today()) if body["owner"] else None
        )
        if body["owner"] and owner_id is None:
            raise RuleBroken("责任人不在这个板块任职，请另选。", "link.owner")
    if "nodes" in body:
        known = queries.node_ids(body["nodes"])
        if missing := [code for code in body["nodes"] if code not in known]:
            raise RuleBroken(f"没有产业链环节 {missing[0]}，请核对。", "link.nodes")
        node_ids = tuple(known.values())
    return LinkDraft(
        progress=LinkProgress(body.get("progress", link.progress)),
        owner_id=owner_id,
        notes=body.get("notes", link.notes),
        node_ids=node_ids,
        source=body.get("source", link.source),
    )


@blp.post("/companies/check")
@guard.requires(permissions.PROJECT_SEE)
@blp.arguments(schemas.CheckIn)
def check_company(body: dict[str, Any]) -> Any:
    """Companies that may be the one meant, best first: public facts, and `taken` for those one's own zone has a lead with.

    `taken` is all there is to learn of another zone's filing; leads of others are never told. The check leaves a trace,
    and what it may ask beyond one's scope is counted by the hour.
    """
    actor = guard.current()
    if not any(str(body[name] or "").strip() for name in ("name", "uscc", "listed_code", "phone")):
        raise RuleBroken("名称、信用代码、股票代码、电话至少填一项。", "name")
    found = queries.possible_duplicates(
        body["name"],
        body["uscc"] or "",
        actor=actor,
        listed_code=body["listed_code"] or "",
        phone=body["phone"] or "",
        other_names=tuple(body["other_names"]),
        parent_id=body["parent"],
    )
    found = queries.and_group(found, body["name"])
    mine = {row.company_id for row in queries.links(actor, [item.id for item in found])}
    taken = filings.taken(actor, [item.id for item in found], clock.now())
    actions.checked(actor, body["name"] or body["uscc"] or body["listed_code"] or "按电话", len(found))
    edges.commit()
    return {
        "items": [
            {
                **schemas.suspect(item),
                "linked": item.id in mine,
                "taken": filing_shapes.taken(taken.get(item.id)),
            }
            for item in found
        ]
    }


@blp.post("/companies/<int:company_id>/link")
@guard.requires(permissions.PROJECT_WRITE)
def link_company(company_id: int) -> Any:
    """Links one's own zone; doing it twice changes nothing."""
    actor = guard.current()
    company = queries.find(actor, company_id)
    actions.link(actor, company)
    edges.commit()
    db.session.expire_all()
    return shown(actor, company)
