"""Amounts of money: read from what people write, kept exact in 万元 or 万美元, shown as 亿 or 万.

The field never converts currencies to decide anything (decision 2), so an amount always carries its own.
"""

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from crm.core.errors import RuleBroken
from crm.core.folding import is_unknown, nfkc

YI_IN_WAN = Decimal(10_000)
UNKNOWN_SHOWN = "—"

# One 万 is a million 分, so a seventh decimal would be finer than money gets.
_FINEST = Decimal("0.000001")
# Columns hold 18 digits, six of them behind the point.
_TOO_MUCH = Decimal(10) ** 12
# Excel itself keeps 15 digits; what a float carries beyond them is noise of binary arithmetic.
_EXCEL_DIGITS = 15


class Currency(StrEnum):
    CNY = "CNY"
    USD = "USD"

    @property
    def label(self) -> str:
        return {"CNY": "人民币", "USD": "美元"}[self.value]

    @property
    def yi_unit(self) -> str:
        return {"CNY": "亿元", "USD": "亿美元"}[self.value]

    @property
    def wan_unit(self) -> str:
        return {"CNY": "万元", "USD": "万美元"}[self.value]


@dataclass(frozen=True, slots=True)
class Amount:
    """`value`, `low` and `high` are exact, in 万元 or 万美元; a range is read as its lower end."""

    value: Decimal
    currency: Currency
    low: Decimal
    high: Decimal
    approximate: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Unit:
    """What a unit says; None where it is silent. `scale` turns a written number into 万."""

    scale: Decimal | None = None
    currency: Currency | None = None


_SCALES = {
    "万亿": Decimal(100_000_000),
    "亿": YI_IN_WAN,
    "千万": Decimal(1000),
    "百万": Decimal(100),
    "十万": Decimal(10),
    "万": Decimal(1),
}
_ONE_YUAN = Decimal("0.0001")
_CURRENCIES = {
    "元人民币": Currency.CNY,
    "人民币元": Currency.CNY,
    "人民币": Currency.CNY,
    "rmb": Currency.CNY,
    "cny": Currency.CNY,
    "元": Currency.CNY,
    "¥": Currency.CNY,
    "美元": Currency.USD,
    "美金": Currency.USD,
    "usd": Currency.USD,
    "us$": Currency.USD,
    "$": Currency.USD,
}
# These name the coin itself: a number with no 万 or 亿 before them counts single coins; a mere $ does not.
_COINS = {"元", "元人民币", "人民币元", "美元", "美金"}


def _one_of(words: dict[str, Decimal] | dict[str, Currency]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


_NUMBER = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:e[+-]?\d{1,2})?"
_UNIT = rf"(?P<scale{{n}}>{_one_of(_SCALES)})?(?P<coin{{n}}>{_one_of(_CURRENCIES)})?"
_UNIT_ALONE = re.compile("(?:人民币)?" + _UNIT.format(n=0))
_VAGUE = ("大约", "约", "近", "≈", "~", "估算", "估计", "暂估")
_AT_LEAST = ("不低于", "不少于", "不小于", "至少", "超过", "超", "逾", "≥", ">=", ">", "大于")
_AT_MOST = ("不超过", "不高于", "不大于", "最多", "至多", "≤", "<=")
_BELOW = ("不足", "不到", "低于", "少于", "小于", "<")
_PREFIXES = {
    **dict.fromkeys(_VAGUE, "约数"),
    **dict.fromkeys(_AT_LEAST, "写的是下限"),
    **dict.fromkeys(_AT_MOST, "写的是上限"),
    **dict.fromkeys(_BELOW, ""),
}
_SUFFIXES = {
    **dict.fromkeys(("左右", "上下", "余", "多"), "约数"),
    "以上": "写的是下限",
    **dict.fromkeys(("以下", "以内"), "写的是上限"),
}
_LEAD = r"(?:(?:计划|预计|拟|项目|协议|合同)*(?:总投资额?|投资总额|投资额?|注册资本|金额)?[为:]?)"
_WRITTEN = re.compile(
    rf"{_LEAD}(?P<prefix>{'|'.join(sorted(map(re.escape, _PREFIXES), key=len, reverse=True))})?"
    rf"(?P<sign>{_one_of(_CURRENCIES)})?"
    rf"(?P<first>{_NUMBER})(?P<odd1>余|多)?{_UNIT.format(n=1)}"
    r"(?:零?(?P<more>\d+(?:\.\d+)?)(?P<morescale>千万|百万|万)"
    rf"(?P<morecoin>{_one_of(_CURRENCIES)})?"
    rf"|(?:至|到|[-~—–]{{1,2}})(?P<second>{_NUMBER})(?P<odd2>余|多)?{_UNIT.format(n=2)})?"
    rf"(?P<suffix>{'|'.join(_SUFFIXES)})?"
)
_EMPTY_BRACKETS = re.compile(r"\(([^()\d]*)\)")
_OTHER_COIN = re.compile(
    r"欧元|港元|港币|日元|英镑|韩元|台币|澳元|加元|新元|新加坡元|马克|法郎|里拉|卢布|泰铢|eur|hkd|jpy|gbp|€|£"
)
_NEGATIVE = re.compile(rf"^(?:-|−|负)(?:{_one_of(_CURRENCIES)})?\d|^\({_NUMBER}\)")


def parse(raw: object, unit: str | None = None) -> Amount | None:
    """Read a cell or what a person types; None for "待定", "/", "—" and blanks.

    `unit` is what the heading or title says (亿元, 万元, 万美元, 亿美元, 元) and applies where the cell is silent.
    Raises RuleBroken when the amount cannot be read, is negative, or is finer than 分.
    """
    written = _as_written(raw)
    if is_unknown(written):
        return None
    if _NEGATIVE.match(written):
        raise RuleBroken("金额不能为负，请核对后重填。")
    if _OTHER_COIN.search(written):
        raise RuleBroken("只收人民币和美元，请折算后填写，并在备注里写明原币种和金额。")
    found = _WRITTEN.fullmatch(written)
    if found is None:
        raise _unreadable(written)
    return _amount(found, _unit_of_heading(unit), written)


def _as_written(raw: object) -> str:
    """Any cell value as compact half-width text, lower-case, without blanks."""
    if isinstance(raw, bool):
        raise _unreadable("是" if raw else "否")
    if isinstance(raw, float):
        return _float_text(raw)
    if isinstance(raw, Decimal):
        return f"{raw:f}" if raw.is_finite() else ""
    written = re.sub(r"\s+", "", nfkc("" if raw is None else str(raw))).lower()
    # "3.4000(万元人民币)": a bracket with no digit holds only the unit.
    return _EMPTY_BRACKETS.sub(r"\1", written).rstrip("。;")


def _float_text(number: float) -> str:
    if number != number or number in (float("inf"), float("-inf")):
        return ""
    exact = Decimal(repr(number))
    if len(exact.as_tuple().digits) > _EXCEL_DIGITS:
        exact = Decimal(f"{number:.{_EXCEL_DIGITS}g}")
    return f"{exact:f}"


def _unreadable(written: str) -> RuleBroken:
    return RuleBroken(f"“{written[:30]}”读不出金额，请写成数字加单位，如 12亿 或 5000万。")


def _unit_of_heading(unit: str | None) -> _Unit:
    if not unit:
        return _Unit()
    found = _UNIT_ALONE.fullmatch(re.sub(r"\s+", "", nfkc(unit)).lower())
    if found is None:
        raise RuleBroken(f"表头单位“{unit}”不认识，请改为 亿元、万元、亿美元、万美元 或 元。")
    return _unit(found["scale0"], found["coin0"])


def _unit(scale: str | None, coin: str | None, sign: str | None = None) -> _Unit:
    if scale is not None:
        factor: Decimal | None = _SCALES[scale]
    else:
        factor = _ONE_YUAN if coin in _COINS else None
    named = coin or sign
    return _Unit(factor, _CURRENCIES[named] if named else None)


def _amount(found: re.Match[str], heading: _Unit, written: str) -> Amount:
    if found["prefix"] in _BELOW:
        raise RuleBroken(f"“{written[:30]}”只说了不到多少，请写明实际金额；尚未确定就写 待定。")
    last = _unit(found["scale2"], found["coin2"]) if found["second"] else None
    first = _unit(found["scale1"], found["coin1"] or found["morecoin"], found["sign"])
    _agree(first, last, found)
    currency = first.currency or (last.currency if last else None) or heading.currency or Currency.CNY
    low = _in_wan(found["first"], _scale(first, last, heading))
    if found["more"]:
        if found["scale1"] != "亿":
            raise _unreadable(written)
        low += _in_wan(found["more"], _SCALES[found["morescale"]])
    high = _in_wan(found["second"], _scale(last, first, heading)) if last else low
    if high < low:
        raise RuleBroken(f"区间“{written[:30]}”前大后小，请把小的写在前面。")
    notes = _notes(found)
    if last:
        notes.append("区间，取下限")
    return Amount(low, currency, low, high, bool(notes) and notes != ["区间，取下限"], "；".join(notes))


def _agree(first: _Unit, last: _Unit | None, found: re.Match[str]) -> None:
    """A range in two currencies, or one sign contradicting the other, is a slip of the pen, not an amount."""
    said = {_CURRENCIES[word] for word in (found["sign"], found["coin1"], found["morecoin"]) if word}
    said |= {unit.currency for unit in (first, last) if unit and unit.currency}
    if len(said) > 1:
        raise RuleBroken("一个金额里写了两种货币，请只留一种。")


def _scale(own: _Unit | None, other: _Unit | None, heading: _Unit) -> Decimal:
    for unit in (own, other, heading):
        if unit and unit.scale is not None:
            return unit.scale
    raise RuleBroken("金额没有单位，请写明单位，如 12亿 或 5000万。")


def _in_wan(number: str, scale: Decimal) -> Decimal:
    value = Decimal(number.replace(",", "")) * scale
    if value >= _TOO_MUCH:
        raise RuleBroken("金额过大，请核对数字和单位。")
    if value != value.quantize(_FINEST):
        raise RuleBroken("金额比分还细，请保留到分（万元后最多 6 位小数）。")
    return value.quantize(_FINEST).normalize() + 0


def _notes(found: re.Match[str]) -> list[str]:
    said = [_PREFIXES.get(found["prefix"] or "", ""), _SUFFIXES.get(found["suffix"] or "", "")]
    said += ["约数" for odd in (found["odd1"], found["odd2"]) if odd]
    return list(dict.fromkeys(note for note in said if note))


def yi(value: Decimal | None) -> str:
    """万 → 亿 with two decimals and separators: 1200000 → "120.00"; unknown → "—"."""
    if value is None:
        return UNKNOWN_SHOWN
    rounded = (value / YI_IN_WAN).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return f"{rounded + 0:,.2f}" if rounded else "0.00"


def wan(value: Decimal | None) -> str:
    """万 as it is, without trailing zeros: 8600 → "8,600"; unknown → "—"."""
    if value is None:
        return UNKNOWN_SHOWN
    shown = f"{value:,f}"
    shown = shown.rstrip("0").rstrip(".") if "." in shown else shown
    return "0" if shown in ("-0", "") else shown


def words(value: Decimal | None, currency: Currency | str = Currency.CNY) -> str:
    """One 亿 and more as "120.00 亿元", less as "8,600 万元"; unknown → "—"."""
    if value is None:
        return UNKNOWN_SHOWN
    coin = Currency(currency)
    if abs(value) >= YI_IN_WAN:
        return f"{yi(value)} {coin.yi_unit}"
    return f"{wan(value)} {coin.wan_unit}"
