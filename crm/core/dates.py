"""Dates as ledgers write them: some name a day, others a 旬, a month, a quarter; the raw text is kept."""

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from crm.core.errors import RuleBroken
from crm.core.folding import is_unknown, nfkc

_SERIAL_ZERO = date(1899, 12, 30)
_SERIALS = range(20_000, 80_000)  # 1954 to 2119
_YEARS = range(1900, 2101)
_WEEKDAYS = "一二三四五六日"
_QUARTERS = "一二三四"
_XUN_STARTS = {1: "上旬", 11: "中旬", 21: "下旬"}


class Precision(StrEnum):
    DAY = "day"
    XUN = "xun"
    MONTH = "month"
    QUARTER = "quarter"
    HALF = "half"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class FuzzyDate:
    """A span of days, `on` its first and `until` its last, as precise as the writer was.

    `ambiguous` marks 2022.1, which may be what Excel left of 2022.10; `alternative` is that other reading.
    """

    on: date
    until: date
    precision: Precision
    raw: str
    ambiguous: bool = False
    alternative: "FuzzyDate | None" = None


def parse(raw: object, *, today: date, number_is_serial: bool = True) -> FuzzyDate | None:
    """Read a cell or what a person types; None for blanks, "待定", "—", "/".

    `today` gives the year to "3月底" and "一季度". Raises RuleBroken when no date can be read.
    """
    if isinstance(raw, datetime):
        return _day(raw.date(), raw.isoformat(sep=" "))
    if isinstance(raw, date):
        return _day(raw, raw.isoformat())
    written = _as_written(raw)
    if is_unknown(written):
        return None
    if re.fullmatch(r"\d+(\.\d+)?", written):
        return _from_number(written, number_is_serial)
    return _from_text(written, today)


def _as_written(raw: object) -> str:
    if isinstance(raw, bool):
        raise _unreadable("是" if raw else "否")
    if isinstance(raw, float):
        return repr(int(raw)) if raw.is_integer() else repr(raw)
    return nfkc("" if raw is None else str(raw))


class Unreadable(RuleBroken):
    """No date at all, as against one that the calendar does not have."""


def _unreadable(written: str) -> RuleBroken:
    return Unreadable(
        f"“{written[:30]}”读不出日期，请写成 2026-03-15、2026年3月 或 2026年一季度；未定就写 待定。"
    )


# --- spans ----------------------------------------------------------------------------------------


def _day(on: date, raw: str) -> FuzzyDate:
    if on.year not in _YEARS:
        raise RuleBroken(f"年份 {on.year} 不合常理，请核对日期。")
    return FuzzyDate(on, on, Precision.DAY, raw)


def _span(year: int, first: int, last: int, precision: Precision, raw: str) -> FuzzyDate:
    """Whole months from `first` to `last` of a year."""
    if year not in _YEARS or not 1 <= first <= last <= 12:
        raise RuleBroken(f"“{raw[:30]}”里的年份或月份不对，请核对日期。")
    until = date(year, last, calendar.monthrange(year, last)[1])
    return FuzzyDate(date(year, first, 1), until, precision, raw)


def month(year: int, number: int, raw: str = "") -> FuzzyDate:
    return _span(year, number, number, Precision.MONTH, raw)


def _exact(year: int, number: int, day: int, raw: str) -> FuzzyDate:
    try:
        return _day(date(year, number, day), raw)
    except ValueError:
        raise RuleBroken(f"“{raw[:30]}”不是日历上有的日子，请核对。") from None


def _xun(year: int, number: int, first: int, raw: str) -> FuzzyDate:
    whole = month(year, number, raw)
    until = whole.until if first == 21 else whole.on + timedelta(days=first + 8)
    return FuzzyDate(whole.on + timedelta(days=first - 1), until, Precision.XUN, raw)


# --- numbers --------------------------------------------------------------------------------------


def _from_number(written: str, number_is_serial: bool) -> FuzzyDate:
    """2022, 2022.3, 202203, 20220315 and Excel serials such as 44635 or 44635.5."""
    whole, _, fraction = written.partition(".")
    if fraction and len(whole) == 4 and len(fraction) <= 2:
        return _year_and_month(int(whole), fraction, written)
    if number_is_serial and len(whole) == 5 and int(whole) in _SERIALS:
        return _day(_SERIAL_ZERO + timedelta(days=int(whole)), written)
    if fraction:
        raise _unreadable(written)
    if len(whole) == 4:
        return _span(int(whole), 1, 12, Precision.YEAR, written)
    if len(whole) == 6 and int(whole[:4]) in _YEARS:
        return month(int(whole[:4]), int(whole[4:]), written)
    if len(whole) == 8:
        return _exact(int(whole[:4]), int(whole[4:6]), int(whole[6:]), written)
    raise _unreadable(written)


def _year_and_month(year: int, fraction: str, raw: str) -> FuzzyDate:
    read = month(year, int(fraction), raw)
    if fraction != "1":
        return read
    other = month(year, 10, raw)
    return FuzzyDate(read.on, read.until, read.precision, raw, ambiguous=True, alternative=other)


# --- text -----------------------------------------------------------------------------------------

_CHINESE = {c: n for n, c in enumerate("一二三四五六七八九", start=1)}
_CHINESE |= {"十": 10, "十一": 11, "十二": 12, "首": 1}
_RELATIVE = {"今年": 0, "本年": 0, "当年": 0, "明年": 1, "后年": 2, "去年": -1, "前年": -2}
_Y = rf"(?P<year>{'|'.join(_RELATIVE)}|(?<!\d)\d{{4}}|(?<!\d)\d{{2}}(?=年))年?度?"
_Y_NAMED = rf"(?P<year>{'|'.join(_RELATIVE)}|(?<!\d)\d{{4}}(?=年))年?"
_N = r"(?P<month>1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九])"
_S = r"[./\-—–。]"
_PART = {"上旬": 1, "月初": 1, "初": 1, "中旬": 11, "中": 11, "下旬": 21}
_PART |= dict.fromkeys(("月底", "月末", "底", "末"), 21)

_Reader = Callable[[re.Match[str], date, str], FuzzyDate]


def _year(found: re.Match[str], today: date) -> int:
    said = found.groupdict().get("year")
    if said is None:
        return today.year
    if said in _RELATIVE:
        return today.year + _RELATIVE[said]
    number = int(said)
    if len(said) == 2:
        number += 2000 if number < 80 else 1900
    return number


def _count(said: str) -> int:
    return int(said) if said.isdigit() else _CHINESE[said]


def _read_day(found: re.Match[str], today: date, raw: str) -> FuzzyDate:
    return _exact(_year(found, today), _count(found["month"]), int(found["day"]), raw)


def _read_xun(found: re.Match[str], today: date, raw: str) -> FuzzyDate:
    return _xun(_year(found, today), _count(found["month"]), _PART[found["part"]], raw)


def _read_month(found: re.Match[str], today: date, raw: str) -> FuzzyDate:
    return month(_year(found, today), _count(found["month"]), raw)


def _read_bare_month(found: re.Match[str], today: date, raw: str) -> FuzzyDate:
    if found["dot"] == ".":
        return _year_and_month(int(found["year"]), found["month"], raw)
    return month(int(found["year"]), int(found["month"]), raw)


def _read_quarter(found: re.Match[str], today: date, raw: str) -> FuzzyDate:
    number = _count(found["quarter"])
    return _span(_year(found, today), number * 3 - 2, number * 3, Precision.QUARTER, raw)


def _read_half(found: re.Match[str], today: date, raw: str) -> FuzzyDate:
    first = 1 if found["half"] == "上" else 7
    return _span(_year(found, today), first, first + 5, Precision.HALF, raw)


def _read_edge(found: re.Match[str], today: date, raw: str) -> FuzzyDate:
    return month(_year(found, today), {"初": 1, "中": 6, "底": 12, "末": 12}[found["edge"]], raw)


def _read_year(found: re.Match[str], today: date, raw: str) -> FuzzyDate:
    return _span(_year(found, today), 1, 12, Precision.YEAR, raw)


# The first that is found wins, so the more precise stand higher.
_SHAPES: tuple[tuple[re.Pattern[str], _Reader], ...] = (
    (re.compile(rf"(?P<year>(?<!\d)(?:\d{{4}}|\d{{2}})){_S}{_N}{_S}(?P<day>\d{{1,2}})(?!\d)日?"), _read_day),
    (re.compile(rf"(?:{_Y}{_S}?)?(?<!\d){_N}月份?(?P<part>上旬|中旬|下旬|月?[初底末]|中)"), _read_xun),
    (re.compile(rf"(?:{_Y}{_S}?)?(?<!\d){_N}月(?P<day>\d{{1,2}})(?!\d)[日号]?"), _read_day),
    (re.compile(rf"(?:{_Y}{_S}?)?(?<!\d){_N}月份?"), _read_month),
    (re.compile(rf"(?:{_Y}{_S}?)?(?:第?(?P<quarter>[一二三四首1-4])季度?)"), _read_quarter),
    (re.compile(rf"(?:{_Y}{_S}?)?q(?P<quarter>[1-4])(?!\d)"), _read_quarter),
    (re.compile(rf"(?:{_Y})?(?P<half>[上下])半年"), _read_half),
    (re.compile(rf"(?P<year>(?<!\d)\d{{4}})(?P<dot>{_S})(?P<month>1[0-2]|0?[1-9])(?!\d)"), _read_bare_month),
    (re.compile(rf"(?:{_Y_NAMED}|年)(?P<edge>[初中底末])"), _read_edge),
    (re.compile(r"(?P<year>(?<!\d)(?:19|20)\d{2})年?度?(?!\d)"), _read_year),
)
_CLOCK = re.compile(r"[ t](?:\d{1,2}:){1,2}\d{2}(?:\.\d+)?(?:z|[+-]\d{2}:?\d{2})?$")
_CHINESE_YEAR = re.compile(r"[〇零一二三四五六七八九]{4}(?=年)")
_CHINESE_YEAR_DIGITS = str.maketrans("〇零一二三四五六七八九", "00123456789")


def _from_text(raw: str, today: date) -> FuzzyDate:
    lowered = _CLOCK.sub("", raw.lower())
    compact = re.sub(r"\s+", "", lowered)
    compact = _CHINESE_YEAR.sub(lambda found: found.group().translate(_CHINESE_YEAR_DIGITS), compact)
    for shape, reader in _SHAPES:
        found = shape.search(compact)
        if found is None:
            continue
        if re.search(r"\d", compact[: found.start()] + compact[found.end() :]):
            raise RuleBroken(f"“{raw[:30]}”里不止一个日期，请只留一个。")
        return reader(found, today, raw)
    raise _unreadable(raw)


# --- shown ----------------------------------------------------------------------------------------


def show(d: FuzzyDate | None) -> str:
    """As precise as it was written: 2022-03-15, 2022年3月中旬, 2022年3月, 2022年一季度, 2022年."""
    if d is None:
        return "—"
    return show_span(d.on, d.precision)


def show_span(on: date, precision: Precision | str) -> str:
    """The same from the two columns that a table keeps."""
    shown = {
        Precision.DAY: on.isoformat(),
        Precision.XUN: f"{on.year}年{on.month}月{_XUN_STARTS.get(on.day, '')}",
        Precision.MONTH: f"{on.year}年{on.month}月",
        Precision.QUARTER: f"{on.year}年{_QUARTERS[(on.month - 1) // 3]}季度",
        Precision.HALF: f"{on.year}年{'上' if on.month < 7 else '下'}半年",
        Precision.YEAR: f"{on.year}年",
    }
    return shown[Precision(precision)]


def last_day(on: date, precision: Precision | str) -> date:
    """The last day of a span, from the two columns that a table keeps."""
    kind = Precision(precision)
    if kind is Precision.DAY:
        return on
    if kind is Precision.XUN and on.day < 21:
        return on + timedelta(days=9)
    months = {Precision.QUARTER: 3, Precision.HALF: 6, Precision.YEAR: 12}.get(kind, 1)
    last = (on.month - 1) // months * months + months
    return date(on.year, last, calendar.monthrange(on.year, last)[1])


def day_words(day: date) -> str:
    """11月23日 周一"""
    return f"{day.month}月{day.day}日 周{_WEEKDAYS[day.weekday()]}"


def long(day: date) -> str:
    """2026年11月23日"""
    return f"{day.year}年{day.month}月{day.day}日"
