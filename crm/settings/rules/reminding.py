"""When somebody is reminded of people not visited, when what is late goes up, and where mail may go."""

from decimal import Decimal

from crm.settings.rules.norms import TIERS
from crm.settings.rules.tables import Setting

_GROUP = "提醒"

#: The lines of `followup_cadence`: one is reminded when the rhythm has been missed by half of it or more.
_CONTACT = (
    ("contact", "线索、在库", "15 15 30 45 60 120"),
    ("talks", "初步洽谈、深度洽谈、联审", "10 10 21 30 45 90"),
    ("closing", "拟签约", "5 7 10 15 20 45"),
    ("landing", "签约、注册、备案", "15 15 30 60 60 120"),
    ("works", "开工、竣工、投产、达产", "60 60 60 90 120 180"),
)
_LADDER = (
    ("owner", "责任人（责任单位）", "1", "1"),
    ("chief", "板块主要负责人", "3", "3"),
    ("bureau", "市商务局", "5", "7"),
)


def _contact(code: str, stage: str, days: str) -> dict[str, str]:
    return {
        "code": code,
        "stage": stage,
        **dict(zip((tier for tier, _ in TIERS), days.split(), strict=True)),
    }


REMINDING = (
    Setting(
        "contact_limits",
        "多少天没有走访算久未联系",
        "table",
        [_contact(*line) for line in _CONTACT],
        _GROUP,
        "产品默认值，约为建议跟进频次的一倍半，非方案规定，请按本市实际修改。搁置期间不计",
        columns=(
            ("code", "代码", "code"),
            ("stage", "阶段", "fixed"),
            *((tier, heading, "days") for tier, heading in TIERS),
        ),
    ),
    Setting(
        "duty_ladder",
        "逾期几个工作日升级到谁",
        "table",
        [dict(zip(("code", "to", "duty", "demand"), line, strict=True)) for line in _LADDER],
        _GROUP,
        columns=(
            ("code", "代码", "code"),
            ("to", "升级到", "fixed"),
            ("duty", "跟进等 工作日", "days"),
            ("demand", "诉求、承诺、问题 工作日", "days"),
        ),
    ),
    Setting(
        "demand_confirm_days",
        "诉求答复后几个工作日内请企业确认",
        "int",
        5,
        _GROUP,
        unit="个工作日",
        least=Decimal(1),
        most=Decimal(60),
    ),
    Setting("mail_domains", "提醒邮件只发往这些邮箱域名（空格隔开，不填不限）", "text", "", "通知"),
)
