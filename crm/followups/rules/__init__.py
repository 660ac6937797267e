"""Duties: everything somebody owes by a date. Overdue is derived in working days, never stored."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import TypeVar

from crm.core.calendar import WorkCalendar
from crm.core.dates import day_words
from crm.core.errors import Conflict, RuleBroken
from crm.projects.rules import Stage, Tier


class DutyKind(StrEnum):
    FOLLOWUP = "followup"
    DEMAND = "demand"
    INSTRUCTION = "instruction"
    DECISION = "decision"
    PROBLEM = "problem"
    PROMISE = "promise"

    @property
    def label(self) -> str:
        return DUTY_LABELS[self]


DUTY_LABELS = {
    DutyKind.FOLLOWUP: "跟进",
    DutyKind.DEMAND: "企业诉求",
    DutyKind.INSTRUCTION: "批示",
    DutyKind.DECISION: "会议决定",
    DutyKind.PROBLEM: "问题",
    DutyKind.PROMISE: "领导承诺",
}

#: Kinds a person enters by hand; the others are written by the feature that causes them.
BY_HAND = (DutyKind.FOLLOWUP, DutyKind.DEMAND, DutyKind.PROBLEM, DutyKind.PROMISE)

#: Kinds that are answered first and closed by whoever they were raised for, not by the one who answers.
ANSWERED = (DutyKind.DEMAND, DutyKind.PROMISE, DutyKind.PROBLEM)


class DutyState(StrEnum):
    OPEN = "open"
    DONE = "done"
    CANCELLED = "cancelled"

    @property
    def label(self) -> str:
        return DUTY_STATE_LABELS[self]


DUTY_STATE_LABELS = {DutyState.OPEN: "未完成", DutyState.DONE: "已完成", DutyState.CANCELLED: "已取消"}

#: What stands in place of a confidential duty's words.
HIDDEN_WHAT = "涉密事项"

#: The longest text of a duty, as the table keeps it.
WHAT_MOST = 300


@dataclass(frozen=True, slots=True)
class Draft:
    """A duty as somebody states it. `not_before` is the earliest due day that makes sense, None for any.

    `owner_id` None means the one who states it; `origin` names the row that causes it ("visit:12"). `unit_id` is who has to
    answer, `leader_id` who promised.
    """

    what: str
    due_on: date
    owner_id: int | None = None
    kind: DutyKind = DutyKind.FOLLOWUP
    due_at: str = ""
    company_id: int | None = None
    project_id: int | None = None
    zone_id: int | None = None
    unit_id: int | None = None
    leader_id: int | None = None
    category: str = ""
    confidential: bool = False
    origin: str = ""
    not_before: date | None = None


@dataclass(frozen=True, slots=True)
class DueDay:
    """The day a duty is due, and the sentence to say when it is not the day that was asked for ("" otherwise)."""

    on: date
    note: str = ""


def due_day(wanted: date, calendar: WorkCalendar) -> DueDay:
    """A day off is moved to the next working day and said so."""
    on = calendar.working_day_from(wanted)
    return DueDay(on) if on == wanted else DueDay(on, f"{day_words(wanted)}是休息日，已改到{day_words(on)}。")


def check(draft: Draft) -> None:
    what = draft.what.strip()
    if not what:
        raise RuleBroken("没有写做什么。请写一句要办的事。", field="what")
    if len(what) > WHAT_MOST:
        raise RuleBroken(f"要办的事写得太长，最多{WHAT_MOST}字。请分成几条。", field="what")
    if draft.not_before is not None and draft.due_on < draft.not_before:
        raise RuleBroken(f"日期早于{day_words(draft.not_before)}。请填当天或更晚。", field="due_on")
    check_hour(draft.due_at, "due_at")


def check_hour(text: str, field: str) -> None:
    """An hour of the day as HH:MM, or nothing."""
    hours, colon, minutes = text.partition(":")
    fits = colon and len(hours) == len(minutes) == 2 and hours.isdecimal() and minutes.isdecimal()
    if text and not (fits and int(hours) < 24 and int(minutes) < 60):
        raise RuleBroken("时间无法识别。请写成 10:00 这样的时间。", field=field)


def check_open(state: DutyState) -> None:
    """Only what is open can be completed, postponed, cancelled or handed over."""
    if state is not DutyState.OPEN:
        raise Conflict(f"这件事{state.label}，不能再办。请刷新后核对。")


def check_postponement(due_on: date, to: date, reason: str, today: date) -> None:
    if not reason.strip():
        raise RuleBroken("没有写推迟的原因。请写明为什么推迟。", field="reason")
    if to <= due_on:
        raise RuleBroken("新的日期不晚于原来的日期。推迟请填更晚的日期。", field="to")
    if to < today:
        raise RuleBroken("新的日期已经过去。请填今天或更晚。", field="to")


def check_reason(reason: str) -> None:
    if not reason.strip():
        raise RuleBroken("没有写取消的原因。请写明为什么不办了。", field="reason")


def late_before(today: date, calendar: WorkCalendar) -> date:
    """What was due before this day is overdue: a duty is late once a whole working day after it has begun.

    On a Saturday Friday's duties are not late yet.
    """
    return calendar.working_day_until(today)


def days_late(due: Iterable[date], today: date, calendar: WorkCalendar) -> dict[date, int]:
    """Working days since each due day, 0 for what is not late; the calendar is walked once for all of them."""
    wanted = sorted({day for day in due if day < today}, reverse=True)
    found: dict[date, int] = {}
    at, passed = today, 0
    for day in wanted:
        while at > day:
            passed += calendar.is_working(at)
            at -= timedelta(days=1)
        found[day] = passed
    return found


def week_end(today: date) -> date:
    """The Sunday of this week; weeks begin on Monday."""
    return today + timedelta(days=7 - today.isoweekday())


#: Stage → the line of the editable table `followup_cadence`.
_LINES = {
    "contact": (Stage.LEAD, Stage.FILED),
    "talks": (Stage.PRELIMINARY, Stage.IN_DEPTH, Stage.REVIEW),
    "closing": (Stage.INTENT,),
    "landing": (Stage.SIGNED, Stage.REGISTERED, Stage.APPROVED),
    "works": (Stage.STARTED, Stage.COMPLETED, Stage.PRODUCING, Stage.FULL),
}
LINE_OF = {stage: line for line, stages in _LINES.items() for stage in stages}


def cadence_days(table: Sequence[Mapping[str, str]], stage: Stage, tier: Tier | None) -> int:
    """Days between two contacts; a project whose amount is unknown has the rhythm of the lowest tier."""
    row = next(r for r in table if r["code"] == LINE_OF[stage])
    return int(row[(tier or Tier.BELOW).value])


@dataclass(frozen=True, slots=True)
class Proposal:
    """The next day that the rhythm asks for, why, and the sentence to say where it was moved off a day off."""

    on: date
    why: str
    note: str = ""


def propose(today: date, days: int, about: str, calendar: WorkCalendar) -> Proposal:
    due = due_day(today + timedelta(days=days), calendar)
    return Proposal(due.on, f"{about}建议每{days}天跟进一次", due.note)


#: How a calendar is looked at.
MONTH, WEEK = "month", "week"


def span_of(view: str, on: date) -> tuple[date, date]:
    """The first and last day of the squares shown: whole weeks from Monday to Sunday."""
    first, last = on, on
    if view == MONTH:
        first = on.replace(day=1)
        last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return first - timedelta(days=first.isoweekday() - 1), week_end(last)


def neighbours(view: str, on: date) -> tuple[date, date]:
    """A day of the month (week) before and one of that after."""
    if view == WEEK:
        return on - timedelta(days=7), on + timedelta(days=7)
    first = on.replace(day=1)
    return (first - timedelta(days=1)).replace(day=1), (first + timedelta(days=31)).replace(day=1)


def day_mark(day: date, calendar: WorkCalendar) -> str:
    """休 on every day off, 班 on a weekend that is worked, nothing on an ordinary working day."""
    if not calendar.is_working(day):
        return "休"
    return "班" if day.isoweekday() > 5 else ""


class ReminderKind(StrEnum):
    """The states of an open duty that its owner is told of, each once for a due day."""

    SOON = "soon"
    DUE = "due"
    LATE = "late"

    @property
    def label(self) -> str:
        return _REMINDER_LABELS[self]


_REMINDER_LABELS = {
    ReminderKind.SOON: "即将到期",
    ReminderKind.DUE: "今天到期",
    ReminderKind.LATE: "已经逾期",
}


@dataclass(frozen=True, slots=True)
class Thresholds:
    """An open duty due before `late` is late, else due until `today` it is due, else due soon until the day of `soon` for
    the working days ahead that its owner chose."""

    late: date
    today: date
    soon: Mapping[int, date]


def thresholds(today: date, calendar: WorkCalendar, most: int) -> Thresholds:
    ahead, soon = today, {0: today}
    for days in range(1, most + 1):
        ahead = calendar.next_working_day(ahead)
        soon[days] = ahead
    return Thresholds(late_before(today, calendar), today, soon)


def late_by(days: int, today: date, calendar: WorkCalendar) -> date:
    """What was due before this day is overdue by at least so many working days; `late_before` for one."""
    return calendar.add_working_days(late_before(today, calendar), 1 - days)


Who = TypeVar("Who")


def shares(counts: Iterable[tuple[Who, int]], most: int) -> Iterator[list[Who]]:
    """Parts of people or places that have at most `most` duties together; who has more alone is a part by himself.

    Nobody is in two parts, so he hears in one message of what came up together.
    """
    share: list[Who] = []
    total = 0
    for who, count in counts:
        if share and total + count > most:
            yield share
            share, total = [], 0
        share.append(who)
        total += count
    if share:
        yield share


def reminder_words(kind: ReminderKind, count: int, first: str) -> str:
    if count == 1:
        return f"{kind.label}：{first}"
    return f"{count}件跟进{kind.label}，最早的一件：{first}"
