"""The city's register of public facts."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, func, select

from crm.accounts import permissions
from crm.audit import actions as audit
from crm.companies import naming, queries, rules
from crm.companies.actions import links
from crm.companies.models import Company, CompanyAlias
from crm.companies.rules import CompanyDraft
from crm.core import clock, text
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.errors import Forbidden, RuleBroken

#: Columns that are copied as they are; the rest is derived from names and codes.
PLAIN = (
    "short_name",
    "kind",
    "region",
    "city",
    "address",
    "industry",
    "industry_code",
    "founded_on",
    "registered_capital",
    "registered_capital_text",
    "business",
    "website",
    "parent_id",
)


def subject(actor: Actor, company: Company) -> audit.Subject:
    """The zone is the actor's: the register does not tell other zones who touched an entry."""
    return audit.Subject("company", company.id, company.name, zone_id=actor.zone_id, company_id=company.id)


def columns(draft: CompanyDraft) -> dict[str, Any]:
    """Every column of a company that follows from its draft: keys, order, search."""
    name = text.nfkc(draft.name)
    uscc, old_reg_no = naming.codes(draft.code)
    stock = rules.listed_code(draft.listed_code)
    tokens, plain = naming.find_by(name, draft.short_name, draft.aliases, uscc, old_reg_no, stock)
    return {
        **{field: getattr(draft, field) for field in PLAIN},
        "name": name,
        **naming.keys(name),
        "uscc": uscc,
        "old_reg_no": old_reg_no,
        "listed_code": stock,
        "search_tokens": tokens,
        "search_text": plain,
    }


def other_names(draft: CompanyDraft, name: str) -> dict[str, tuple[str, str]]:
    """Key → (name, kind) of the short name and the aliases that differ from the name itself."""
    found: dict[str, tuple[str, str]] = {}
    for written, kind in [(draft.short_name, "short"), *((alias, "alias") for alias in draft.aliases)]:
        alias = text.nfkc(written)
        key = naming.alias_key(alias) if alias else ""
        if key and alias != name:
            found.setdefault(key, (alias, kind))
    return found


def draft_of(company: Company, aliases: Sequence[CompanyAlias]) -> CompanyDraft:
    """The entry as a draft, for changing some of its facts."""
    return CompanyDraft(
        name=company.name,
        code=company.uscc or company.old_reg_no or "",
        listed_code=company.listed_code or "",
        aliases=tuple(alias.alias for alias in aliases if alias.kind != "short"),
        **{field: getattr(company, field) for field in PLAIN},
    )


def register(actor: Actor, draft: CompanyDraft, zone_id: int | None = None) -> tuple[Company, bool]:
    """Finds the company or registers it, and links the actor's zone (or `zone_id`) to it: (company, created).

    A known company is never refused: it gets the link, and a code it did not have yet. Who may log a visit may bring
    a new company along. Raises RuleBroken for facts that cannot be.
    """
    if not (actor.can(permissions.PROJECT_WRITE) or actor.can(permissions.VISIT_LOG)):
        raise Forbidden()
    rules.check(draft, clock.today())
    zone = zone_id if zone_id is not None else actor.zone_id
    values = columns(draft)
    _take_turns(values)
    found = queries.match_many([naming.wanted(draft)]).get(0)
    if found is not None:
        company = db.session.get_one(Company, found)
        _complete(actor, company, draft, values)
        links.ensure_link(actor, company, zone)
        return company, False
    values["parent_id"] = parent_for(None, draft.parent_id)
    company = Company(**values, created_by=actor.user_id)
    db.session.add(company)
    db.session.flush()
    _rename(company, draft)
    audit.record(actor, "company.created", subject(actor, company))
    links.ensure_link(actor, company, zone)
    return company, True


def _take_turns(values: dict[str, Any]) -> None:
    """Two zones entering one company at the same moment make one entry: PostgreSQL lets the second wait for the first.

    SQLite has one writer anyway.
    """
    if db.session.get_bind().dialect.name == "postgresql":
        for value in sorted(filter(None, (values["loose_key"], values["uscc"], values["old_reg_no"]))):
            db.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(value, 0))))


def _complete(actor: Actor, company: Company, draft: CompanyDraft, values: dict[str, Any]) -> None:
    """A known company takes a code it lacked; other facts stay as the register has them."""
    added = {
        field: (None, values[field])
        for field in ("uscc", "old_reg_no", "listed_code")
        if values[field] and not getattr(company, field)
    }
    if not added:
        return
    for field, (_, value) in added.items():
        setattr(company, field, value)
    index(company)
    audit.record(actor, "company.edited", subject(actor, company), added)


def index(company: Company) -> None:
    """Brings what a company is found by in line with its names and codes."""
    aliases = [alias.alias for alias in queries.aliases(company.id) if alias.alias != company.short_name]
    company.search_tokens, company.search_text = naming.find_by(
        company.name, company.short_name, aliases, company.uscc, company.old_reg_no, company.listed_code
    )
    db.session.flush()


def edit(actor: Actor, company: Company, draft: CompanyDraft) -> None:
    """Changes the public facts; the audit keeps what they were."""
    actor.require(permissions.PROJECT_WRITE)
    rules.check(draft, clock.today())
    values = columns(draft)
    holder = queries.holder_of(values["uscc"], values["old_reg_no"], other_than=company.id)
    if holder is not None:
        raise RuleBroken(
            f"这个信用代码已登记在“{holder.name}”名下，请核对代码；是同一家企业的请告诉市商务局合并。", "uscc"
        )
    if draft.parent_id != company.parent_id:
        values["parent_id"] = parent_for(company.id, draft.parent_id)
    before = facts(company, [alias.alias for alias in queries.aliases(company.id)])
    for field, value in values.items():
        setattr(company, field, value)
    db.session.flush()
    _rename(company, draft)
    after = facts(company, [alias.alias for alias in queries.aliases(company.id)])
    if diff := audit.difference(before, after):
        audit.record(actor, "company.edited", subject(actor, company), diff)


def facts(company: Company, aliases: Sequence[str]) -> dict[str, Any]:
    """The public facts as the audit compares them."""
    fields = ("name", "uscc", "old_reg_no", "listed_code", *PLAIN)
    return {**{field: getattr(company, field) for field in fields}, "aliases": "、".join(aliases)}


def _rename(company: Company, draft: CompanyDraft) -> None:
    """Brings the aliases in line with the draft; kinds of those that stay are kept."""
    wanted = other_names(draft, company.name)
    there = {alias.key: alias for alias in queries.aliases(company.id)}
    gone = [alias.id for key, alias in there.items() if key not in wanted]
    if gone:
        db.session.execute(delete(CompanyAlias).where(CompanyAlias.id.in_(gone)))
    for key, (name, kind) in wanted.items():
        if key in there:
            there[key].alias = name
        else:
            db.session.add(CompanyAlias(company_id=company.id, alias=name, key=key, kind=kind))
    db.session.flush()


def parent_for(company_id: int | None, parent_id: int | None) -> int | None:
    """The parent as it may be written: a merged entry stands for the one that has it. No company stands above itself."""
    if parent_id is None:
        return None
    parent = db.session.get(Company, parent_id)
    while parent is not None and parent.merged_into_id is not None:
        parent = db.session.get(Company, parent.merged_into_id)
    if parent is None:
        raise RuleBroken("没有这家上级企业，请核对。", "parent")
    take_turns_in_groups()
    if company_id is not None and queries.closes_circle(
        company_id, parent.id, queries.parents_up([parent.id])
    ):
        raise RuleBroken("上级企业不能是自己或自己的下级，请另选；确是上级的，先改下级企业的上级。", "parent")
    return parent.id


def take_turns_in_groups() -> None:
    """Two people who put two companies under one another make no circle: PostgreSQL lets the second wait for the first."""
    if db.session.get_bind().dialect.name == "postgresql":
        db.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended("company groups", 0))))


def checked(actor: Actor, name: str, found: int) -> None:
    """Leaves a trace of a duplicate check: it is a way of asking what the city knows."""
    audit.record(
        actor,
        "company.checked",
        audit.Subject("company", None, name[:200], zone_id=actor.zone_id),
        note=f"疑似 {found} 家",
    )
