"""How many days a project usually stays in a stage, by tier: the yardstick of 卡点 (pipeline)."""

from crm.settings.rules.tables import Setting

TIERS = (
    ("t100", "特级 天"),
    ("t50", "一级 天"),
    ("t10", "二级 天"),
    ("t5", "三级 天"),
    ("t1", "四级 天"),
    ("below", "一般 天"),
)

_DAYS = (
    ("lead", "线索", "30 30 20 20 15 15"),
    ("filed", "在库", "30 30 30 30 30 30"),
    ("preliminary", "初步洽谈", "90 90 60 60 45 45"),
    ("in_depth", "深度洽谈", "180 150 120 90 60 60"),
    ("review", "联审", "30 30 20 20 15 15"),
    ("intent", "拟签约", "90 90 60 60 45 30"),
    ("signed", "签约", "90 90 90 90 90 90"),
    ("registered", "注册", "90 90 90 90 90 90"),
    ("approved", "备案", "180 180 120 120 90 90"),
    ("started", "开工", "730 730 540 540 365 365"),
    ("completed", "竣工", "180 180 120 120 90 90"),
    ("producing", "投产", "730 730 540 540 365 365"),
)


def _row(code: str, stage: str, days: str) -> dict[str, str]:
    norms = dict(zip((tier for tier, _ in TIERS), days.split(), strict=True))
    return {"code": code, "stage": stage, **norms}


STAGE_NORMS = Setting(
    "stage_norms",
    "各阶段停留多少天算卡住",
    "table",
    [_row(*line) for line in _DAYS],
    "卡点",
    "签约后 90 天内注册、180 天内备案到开工与灯的时限一致；其余为产品默认值，非方案规定，请按本市实际修改",
    columns=(
        ("code", "代码", "code"),
        ("stage", "阶段", "fixed"),
        *((tier, heading, "days") for tier, heading in TIERS),
    ),
)
