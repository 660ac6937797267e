"""The sections of the overview as (label, value) pairs: figures in the unit of their label, unknown is —."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from crm.chains.rules import ACTION_LABELS
from crm.core import dates, money
from crm.pipeline import queries as pipeline
from crm.projects import queries
from crm.projects.models import Project
from crm.projects.queries import Record
from crm.projects.rules import (
    CAPITAL_LABELS,
    EXCLUSION_LABELS,
    PROJECT_KIND_LABELS,
    SOURCE_LABELS,
    AttachmentKind,
    Capital,
    Status,
)

Facts = list[tuple[Any, ...]]


def head_money(project: Project) -> list[tuple[str, Decimal | None, str]]:
    """The two large figures: in 美元 where that is what decides, else in 亿元."""
    if project.capital is Capital.FOREIGN and project.total_investment_usd is not None:
        return [
            ("总投资", project.total_investment_usd, _usd_unit(project.total_investment_usd)),
            ("固定资产投资", project.fixed_investment_usd, _usd_unit(project.fixed_investment_usd)),
        ]
    return [("总投资", project.total_investment, "亿元"), ("固定资产投资", project.fixed_investment, "亿元")]


def _usd_unit(value: Decimal | None) -> str:
    return "亿美元" if value is not None and value >= money.YI_IN_WAN else "万美元"


def _number(value: Decimal | None) -> str | None:
    return None if value is None else f"{value.normalize():,f}"


def _intensity(project: Project) -> str | None:
    """固定资产投资 a 亩 in 万元, one decimal; None while either is unknown."""
    fixed, land = project.fixed_investment, project.land_mu
    return None if fixed is None or not land else f"{fixed / land:,.1f}"


def _working_capital(project: Project) -> Decimal | None:
    total, fixed = project.total_investment, project.fixed_investment
    return None if total is None or fixed is None else total - fixed


def money_facts(record: Record) -> Facts:
    p = record.project
    found: Facts = [
        ("总投资 亿元", money.yi(p.total_investment)),
        ("固定资产投资 亿元", money.yi(p.fixed_investment)),
        ("其中设备 亿元", money.yi(p.equipment_investment)),
        ("铺底流动资金 亿元", money.yi(_working_capital(p))),
        ("注册资本 万元", money.wan(p.registered_capital)),
        ("用地 亩", _number(p.land_mu)),
        ("投资强度 万元/亩", _intensity(p)),
        ("达产年产值 亿元", money.yi(p.annual_output)),
        ("达产年税收 亿元", money.yi(p.annual_tax)),
    ]
    if p.capital is Capital.FOREIGN or p.total_investment_usd is not None:
        found += [
            ("总投资 万美元", money.wan(p.total_investment_usd)),
            ("固定资产投资 万美元", money.wan(p.fixed_investment_usd)),
            ("注册资本 万美元", money.wan(p.registered_capital_usd)),
        ]
    if p.plant_sqm is not None:
        found.append(("厂房 ㎡", _number(p.plant_sqm)))
    return [*found, ("预计开工", p.expected_start_on), ("建设内容", p.content, "full")]


def basics_facts(record: Record) -> Facts:
    p = record.project
    action = ACTION_LABELS[record.chain_action] if record.chain_action else None
    derived = "（按环节现状）" if record.chain_action and p.chain_action is None else ""
    return [
        ("建设性质", PROJECT_KIND_LABELS[p.kind]),
        ("内外资", CAPITAL_LABELS[p.capital]),
        ("产业链环节", f"{record.chain} › {record.node}" if record.node else None),
        ("产业链动作", f"{action}{derived}" if action else None),
        ("责任人", record.owner),
        ("选址", p.address),
        *([("延链理由", p.chain_action_reason, "wide")] if p.chain_action_reason else []),
    ]


def investor_facts(record: Record, link: Callable[[int], str]) -> Facts:
    """`link` draws the investor's name as a link to its page."""
    p = record.project
    name: Any = link(record.company_id) if record.company_id is not None else record.investor_name
    found: Facts = [
        ("投资方", name, "wide"),
        ("统一社会信用代码", record.uscc, "wide"),
        ("信息来源", SOURCE_LABELS[p.source] if p.source else None),
        ("来源说明", p.source_note if record.disclosed else None),
        ("首次对接", _shown(p, "first_contact")),
        ("预计签约", _shown(p, "expected_sign")),
    ]
    if record.disclosed and p.investor_text and p.investor_text != record.investor_name:
        found.append(("台账原文", p.investor_text, "full"))
    return found


def _shown(project: Project, key: str) -> str | None:
    on = getattr(project, f"{key}_on")
    return (
        None
        if on is None
        else dates.show_span(on, getattr(project, f"{key}_precision") or dates.Precision.DAY)
    )


def statistics_facts(record: Record) -> Facts:
    p = record.project
    gap = (
        None
        if p.statistics_amount is None or p.total_investment is None
        else p.statistics_amount - p.total_investment
    )
    return [
        ("招商名称", p.name, "wide"),
        ("纳统名称", p.statistics_name, "wide"),
        ("招商总投资 亿元", money.yi(p.total_investment)),
        ("纳统总投资 亿元", money.yi(p.statistics_amount)),
        ("纳统比招商 亿元", None if gap is None else f"{'+' if gap > 0 else ''}{money.yi(gap)}"),
        ("行业类别", p.industry),
        ("金额说明", p.amount_note, "wide"),
    ]


def privacy_facts(record: Record) -> Facts:
    p = record.project
    return [
        ("保密", "是，投资方只对有关人员显示" if p.confidential else "否", "wide"),
        ("不计入情形", EXCLUSION_LABELS[p.exclusion] if p.exclusion else "无，正常计入", "wide"),
    ]


def held(project: Project) -> Mapping[int, str]:
    """Attachment id → why the file stays. A terminated project also keeps its termination agreements."""
    found = dict(pipeline.held(project.id))
    if project.status is Status.TERMINATED:
        papers = (row for row in queries.attachments_of(project.id) if row.kind is AttachmentKind.TERMINATION)
        for row in papers:
            found.setdefault(row.id, "项目终止的依据")
    return found
