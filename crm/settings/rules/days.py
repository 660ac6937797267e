"""Days off and working days as people paste them: one a line, or a range."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from crm.core.errors import RuleBroken

_WORDS: Mapping[str, bool] = {
    "休": False, "放假": False, "休息": False, "假": False, "节假日": False,
    "班": True, "上班": True, "调休上班": True, "补班": True, "工作": True, "工作日": True,
}  # fmt: skip
_DAY = r"(\d{4})[-./年](\d{1,2})[-./月](\d{1,2})日?"
_LINE = re.compile(rf"{_DAY}(?:\s*(?:至|到|~|—|–|--)\s*{_DAY})?[\s,，、:：]*(\S+?)(?:[\s,，、]+(.{{1,60}}))?")
_LONGEST_RANGE = 31
_MOST_LINES = 400


@dataclass(frozen=True, slots=True)
class DayDraft:
    day: date
    working: bool
    name: str = ""


def _date(parts: Sequence[str], at: int) -> date:
    try:
        return date(int(parts[0]), int(parts[1]), int(parts[2]))
    except ValueError as error:
        raise RuleBroken(f"第{at}行的日期不存在。请改正后再导入。", "lines") from error


def _read(line: str, at: int) -> list[DayDraft]:
    found = _LINE.fullmatch(line)
    working = _WORDS.get(found[7]) if found else None
    if found is None or working is None:
        raise RuleBroken(
            f"第{at}行读不出来。请写成 2027-02-05 休 春节，或 2027-02-05至2027-02-11 休 春节。", "lines"
        )
    first = _date(found.groups()[0:3], at)
    last = _date(found.groups()[3:6], at) if found[4] else first
    days = (last - first).days
    if days < 0:
        raise RuleBroken(f"第{at}行的起止日期前后颠倒。请改正后再导入。", "lines")
    if days >= _LONGEST_RANGE:
        raise RuleBroken(f"第{at}行超过 {_LONGEST_RANGE} 天。请核对起止日期。", "lines")
    name = (found[8] or "").strip()
    return [DayDraft(first + timedelta(days=n), working, name) for n in range(days + 1)]


def read_days(text: str) -> list[DayDraft]:
    """Every day of the pasted lines, in order; a day said twice differently is refused. Raises RuleBroken (`lines`)."""
    lines = [line.strip() for line in text.splitlines()]
    if len(lines) > _MOST_LINES:
        raise RuleBroken(f"一次最多 {_MOST_LINES} 行。请分几次导入。", "lines")
    said: dict[date, DayDraft] = {}
    for at, line in enumerate(lines, 1):
        for draft in _read(line, at) if line else ():
            before = said.setdefault(draft.day, draft)
            if before.working != draft.working:
                raise RuleBroken(f"{draft.day} 又休又班。请只留一种。", "lines")
    if not said:
        raise RuleBroken("没有要导入的日期。请每行写一天，如 2027-02-05 休 春节。", "lines")
    return [said[day] for day in sorted(said)]
