"""First report and first talk (rules.md §2.2): months of protection by tier, and how many days it takes."""

from decimal import Decimal

from crm.settings.rules.tables import OWN, Setting

_MONTHS = (
    ("t100", "特级 ≥100亿", "12", "6"),
    ("t50", "一级 50–100亿", "12", "6"),
    ("t10", "二级 10–50亿", "6", "3"),
    ("t5", "三级 5–10亿", "6", "3"),
    ("t1", "四级 1–5亿", "6", "3"),
    ("below", "一般 <1亿", "6", "3"),
)
_GROUP = "报备"


def _days(key: str, label: str, default: int, unit: str = "天", source: str = OWN) -> Setting:
    return Setting(
        key, label, "int", default, _GROUP, source, unit=unit, least=Decimal(1), most=Decimal(3650)
    )


FILINGS = (
    Setting(
        "filing_protection",
        "首谈保护期和一次延期",
        "table",
        [dict(zip(("code", "tier", "months", "extension"), row, strict=True)) for row in _MONTHS],
        _GROUP,
        OWN,
        columns=(
            ("code", "代码", "code"),
            ("tier", "级别", "fixed"),
            ("months", "保护期 个月", "days"),
            ("extension", "延期 个月", "days"),
        ),
    ),
    _days("filing_within_days", "首次接触后几个工作日内报备", 3, "个工作日"),
    _days("filing_decide_days", "报备几个工作日内核定", 2, "个工作日"),
    _days("filing_extend_before", "延期最晚在届满多少天前申请", 10),
    _days("filing_silent_yellow", "受保护的项目多少天没有跟进为预警", 60, source="邯郸 2024 年做法"),
    _days(
        "filing_silent_lapse", "受保护的项目多少天没有跟进即失效，进入共享池", 90, source="邯郸 2024 年做法"
    ),
)
