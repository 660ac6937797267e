"""The register as a sheet, with what the actor's own zone knows of each company."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from crm.companies import queries as companies
from crm.companies.queries import Row
from crm.companies.rules import KIND_LABELS, PROGRESS_LABELS, Filters
from crm.core.actor import Actor
from crm.core.paging import Window
from crm.exports import queries
from crm.exports.queries import CompanyFacts
from crm.exports.sheets import Column, walk

#: The list counts itself on every page, so pages are large.
_SIZE = 5_000


@dataclass(frozen=True, slots=True)
class Line:
    row: Row
    facts: CompanyFacts
    contact: str


def count(actor: Actor, filters: Filters, today: date) -> int:
    return companies.page(actor, filters, "name", Window(per_page=1)).total


def rows(actor: Actor, filters: Filters, asked: Mapping[str, str], today: date) -> Iterator[Line]:
    sort = asked.get("sort") or "name"
    for items in walk(lambda window: companies.page(actor, filters, sort, window), _SIZE):
        ids = [row.id for row in items]
        facts, contacts = queries.company_facts(ids), queries.main_contacts(actor, ids)
        for row in items:
            yield Line(row, facts.get(row.id, CompanyFacts()), contacts.get(row.id, ""))


def columns(asked: Mapping[str, str]) -> Sequence[Column]:
    return (
        Column("企业名称", lambda x: x.row.name),
        Column("简称", lambda x: x.row.short_name),
        Column("统一社会信用代码", lambda x: x.row.uscc),
        Column("股票代码", lambda x: x.row.listed_code),
        Column("类型", lambda x: KIND_LABELS[x.row.kind] if x.row.kind else None),
        Column("省份", lambda x: x.row.region),
        Column("城市", lambda x: x.row.city),
        Column("行业", lambda x: x.row.industry),
        Column("地址", lambda x: x.facts.address),
        Column("成立日期", lambda x: x.facts.founded_on),
        Column("注册资本 万元", lambda x: x.facts.registered_capital),
        Column("网址", lambda x: x.facts.website),
        Column("联系板块", lambda x: "、".join(link.zone for link in x.row.links)),
        Column("联系进度", lambda x: PROGRESS_LABELS[x.row.own.progress] if x.row.own else None),
        Column("责任人", lambda x: x.row.own.owner if x.row.own else None),
        Column("备注", lambda x: x.row.own.notes if x.row.own else None),
        Column("联系人", lambda x: x.contact),
        Column("更新时间", lambda x: x.row.updated_at),
    )
