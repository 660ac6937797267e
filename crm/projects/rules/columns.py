"""The columns that a list of projects can show. The project itself always stands first and is not among them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Column:
    """`label` is the heading with its unit; `width` a class of the style sheet; `sort` the order it offers, if any.

    `wide` columns give way in a narrow window while nobody has chosen columns of his own.
    """

    key: str
    label: str
    group: str
    width: int
    number: bool = False
    sort: str = ""
    wide: bool = False


_ALL = (
    Column("code", "编号", "项目", 136),
    Column("investor", "投资方", "项目", 104, wide=True),
    Column("zone", "板块", "项目", 104),
    Column("chain", "产业链", "项目", 104),
    Column("node", "环节", "项目", 112),
    Column("source", "信息来源", "项目", 104),
    Column("capital", "内外资", "项目", 64),
    Column("tier", "级别", "项目", 112),
    Column("confidential", "保密", "项目", 56),
    Column("amount", "总投资 亿元", "投资", 104, number=True, sort="amount"),
    Column("amount_usd", "总投资 万美元", "投资", 112, number=True),
    Column("fixed", "固投 亿元", "投资", 88, number=True, sort="fixed", wide=True),
    Column("registered_capital", "注册资本 万元", "投资", 112, number=True),
    Column("equipment", "设备投资 亿元", "投资", 104, number=True),
    Column("statistics_name", "纳统名称", "投资", 136),
    Column("statistics_amount", "纳统总投资 亿元", "投资", 120, number=True),
    Column("land", "用地 亩", "投资", 80, number=True),
    Column("invested", "累计完成投资 亿元", "投资", 136, number=True),
    Column("stage", "阶段", "推进", 96),
    Column("days", "本阶段 天", "推进", 88, number=True, sort="days"),
    Column("since", "进入阶段", "推进", 104),
    Column("status", "状态", "推进", 72),
    Column("light", "灯", "推进", 176, sort="light"),
    Column("slip", "推迟", "推进", 128),
    Column("sign", "预计签约", "推进", 104, sort="expected"),
    Column("start", "预计开工", "推进", 104, sort="start"),
    Column("contact", "最近联系", "联系", 80),
    Column("next", "下一步", "联系", 136, wide=True),
    Column("first_contact", "首次接洽", "联系", 104),
    Column("owner", "责任人", "联系", 72, wide=True),
    Column("leader", "挂钩领导", "联系", 96),
    Column("updated", "更新", "联系", 104, sort="updated"),
)
COLUMNS: Mapping[str, Column] = {column.key: column for column in _ALL}
DEFAULT = ("investor", "amount", "fixed", "stage", "light", "contact", "next", "owner")
GROUPS = tuple(dict.fromkeys(column.group for column in _ALL))
#: The checkbox, and the name where its column must have a width of its own.
_CHECK, _NAME = 40, 240


def chosen(keys: Iterable[str]) -> tuple[str, ...]:
    """The known ones of these keys, each once, in their order; the product's own where nothing is left."""
    return tuple(dict.fromkeys(key for key in keys if key in COLUMNS)) or DEFAULT


def width(keys: Iterable[str]) -> int:
    """How wide the list is with these columns, in pixels."""
    return _CHECK + _NAME + sum(COLUMNS[key].width for key in keys)


def moved(keys: Iterable[str], key: str, step: int) -> tuple[str, ...]:
    """The order with one column a place further up (-1) or down (1)."""
    order = list(keys)
    if key in order:
        at = order.index(key)
        to = min(max(at + step, 0), len(order) - 1)
        order.insert(to, order.pop(at))
    return tuple(order)
