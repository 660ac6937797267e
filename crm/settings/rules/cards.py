"""The officer's monthly card: what each item carries and how it is scored (rules.md §9.1)."""

from crm.settings.rules.tables import Setting

_GROUP = "专员考核"
_SOURCE = "德清县驻点招商员月度绩效比拼表的做法，非方案规定，请按本市实际修改"

_ITEMS = (
    ("station_days", "驻点天数", "按天数", "10"),
    ("visits", "拜访", "按最高", "10"),
    ("receptions", "接待", "按最高", "10"),
    ("projects", "项目", "按最高", "15"),
    ("good_projects", "优质项目", "按最高", "15"),
    ("led", "领导带队、对接", "按最高", "20"),
    ("foreign", "外资签约", "每个加", "20"),
    ("absences", "查岗离岗", "每次扣", "10"),
)
_DAYS = (("full", "20", "10"), ("most", "15", "9"), ("half", "10", "8"))

CARDS = (
    Setting(
        "officer_card",
        "专员月度考核：各项分值",
        "table",
        [dict(zip(("code", "item", "method", "points"), row, strict=True)) for row in _ITEMS],
        _GROUP,
        f"{_SOURCE}；“按最高”为本人 ÷ 本组最高 × 分值，外资签约由参与的人平分，总分不低于 0",
        columns=(
            ("code", "代码", "code"),
            ("item", "项目", "fixed"),
            ("method", "计分方式", "fixed"),
            ("points", "分值", "points"),
        ),
    ),
    Setting(
        "officer_card_days",
        "专员月度考核：驻点天数得几分",
        "table",
        [dict(zip(("code", "least", "points"), row, strict=True)) for row in _DAYS],
        _GROUP,
        f"{_SOURCE}；低于最后一档的，每少一天再减 1 分，减到 0 为止",
        columns=(("code", "代码", "code"), ("least", "满几天", "days"), ("points", "得分", "points")),
    ),
    Setting(
        "officer_card_good_tier",
        "专员月度考核：从哪一级起算优质项目（投资额分级的代码）",
        "text",
        "t5",
        _GROUP,
        f"{_SOURCE}；德清以固定资产投资 5 亿元以上为优质",
    ),
)
