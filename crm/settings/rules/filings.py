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
_OFFENCES = (
    ("poaching", "恶意竞争、抢商", "是", "是", "否"),
    ("false_data", "虚假数据重复报备", "是", "是", "是"),
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
    _days("transfer_answer_days", "流转提出后接收板块几个工作日内答复，逾期由市里指派", 5, "个工作日"),
    Setting(
        "transfer_before_lost",
        "因要素或准入原因流失前须先提出流转（1 必须，0 只提醒）",
        "int",
        1,
        _GROUP,
        OWN,
        least=Decimal(0),
        most=Decimal(1),
    ),
    _days("filing_silent_yellow", "受保护的项目多少天没有跟进为预警", 60, source="邯郸 2024 年做法"),
    _days(
        "filing_silent_lapse", "受保护的项目多少天没有跟进即失效，进入共享池", 90, source="邯郸 2024 年做法"
    ),
    _days("dispute_talks_days", "报备争议：自行协商几个工作日", 3, "个工作日"),
    _days("dispute_mediation_days", "报备争议：市招商办调解几个工作日", 5, "个工作日"),
    _days("dispute_ruling_days", "报备争议：领导小组裁定几个工作日", 10, "个工作日"),
    _days("check_hourly", "每人每小时最多查重几次（板块范围以外）", 60, "次"),
    Setting(
        "filing_sanctions",
        "违规报备的处理",
        "table",
        [
            dict(zip(("code", "offence", "circulated", "no_credit", "removed"), row, strict=True))
            for row in _OFFENCES
        ],
        _GROUP,
        OWN,
        columns=(
            ("code", "代码", "code"),
            ("offence", "情形", "fixed"),
            ("circulated", "通报", "yes"),
            ("no_credit", "不计首谈认定", "yes"),
            ("removed", "清除报备", "yes"),
        ),
    ),
)
