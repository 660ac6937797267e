"""From what a heading says to the field it means, by the synonym table of reference/headings.json."""

import json
import re
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from crm.core.folding import nfkc
from crm.imports.rules import OF_COMPANIES, BatchKind

_COMPANY = {
    "name": "企业名称",
    "short_name": "简称",
    "uscc": "信用代码",
    "listed_code": "股票代码",
    "region": "省份",
    "city": "城市",
    "place": "地区",
    "address": "地址",
    "industry": "行业",
    "founded_on": "成立日期",
    "registered_capital": "注册资本",
    "business": "经营范围",
    "website": "网址",
    "aliases": "曾用名",
    "parent": "上级企业",
    "kind": "企业性质",
    "contact": "联系人",
    "contact_title": "联系人职务",
    "contact_phone": "联系电话",
    "notes": "备注",
}
#: What a person reads under a heading. Fields that are missing here are known to the table but not kept.
LABELS: dict[BatchKind, dict[str, str]] = {
    BatchKind.PROJECTS: {
        "code": "项目编号",
        "project_name": "项目",
        "statistics_name": "纳统名称",
        "investor": "企业",
        "uscc": "信用代码",
        "zone": "板块",
        "county": "县区",
        "total_investment": "总投资",
        "total_investment_usd": "总投资（美元）",
        "fixed_investment": "固定资产投资",
        "equipment_investment": "设备投资",
        "registered_capital": "注册资本",
        "statistics_amount": "纳统总投资",
        "land_mu": "用地",
        "capital_nature": "内外资",
        "content": "建设内容",
        "industry": "产业",
        "address": "地址",
        "source": "信息来源",
        "stage": "阶段",
        "progress": "进展",
        "problem": "问题",
        "next_step": "下一步",
        "first_contact_date": "首次接洽",
        "expected_sign_date": "预计签约",
        "plan_start_date": "预计开工",
        "sign_date": "签约时间",
        "sign_stat_date": "签约统计时间",
        "agreement_type": "协议类型",
        "reg_date": "注册时间",
        "filing_date": "备案时间",
        "start_date": "开工时间",
        "finish_date": "竣工时间",
        "production_date": "投产时间",
        "owner": "责任人",
        "contact": "联系人",
        "contact_title": "联系人职务",
        "contact_phone": "联系电话",
        "confidential": "保密",
        "is_expansion": "建设性质",
    },
    BatchKind.INVESTMENT: {
        "code": "项目编号",
        "project_name": "项目",
        "zone": "板块",
        "county": "县区",
        "phase": "分期",
        "month": "月份",
        "completed": "本月完成投资",
        "paid_in": "本月到位资金",
        "equipment": "其中设备",
        "progress": "形象进度",
        "in_statistics": "是否入统",
        "in_statistics_on": "入统日期",
        "note": "说明",
    },
    BatchKind.COMPANIES: _COMPANY,
    BatchKind.TARGETS: {
        **_COMPANY,
        "node": "环节",
        "chain": "产业链",
        "entry": "切入点",
        "owner": "对接责任人",
        "progress": "进度",
        "standing": "营收/排名",
        "signal": "扩张动向",
        "signal_source": "信息源",
        "signal_on": "动向日期",
    },
}
NAME_FIELD = {
    BatchKind.PROJECTS: "project_name",
    BatchKind.COMPANIES: "name",
    BatchKind.TARGETS: "name",
    BatchKind.INVESTMENT: "project_name",
}
AMOUNTS = frozenset(
    {
        "total_investment",
        "total_investment_usd",
        "fixed_investment",
        "registered_capital",
        "statistics_amount",
        "equipment_investment",
        "completed",
        "paid_in",
        "equipment",
    }
)
#: Several columns may feed these; any other field is read from its first column.
_REPEATABLE = frozenset(
    {"progress", "content", "remark", "total_investment", "fixed_investment", "business", "notes"}
)


@dataclass(frozen=True, slots=True)
class Column:
    """`index` counts from 0; `unit` is what the heading itself says (亿元, 万美元, 亩)."""

    index: int
    heading: str
    field: str | None
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """The synonym table of one kind: `exact` by folded heading, `within` longest first, for headings that say more."""

    exact: dict[str, str]
    within: tuple[tuple[str, str], ...]


@cache
def _file() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        resources.files("crm.reference").joinpath("headings.json").read_text(encoding="utf-8")
    )
    return found


@cache
def patterns(name: str) -> re.Pattern[str]:
    """A group of regular expressions of the file as one: skip_rows, section_rows, unit_regex, land_unit_regex."""
    value = _file()[name]
    return re.compile("|".join(f"(?:{part})" for part in value) if isinstance(value, list) else value)


@cache
def _table(kind: BatchKind) -> Table:
    exact: dict[str, str] = {}
    # A list of targets is a list of companies that says more; its own words come first.
    groups = [kind, BatchKind.COMPANIES] if kind is BatchKind.TARGETS else [kind]
    for group in groups:
        for field, words in _file()[group.value].items():
            for word in words:
                exact.setdefault(fold(word), field)
    generic = {fold(word) for word in _file()["generic"]}
    within = sorted(
        ((word, field) for word, field in exact.items() if word not in generic and len(word) > 1),
        key=lambda p: -len(p[0]),
    )
    return Table(exact, tuple(within))


_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】")
_MARKS = re.compile(r"[\s*★:]+|\((?:必填|选填|可不填)\)")


def fold(heading: str) -> str:
    """NFKC, lower-case, without blanks, stars and colons; brackets stay."""
    return _MARKS.sub("", nfkc(heading).lower())


def bare(heading: str) -> str:
    """The same without what stands in brackets."""
    return _BRACKETS.sub("", fold(heading))


def field_of(kind: BatchKind, heading: str, leaf: str = "") -> str | None:
    """The field that a heading means; `leaf` is its lowest level where it has several."""
    table = _table(kind)
    tries = [fold(heading), bare(heading)]
    if leaf:
        tries += [fold(leaf), bare(leaf)]
    for written in tries:
        if written in table.exact:
            return table.exact[written]
    for written in (bare(heading), bare(leaf) if leaf else ""):
        for word, field in table.within:
            # A word that covers less than half of the heading is only mentioned in it.
            if word in written and 2 * len(word) >= len(written):
                return field
    return None


def unit_of(heading: str, field: str | None) -> str | None:
    """The unit written into the heading of an amount or of an area."""
    if field in AMOUNTS:
        found = (
            patterns("unit_regex").search(fold(heading).replace("人民币", "").split("(", 1)[-1])
            if "(" in fold(heading)
            else None
        )
        found = found or patterns("unit_regex").search(bare(heading)[2:])
        return found.group() if found else None
    if field == "land_mu":
        area = patterns("land_unit_regex").search(fold(heading))
        return area.group() if area else None
    return None


def settle(kind: BatchKind, columns: list[Column]) -> tuple[Column, ...]:
    """One column a field; a foreign-currency column of an amount goes to its own field; promotions for company lists."""
    taken: set[str] = set()
    settled: list[Column] = []
    for column in columns:
        field = column.field
        if field and field in taken and field not in _REPEATABLE:
            field = None
        if field:
            taken.add(field)
        settled.append(Column(column.index, column.heading, field, column.unit))
    if kind in OF_COMPANIES:
        settled = [_promoted(column, taken) for column in settled]
    return tuple(settled)


def _promoted(column: Column, taken: set[str]) -> Column:
    """A list of short names only names its firms by them; a mere 地区 is the province where no other column is."""
    field = column.field
    if field == "short_name" and "name" not in taken:
        field = "name"
    elif field == "place":
        field = "region" if "region" not in taken else None if "city" in taken else "city"
    if field != column.field and field:
        taken.add(field)
    return Column(column.index, column.heading, field, column.unit)


def kept(kind: BatchKind, field: str | None) -> bool:
    return field is not None and (field in LABELS[kind] or field == "seq")
