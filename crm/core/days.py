"""One exact day, as a field for a day takes it."""

import re
from datetime import date, timedelta

from crm.core import dates
from crm.core.errors import RuleBroken
from crm.core.folding import nfkc

_NEAR = {"前天": -2, "昨天": -1, "今天": 0, "明天": 1, "后天": 2}
_WHICH_DAY = "请写到哪一天，如 2026-11-23 或 2026.11.23。"


def parse(raw: str, *, today: date) -> date | None:
    """明天, 11-23 and 11.23 of this year, as crm/static/js/dates.js reads them; else as `dates.parse` does.

    None for blanks and "待定". Raises RuleBroken for what is no day, a month or a quarter among it.
    """
    written = re.sub(r"\s", "", nfkc(raw))
    if written in _NEAR:
        return today + timedelta(days=_NEAR[written])
    if short := re.fullmatch(r"(\d{1,2})[-./月](\d{1,2})日?", written):
        try:
            return date(today.year, int(short[1]), int(short[2]))
        except ValueError:
            raise RuleBroken(f"“{written}”不是日历上有的日子，请核对。") from None
    try:
        read = dates.parse(written, today=today)
    except dates.Unreadable as broken:
        # Its words offer months and quarters too.
        raise RuleBroken(_WHICH_DAY) from broken
    if read is not None and read.precision is not dates.Precision.DAY:
        raise RuleBroken(_WHICH_DAY)
    return read.on if read else None
