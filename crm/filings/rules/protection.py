"""Protection: how long, whether it still stands today, and when it may be extended. The day is a parameter."""

from calendar import monthrange
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from crm.core.errors import Conflict, RuleBroken
from crm.filings.rules import WAITING, Extension, FilingState, Norms
from crm.projects.rules import Tier


@dataclass(frozen=True, slots=True)
class Terms:
    """Months of protection and months of the one extension."""

    months: int
    extension: int


def terms_of(tier: Tier | None, table: Iterable[Mapping[str, str]]) -> Terms:
    """The row of the setting for a tier; an unknown amount has the lowest one's."""
    rows = {row["code"]: Terms(int(row["months"]), int(row["extension"])) for row in table}
    return rows[(tier or Tier.BELOW).value]


def add_months(day: date, months: int) -> date:
    """The same day of a later month, or that month's last: 31 August and 6 months are 28 February."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


class Standing(StrEnum):
    """A filing as it is today, whatever has been written of it so far."""

    WAITING = "waiting"
    PROTECTED = "protected"
    QUIET = "quiet"
    SETTLED = "settled"
    EXPIRED = "expired"
    SILENT = "silent"
    GONE = "gone"
    ENDED = "ended"

    @property
    def protects(self) -> bool:
        return self in (Standing.PROTECTED, Standing.QUIET, Standing.SETTLED)


@dataclass(frozen=True, slots=True)
class Filed:
    """What protection depends on. `last_followed` is the last contact with the investor, None where there was none since
    the filing; `status_since` restarts the silence when a held project comes back."""

    state: FilingState
    since: date | None
    until: date | None
    last_followed: date | None = None
    status_since: date | None = None
    on_hold: bool = False
    over: bool = False
    signed: bool = False


@dataclass(frozen=True, slots=True)
class Protection:
    """`on` is the day a lapse took effect; `silent_days` counts the days without follow-up; `days_left` up to `until`."""

    standing: Standing
    words: str
    on: date | None = None
    silent_days: int = 0
    days_left: int = 0


def protection_of(filed: Filed, today: date, norms: Norms) -> Protection:
    """Expiry and silence are found from the dates alone, so a job that stood still for days changes nothing."""
    if filed.state is not FilingState.ACCEPTED or filed.since is None or filed.until is None:
        if filed.state not in WAITING:
            return Protection(Standing.ENDED, filed.state.label)
        return _gone(filed, today) if filed.over else Protection(Standing.WAITING, filed.state.label)
    if filed.over:
        return _gone(filed, today)
    if filed.signed:
        return Protection(Standing.SETTLED, "已签约，首谈确定")
    return _running(filed, filed.since, filed.until, today, norms)


def _gone(filed: Filed, today: date) -> Protection:
    return Protection(Standing.GONE, "项目已流失、终止或流转", filed.status_since or today)


def _running(filed: Filed, since: date, until: date, today: date, norms: Norms) -> Protection:
    quiet_since = max(d for d in (since, filed.last_followed, filed.status_since) if d is not None)
    silent_on = quiet_since + timedelta(days=norms.silent_lapse_days)
    silent = 0 if filed.on_hold else max(0, (today - quiet_since).days)
    if not filed.on_hold and today >= silent_on and silent_on <= until:
        return Protection(Standing.SILENT, f"{silent}天没有跟进，保护已失效", silent_on, silent)
    if today > until:
        return Protection(Standing.EXPIRED, f"保护期已于 {until.isoformat()} 届满", until + timedelta(days=1))
    left = (until - today).days
    if silent >= norms.silent_yellow_days:
        words = f"{silent}天没有跟进，满{norms.silent_lapse_days}天失效"
        return Protection(Standing.QUIET, words, None, silent, left)
    return Protection(Standing.PROTECTED, f"保护期至 {until.isoformat()}，还有{left}天", None, silent, left)


def ask_by(until: date, norms: Norms) -> date:
    """The last day on which an extension may be asked for."""
    return until - timedelta(days=norms.extend_before_days)


def check_extension(
    protection: Protection, extension: Extension | None, until: date | None, today: date, norms: Norms
) -> None:
    """Whether an extension may be asked for today."""
    if protection.standing is Standing.EXPIRED:
        raise RuleBroken("保护期已经届满，不能再延期。仍在洽谈的请重新报备。")
    if protection.standing not in (Standing.PROTECTED, Standing.QUIET) or until is None:
        raise Conflict("这条报备现在没有保护期，不能延期。")
    if extension is Extension.ASKED:
        raise Conflict("已经申请过延期，等市商务局批准。")
    if extension is not None:
        raise RuleBroken("保护期只能延一次，这条报备已经办过。")
    latest = ask_by(until, norms)
    if today > latest:
        raise RuleBroken(
            f"延期要在届满 {norms.extend_before_days} 天以前申请，最晚 {latest.isoformat()}，现在已过。"
        )
