"""When a timer of the red, yellow and green lights turns (rules.md §9.3)."""

from decimal import Decimal

from crm.settings.rules.tables import OWN, Setting

_YINCHUAN = "银川 2025 年做法"
#: timer → (what it says, unit, yellow, red, source)
_TIMERS = (
    ("contact", "在谈多少天未联系", "天", 30, 60, "邯郸、银川等地做法"),
    ("register", "签约后多少天未注册", "天", 90, 180, OWN),
    ("start", "签约后多少天未开工", "天", 180, 365, OWN),
    (
        "promised",
        "过了约定开工日期多少天未开工",
        "天",
        30,
        90,
        f"{_YINCHUAN}：当月应开工未开工为黄灯，连续三个月为红灯",
    ),
    ("statistics", "开工多少天未入统", "天", 30, 60, f"{_YINCHUAN}：入库晚一个月为黄灯，超过两个月为红灯"),
    ("progress", "累计完成投资落后序时超过多少个百分点", "个百分点", 10, 30, f"{_YINCHUAN}，决定 9"),
)
_YEARS = Decimal(3650)


#: The timers of the plan's own sources always run; 0 switches a colour of the others off.
_ALWAYS = frozenset({"contact", "register", "start"})


def _setting(timer: str, colour: str, words: str, value: int, unit: str, source: str) -> Setting:
    shown = {"yellow": "预警", "red": "红灯"}[colour]
    label = f"{words}为{shown}" + ("" if timer in _ALWAYS else "（填 0 不用）")
    most = Decimal(100) if unit == "个百分点" else _YEARS
    least = Decimal(1 if timer in _ALWAYS else 0)
    return Setting(
        f"light_{timer}_{colour}", label, "int", value, "灯", source, unit=unit, least=least, most=most
    )


LIGHTS = tuple(
    _setting(timer, colour, words, value, unit, source)
    for timer, words, unit, yellow, red, source in _TIMERS
    for colour, value in (("yellow", yellow), ("red", red))
)
