"""What a setting is, and the checks of those that are tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import Any

from crm.core.errors import RuleBroken

OWN = "产品默认值，非方案规定，请按本市实际修改"


@dataclass(frozen=True, slots=True)
class Setting:
    """`columns` are the columns of a table setting: (key, heading, kind). `group` is the heading it stands under."""

    key: str
    label: str
    kind: str
    default: Any
    group: str
    source: str = OWN
    unit: str = ""
    least: Decimal | None = None
    most: Decimal | None = None
    columns: tuple[tuple[str, str, str], ...] = field(default=())


Row = Mapping[str, Any]


def _amount(heading: str, at: int, written: Any) -> str:
    try:
        value = Decimal(str(written).replace(",", "").strip())
    except InvalidOperation as error:
        raise RuleBroken(f"第{at}行的{heading}没有填或不是数字。请重新填写。", "value") from error
    if not value.is_finite() or value < 0:
        raise RuleBroken(f"第{at}行的{heading}不能为负。请重新填写。", "value")
    return f"{value.normalize() + 0:f}"


def _days(heading: str, at: int, written: Any) -> str:
    text = str(written).strip()
    if not (text.isdecimal() and text.isascii() and 1 <= int(text[:9]) <= 3650):
        raise RuleBroken(f"第{at}行的{heading}要填 1 到 3650 的整数。请重新填写。", "value")
    return str(int(text))


def _points(heading: str, at: int, written: Any) -> str:
    text = str(written).strip()
    if not (text.isdecimal() and text.isascii() and int(text[:9]) <= 100):
        raise RuleBroken(f"第{at}行的{heading}要填 0 到 100 的整数。请重新填写。", "value")
    return str(int(text))


def _cell(column: tuple[str, str, str], at: int, row: Row) -> str:
    key, heading, kind = column
    if kind == "amount":
        return _amount(heading, at, row.get(key, ""))
    if kind == "days":
        return _days(heading, at, row.get(key, ""))
    if kind == "points":
        return _points(heading, at, row.get(key, ""))
    text = str(row.get(key) or "").strip()
    if kind == "yes" and text not in ("是", "否"):
        raise RuleBroken(f"第{at}行的{heading}要填“是”或“否”。请重新填写。", "value")
    if not text:
        raise RuleBroken(f"第{at}行的{heading}没有填。请填写。", "value")
    return text


def check_table(setting: Setting, raw: Sequence[Row]) -> list[dict[str, str]]:
    """Rows as they are stored. The codes of a table are the product's own: rows are neither added nor dropped, and
    neither they nor columns of the kind "fixed" are the typist's to change.

    Amount columns are thresholds: each falls from row to row, inclusive at its lower end, and ends at 0, so that
    every amount belongs to exactly one row in either currency.
    """
    codes = [row["code"] for row in setting.default]
    if [row.get("code") for row in raw] != codes:
        raise RuleBroken("表的行数或代码不对。请刷新页面后重新填写。", "value")
    rows = [
        {column[0]: _cell(column, at, row) for column in setting.columns} for at, row in enumerate(raw, 1)
    ]
    for key, heading, kind in setting.columns:
        if kind == "amount":
            _check_falling(heading, [Decimal(row[key]) for row in rows])
    return rows


def _check_falling(heading: str, values: Sequence[Decimal]) -> None:
    for at, (above, below) in enumerate(pairwise(values), 2):
        if below >= above:
            raise RuleBroken(f"第{at}行的{heading}不小于上一行。门槛请从大到小填写。", "value")
    if values and values[-1] != 0:
        raise RuleBroken(f"最后一行的{heading}要为 0，否则小额项目没有分级。", "value")
