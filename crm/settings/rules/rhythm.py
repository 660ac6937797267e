"""How often one keeps in touch, by stage and tier, and how often a calendar may be fetched."""

from decimal import Decimal

from crm.settings.rules.norms import TIERS
from crm.settings.rules.tables import Setting

_DAYS = (
    ("contact", "线索、在库", "7 7 15 30 30 90"),
    ("talks", "初步洽谈、深度洽谈、联审", "7 7 15 30 30 90"),
    ("closing", "拟签约", "3 5 7 10 15 30"),
    ("landing", "签约、注册、备案", "7 7 15 30 30 90"),
    ("works", "开工、竣工、投产、达产", "30 30 30 60 90 90"),
)


def _row(code: str, stage: str, days: str) -> dict[str, str]:
    rhythm = dict(zip((tier for tier, _ in TIERS), days.split(), strict=True))
    return {"code": code, "stage": stage, **rhythm}


RHYTHM = (
    Setting(
        "followup_cadence",
        "建议每几天跟进一次",
        "table",
        [_row(*line) for line in _DAYS],
        "跟进",
        "洽谈和落地阶段取各级的调度频次（特级、一级周调度，二级半月，三级、四级月，一般季），"
        "拟签约和建设期为产品默认值，非方案规定，请按本市实际修改",
        columns=(
            ("code", "代码", "code"),
            ("stage", "阶段", "fixed"),
            *((tier, heading, "days") for tier, heading in TIERS),
        ),
    ),
    Setting(
        "calendar_feed_hourly",
        "一个日历订阅地址每小时最多读取",
        "int",
        12,
        "跟进",
        unit="次",
        least=Decimal(1),
        most=Decimal(600),
    ),
)
