"""Every editable value: what it means, its default, and where the default comes from.

A default that is not from the plan says so in `source`, where an administrator sees it. Kinds: int, ratio, text, table.
"""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from crm.core.errors import RuleBroken
from crm.settings.rules.cards import CARDS
from crm.settings.rules.filings import FILINGS
from crm.settings.rules.industries import INDUSTRY_CLASSES
from crm.settings.rules.lights import LIGHTS
from crm.settings.rules.norms import STAGE_NORMS
from crm.settings.rules.offline import OFFLINE
from crm.settings.rules.reminding import REMINDING
from crm.settings.rules.rhythm import RHYTHM
from crm.settings.rules.tables import Setting as Setting
from crm.settings.rules.tables import check_table
from crm.settings.rules.targeting import TARGETING
from crm.settings.rules.truth import TRUTH

OWN = "产品默认值，非方案规定，请按本市实际修改"
PLAN = "连政发〔2022〕32号"


def _tier(code: str, label: str, threshold: str, usd: str) -> dict[str, str]:
    return {"code": code, "label": label, "threshold": threshold, "threshold_usd": usd}


_ALL = (
    Setting(
        "pace_on_track", "序时差不超过此值为正常", "ratio", "0.10", "配额", least=Decimal(0), most=Decimal(1)
    ),
    Setting(
        "pace_behind",
        "序时差不超过此值为预警，超过为红灯",
        "ratio",
        "0.30",
        "配额",
        "银川 2025 年做法，决定 9",
        least=Decimal(0),
        most=Decimal(1),
    ),
    Setting(
        "quota_near",
        "配额页列出达到门槛几成的未计数项目",
        "ratio",
        "0.5",
        "配额",
        least=Decimal(0),
        most=Decimal(1),
    ),
    Setting(
        "tiers",
        "投资额分级",
        "table",
        [
            _tier("t100", "特级 ≥100亿", "1000000", "100000"),
            _tier("t50", "一级 50–100亿", "500000", "50000"),
            _tier("t10", "二级 10–50亿", "100000", "10000"),
            _tier("t5", "三级 5–10亿", "50000", "3000"),
            _tier("t1", "四级 1–5亿", "10000", "1000"),
            _tier("below", "一般 <1亿", "0", "0"),
        ],
        "分级",
        "门槛 50 亿、100 亿出自连政发〔2022〕32号第 13 条；其余与美元对应门槛为产品默认值（三明、泰州等地做法）",
        columns=(
            ("code", "代码", "code"),
            ("label", "名称", "text"),
            ("threshold", "门槛 万元", "amount"),
            ("threshold_usd", "门槛 万美元", "amount"),
        ),
    ),
    Setting(
        "fx_rate",
        "美元折合年度固定汇率（只用于合计）",
        "ratio",
        "7.00",
        "分级",
        unit="元/美元",
        least=Decimal(1),
        most=Decimal(20),
    ),
    *LIGHTS,
    *FILINGS,
    *CARDS,
    Setting(
        "credit_default",
        "首谈地与落地地默认分享比例（首谈地）",
        "ratio",
        "0.5",
        "利益分享",
        "宁德 2017 年做法 5:5",
        least=Decimal(0),
        most=Decimal(1),
    ),
    STAGE_NORMS,
    *RHYTHM,
    *REMINDING,
    *TRUTH,
    *OFFLINE,
    Setting("home_city", "本市名称，企业所在城市以它开头的算本地企业", "text", "连云港", "产业链"),
    INDUSTRY_CLASSES,
    *TARGETING,
    Setting("week_visits_goal", "专员每周走访目标", "int", 6, "走访", unit="次", least=Decimal(0)),
    Setting("demand_days", "企业诉求几个工作日内答复", "int", 5, "走访", unit="个工作日", least=Decimal(1)),
    Setting(
        "export_large_rows", "超过多少行的导出需要批准", "int", 20000, "导出", unit="行", least=Decimal(1)
    ),
    Setting(
        "weekly_at_once", "多少个项目以内的周报直接下载", "int", 2000, "导出", unit="个", least=Decimal(0)
    ),
    Setting("import_undo_hours", "导入后多少小时内可撤销", "int", 24, "导入", unit="小时", least=Decimal(1)),
    Setting(
        "import_most_mb", "导入文件最大", "int", 50, "导入", unit="MB", least=Decimal(1), most=Decimal(200)
    ),
    Setting(
        "attachment_most_mb", "附件最大", "int", 50, "附件", unit="MB", least=Decimal(1), most=Decimal(200)
    ),
    Setting(
        "photo_most_mb", "照片最大", "int", 20, "附件", OWN, unit="MB", least=Decimal(1), most=Decimal(200)
    ),
    Setting(
        "password_length",
        "密码最短",
        "int",
        10,
        "登录安全",
        "GB/T 22239-2019 三级",
        unit="位",
        least=Decimal(8),
    ),
    Setting(
        "password_days",
        "密码有效期",
        "int",
        90,
        "登录安全",
        "GB/T 22239-2019 三级",
        unit="天",
        least=Decimal(1),
    ),
    Setting(
        "password_history",
        "不得与最近几次密码相同",
        "int",
        5,
        "登录安全",
        "GB/T 22239-2019 三级",
        unit="次",
        least=Decimal(0),
    ),
    Setting(
        "login_failures",
        "同一账号失败几次后锁定",
        "int",
        5,
        "登录安全",
        "GB/T 22239-2019",
        unit="次",
        least=Decimal(1),
    ),
    Setting(
        "login_ip_failures", "同一地址失败几次后拒绝", "int", 20, "登录安全", unit="次", least=Decimal(1)
    ),
    Setting(
        "login_lock_minutes",
        "锁定时间",
        "int",
        30,
        "登录安全",
        "GB/T 22239-2019",
        unit="分钟",
        least=Decimal(1),
    ),
    Setting(
        "session_idle_minutes",
        "无操作自动退出",
        "int",
        30,
        "登录安全",
        "GB/T 22239-2019",
        unit="分钟",
        least=Decimal(5),
    ),
    Setting(
        "session_most_hours",
        "一次登录最长",
        "int",
        12,
        "登录安全",
        "GB/T 22239-2019",
        unit="小时",
        least=Decimal(1),
    ),
)

SETTINGS: Mapping[str, Setting] = {s.key: s for s in _ALL}

#: Groups that belong to running the system and are the system administrator's; all others are the bureau's.
SYSTEM_GROUPS = frozenset({"登录安全", "导入", "导出", "附件", "离线"})
BUSINESS_VERB = "plan.edit"
SYSTEM_VERB = "admin.system"


def verb_of(setting: Setting) -> str:
    """The verb that may change it (a code of accounts.permissions, which stands above)."""
    return SYSTEM_VERB if setting.group in SYSTEM_GROUPS else BUSINESS_VERB


def typed(setting: Setting, value: Any) -> Any:
    """A stored value as code uses it: int, Decimal, str, or the list of rows of a table."""
    if setting.kind == "int":
        return int(value)
    if setting.kind == "ratio":
        return Decimal(str(value))
    return value


def shown(setting: Setting, value: Any) -> str:
    """A value in words, for lists and the audit."""
    if setting.kind == "table":
        return "；".join(_row_words(setting, row) for row in value)
    return f"{value} {setting.unit}".strip()


def _row_words(setting: Setting, row: Mapping[str, Any]) -> str:
    """As in 特级 ≥100亿 1000000万元 100000万美元: an amount carries the unit of its heading."""
    named = [
        f"{row[key]}{heading.rpartition(' ')[2]}" if kind in ("amount", "days") else str(row[key])
        for key, heading, kind in setting.columns
        if kind != "code"
    ]
    return " ".join(named)


def check(setting: Setting, raw: Any) -> Any:
    """What somebody typed as the value to store (JSON-safe); raises RuleBroken beside the field `value`."""
    if setting.kind == "table":
        return check_table(setting, raw)
    text = str(raw if raw is not None else "").strip()
    if setting.kind == "text":
        return text
    return _number(setting, text)


def _number(setting: Setting, text: str) -> int | str:
    try:
        value = Decimal(text)
    except InvalidOperation as error:
        raise RuleBroken("这里填数字。请重新填写。", field="value") from error
    if not value.is_finite() or (setting.kind == "int" and value != value.to_integral_value()):
        raise RuleBroken(
            "这里填整数。请重新填写。" if setting.kind == "int" else "这里填数字。请重新填写。", "value"
        )
    if (setting.least is not None and value < setting.least) or (
        setting.most is not None and value > setting.most
    ):
        raise RuleBroken(f"超出允许的范围（{limits(setting)}）。请重新填写。", field="value")
    return int(value) if setting.kind == "int" else str(value)


def limits(setting: Setting) -> str:
    """The allowed range in words; "" when there is none."""
    if setting.least is not None and setting.most is not None:
        return f"{setting.least}–{setting.most}"
    if setting.least is not None:
        return f"不小于 {setting.least}"
    return f"不大于 {setting.most}" if setting.most is not None else ""
