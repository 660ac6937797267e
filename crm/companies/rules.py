"""The city's register of companies and what a zone does with one."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from crm.core.errors import RuleBroken


class CompanyKind(StrEnum):
    PRIVATE = "private"
    STATE = "state"
    FOREIGN = "foreign"
    LISTED = "listed"
    FUND = "fund"
    INSTITUTE = "institute"
    OTHER = "other"


KIND_LABELS = {
    CompanyKind.PRIVATE: "民营企业",
    CompanyKind.STATE: "国有企业",
    CompanyKind.FOREIGN: "外资企业",
    CompanyKind.LISTED: "上市公司",
    CompanyKind.FUND: "投资基金",
    CompanyKind.INSTITUTE: "科研院所",
    CompanyKind.OTHER: "其他",
}


class LinkProgress(StrEnum):
    """How far a zone is with a target company (rules.md §5.4)."""

    UNTOUCHED = "untouched"
    CONTACTED = "contacted"
    TALKING = "talking"
    GIVEN_UP = "given_up"


PROGRESS_LABELS = {
    LinkProgress.UNTOUCHED: "未接触",
    LinkProgress.CONTACTED: "已接触",
    LinkProgress.TALKING: "洽谈",
    LinkProgress.GIVEN_UP: "放弃",
}

ALIAS_LABELS = {"alias": "别名", "former": "曾用名", "short": "简称"}


# --- drafts: what a form, a sheet or the API asks for ----------------------------------------------


@dataclass(frozen=True, slots=True)
class CompanyDraft:
    """Public facts as somebody gives them.

    `code` is a credit code or a 15-digit registration number as written; `registered_capital` in 万元.
    """

    name: str
    code: str = ""
    short_name: str = ""
    listed_code: str = ""
    kind: CompanyKind | None = None
    region: str = ""
    city: str = ""
    address: str = ""
    industry: str = ""
    industry_code: str = ""
    founded_on: date | None = None
    registered_capital: Decimal | None = None
    registered_capital_text: str = ""
    business: str = ""
    website: str = ""
    parent_id: int | None = None
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LinkDraft:
    """What a zone says of its dealings with a company."""

    progress: LinkProgress = LinkProgress.UNTOUCHED
    owner_id: int | None = None
    notes: str = ""
    node_ids: tuple[int, ...] = ()
    source: str = ""


@dataclass(frozen=True, slots=True)
class ContactDraft:
    """A person; `phone` as written, None to leave the stored number alone."""

    name: str
    post: str = ""
    phone: str | None = None
    note: str = ""
    main: bool = False


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list is narrowed to. `region`, `city` and `industry` are compared whole, `node` is a node's or a chain's code.

    `linked` keeps companies with a link within reach; `progress`, `owner_id`, `node` and `live` (those not given up) imply it.
    `local` keeps the companies of this city, `zone` (a code) those with a link of that zone.
    """

    q: str = ""
    region: str = ""
    city: str = ""
    industry: str = ""
    kind: CompanyKind | None = None
    linked: bool = False
    progress: LinkProgress | None = None
    owner_id: int | None = None
    node: str = ""
    live: bool = False
    local: bool = False
    zone: str = ""

    @classmethod
    def of(cls, asked: Mapping[str, Any]) -> "Filters":
        """From the words of an address; a value that is none of its kind is left out, as a link may be old."""
        kind, progress, owner = asked.get("kind"), asked.get("progress"), str(asked.get("owner") or "")
        names = ("q", "region", "city", "industry", "node", "zone")
        words = {name: str(asked.get(name) or "").strip() for name in names}
        flags = {name: asked.get(name) in ("1", "true", True) for name in ("linked", "live", "local")}
        given: dict[str, Any] = {**words, **flags}
        return cls(
            **given,
            kind=CompanyKind(kind) if kind in set(CompanyKind) else None,
            progress=LinkProgress(progress) if progress in set(LinkProgress) else None,
            owner_id=int(owner) if owner.isdecimal() else None,
        )

    @property
    def by_link(self) -> bool:
        return bool(self.linked or self.live or self.progress or self.owner_id or self.node or self.zone)


#: Sort keys of the list; a leading "-" turns the order round.
SORTS = ("name", "updated")

_LENGTHS = {
    "name": ("企业名称", 200),
    "short_name": ("简称", 80),
    "region": ("省份", 60),
    "city": ("城市", 60),
    "address": ("地址", 200),
    "industry": ("行业", 80),
    "industry_code": ("行业代码", 8),
    "registered_capital_text": ("注册资本", 60),
    "website": ("网址", 200),
}


def check(draft: CompanyDraft, today: date) -> None:
    """Refuses a draft that no register entry can hold. The credit code is checked where it is read."""
    if not draft.name.strip():
        raise RuleBroken("企业名称没有填。请填写营业执照上的名称。", "name")
    for name, (label, most) in _LENGTHS.items():
        if len(getattr(draft, name)) > most:
            raise RuleBroken(f"{label}最多 {most} 个字，请缩短。", name)
    if any(len(alias) > 200 for alias in draft.aliases):
        raise RuleBroken("别名最多 200 个字，请缩短。", "aliases")
    if draft.founded_on is not None and draft.founded_on > today:
        raise RuleBroken("成立日期不能晚于今天，请核对。", "founded_on")
    if draft.registered_capital is not None and draft.registered_capital < 0:
        raise RuleBroken("注册资本不能为负，请核对。", "registered_capital")
    if draft.website and not _WEBSITE.fullmatch(draft.website):
        raise RuleBroken("网址应以 http:// 或 https:// 开头，或只写域名，请核对。", "website")


_WEBSITE = re.compile(r"(?:https?://)?[\w\-.]+\.[A-Za-z\u4e00-\u9fff]{2,}(?::\d+)?(?:/\S*)?")
_MAINLAND = re.compile(r"(?:(?:SH|SZ|BJ)[.:]?)?(\d{6})(?:[.:]?(?:SH|SZ|BJ|SS|XSHG|XSHE))?")
_HONG_KONG = re.compile(r"(?:HK[.:]?(\d{1,5})|(\d{1,5})[.:]?HK)")


def listed_code(written: str) -> str | None:
    """One form of a stock code: "sh.600000" and "600000.SH" → "600000", "700.HK" → "00700.HK"; None for blanks.

    The three mainland exchanges share no company code, so six digits name one company.
    """
    code = re.sub(r"[\s'’`]+", "", written).upper()
    if not code:
        return None
    if found := _MAINLAND.fullmatch(code):
        return found[1]
    if found := _HONG_KONG.fullmatch(code):
        return f"{int(found[1] or found[2]):05d}.HK"
    if len(code) > 12:
        raise RuleBroken("股票代码最多 12 位，如 600000 或 00700.HK，请核对。", "listed_code")
    return code


def check_contact(draft: ContactDraft) -> None:
    if not draft.name.strip():
        raise RuleBroken("联系人姓名没有填。请填写。", "name")
    for value, label, most, field in (
        (draft.name, "姓名", 40, "name"),
        (draft.post, "职务", 80, "post"),
        (draft.note, "备注", 300, "note"),
    ):
        if len(value) > most:
            raise RuleBroken(f"{label}最多 {most} 个字，请缩短。", field)


def further(now: LinkProgress, at_least: LinkProgress) -> LinkProgress:
    """A visit moves a link forward, never back; one that was given up is taken up again."""
    order = (LinkProgress.GIVEN_UP, LinkProgress.UNTOUCHED, LinkProgress.CONTACTED, LinkProgress.TALKING)
    return max(now, at_least, key=order.index)


# --- two entries that are one company -----------------------------------------------------------------

#: Facts a kept entry takes over where its own is blank, in groups: within a group the later ones follow only where the
#: earlier ones agree (a street of one city is no address in another).
FACTS = (
    ("uscc",),
    ("old_reg_no",),
    ("listed_code",),
    ("short_name",),
    ("kind",),
    ("region", "city", "address"),
    ("industry", "industry_code"),
    ("founded_on",),
    ("registered_capital", "registered_capital_text"),
    ("website",),
    ("parent_id",),
    ("business",),
)

FACT_LABELS = {
    "name": "企业名称",
    "uscc": "统一社会信用代码",
    "old_reg_no": "原注册号",
    "listed_code": "股票代码",
    "short_name": "简称",
    "kind": "企业类型",
    "region": "省份",
    "city": "城市",
    "address": "地址",
    "industry": "行业",
    "industry_code": "行业代码",
    "founded_on": "成立日期",
    "registered_capital": "注册资本 万元",
    "registered_capital_text": "注册资本（原文）",
    "website": "网址",
    "parent_id": "上级企业",
    "business": "主营业务",
}

#: What the rows of a table are called that a merge moves; a column of its own name where it means something else.
MOVED_LABELS = {
    "projects": "项目",
    "visits": "走访",
    "followups": "跟进",
    "contacts": "联系人",
    "company_links": "板块联系",
    "company_aliases": "别名",
    "investor_changes": "更换业主记录",
    "companies.parent_id": "下级企业",
    "companies.merged_into_id": "以前并入的企业",
    "targets": "靶向企业",
    "filings": "报备",
    "filing_checks": "查重记录",
    "catalogue_namings": "目录列名",
}


def moved_label(key: str) -> str:
    """`projects.company_id` in words; a table of a feature that has told no word is 其他记录."""
    return MOVED_LABELS.get(key) or MOVED_LABELS.get(key.partition(".")[0]) or "其他记录"


def taken_over(kept: Mapping[str, Any], gone: Mapping[str, Any]) -> dict[str, Any]:
    """The facts that the kept entry lacks and the other one gives."""
    found: dict[str, Any] = {}
    for group in FACTS:
        for field in group:
            mine, theirs = kept.get(field), gone.get(field)
            if mine in (None, "") and theirs not in (None, ""):
                found[field] = theirs
            elif theirs not in (None, "") and mine != theirs:
                break
    return found


def check_merge_reason(reason: str) -> str:
    said = reason.strip()
    if not said:
        raise RuleBroken("合并原因没有填。请写明凭什么认定是同一家。", "reason")
    if len(said) > 300:
        raise RuleBroken("合并原因最多 300 个字，请缩短。", "reason")
    return said
