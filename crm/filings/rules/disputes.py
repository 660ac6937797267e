"""Disputes over one investor: two zones talk, the bureau mediates, the leading group rules. Days are parameters."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from crm.core.calendar import WorkCalendar
from crm.core.errors import Conflict, RuleBroken


class Rung(StrEnum):
    """Who a dispute lies with, from the first to the last."""

    TALKS = "talks"
    MEDIATION = "mediation"
    RULING = "ruling"

    @property
    def label(self) -> str:
        return {"talks": "自行协商", "mediation": "市招商办调解", "ruling": "领导小组裁定"}[self.value]

    @property
    def next(self) -> "Rung | None":
        """The one above; None at the last, whose word is final."""
        ladder = list(Rung)
        at = ladder.index(self) + 1
        return ladder[at] if at < len(ladder) else None


class DisputeState(StrEnum):
    OPEN = "open"
    SETTLED = "settled"
    MOOT = "moot"

    @property
    def label(self) -> str:
        return {"open": "协调中", "settled": "已有结果", "moot": "不再需要"}[self.value]


class StepEnd(StrEnum):
    """How a rung was left."""

    AGREED = "agreed"
    MEDIATED = "mediated"
    RULED = "ruled"
    RAISED = "raised"
    LAPSED = "lapsed"
    MOOT = "moot"

    @property
    def label(self) -> str:
        return STEP_END_LABELS[self]


STEP_END_LABELS = {
    StepEnd.AGREED: "协商一致",
    StepEnd.MEDIATED: "调解达成",
    StepEnd.RULED: "已裁定",
    StepEnd.RAISED: "没有结果，提交上一级",
    StepEnd.LAPSED: "逾期没有结果，自动提交上一级",
    StepEnd.MOOT: "一方报备已结束",
}

#: What a result at each rung is called.
RESULTS = {Rung.TALKS: StepEnd.AGREED, Rung.MEDIATION: StepEnd.MEDIATED, Rung.RULING: StepEnd.RULED}


@dataclass(frozen=True, slots=True)
class Step:
    """One rung of a dispute: `due_on` is its last day."""

    rung: Rung
    began_on: date
    due_on: date


Limits = Mapping[Rung, int]
"""Working days a rung has."""


def first_step(on: date, limits: Limits, calendar: WorkCalendar) -> Step:
    return step_of(Rung.TALKS, on, limits, calendar)


def step_of(rung: Rung, on: date, limits: Limits, calendar: WorkCalendar) -> Step:
    return Step(rung, on, calendar.add_working_days(on, limits[rung]))


def lapsed(step: Step, today: date, limits: Limits, calendar: WorkCalendar) -> list[Step]:
    """The rungs that have followed by the calendar alone, each begun on the last day of the one before.

    A job that stood still for weeks therefore writes the very days it would have written in time. The last rung is
    late, never lapsed.
    """
    found: list[Step] = []
    while step.due_on < today and (above := step.rung.next) is not None:
        step = step_of(above, step.due_on, limits, calendar)
        found.append(step)
    return found


@dataclass(frozen=True, slots=True)
class Light:
    state: str
    words: str


def light(step: Step, today: date, calendar: WorkCalendar) -> Light:
    """How a running rung stands against its last day."""
    left = calendar.working_days_between(today, step.due_on)
    if today > step.due_on:
        late = calendar.working_days_between(step.due_on, today)
        return Light("bad", f"{step.rung.label}已超期{late}个工作日，期限 {step.due_on.isoformat()}")
    words = f"{step.rung.label}还有{left}个工作日，最晚 {step.due_on.isoformat()}"
    if left == 0:
        words = f"{step.rung.label}今天到期"
    return Light("warn" if left <= 1 else "ok", words)


TEXT_MOST = 1000
DOCUMENT_MOST = 100


def check_text(text: str, field: str = "text") -> str:
    """What both sides are told: an agreement, the result of mediation, a ruling."""
    said = text.strip()
    if not said:
        raise RuleBroken("没有写内容。请写清由哪一方继续洽谈，以及条件。", field)
    if len(said) > TEXT_MOST:
        raise RuleBroken(f"内容最多 {TEXT_MOST} 个字，现有 {len(said)} 个。请缩短。", field)
    return said


def check_result(rung: Rung, document: str, paper: bool) -> str:
    """The document's number as it is kept; a ruling cannot be without one and its file."""
    named = document.strip()
    if rung is Rung.TALKS:
        raise Conflict("争议还在两个板块自行协商。请先提交调解，再写结果。")
    if len(named) > DOCUMENT_MOST:
        raise RuleBroken(f"文号最多 {DOCUMENT_MOST} 个字。请缩短。", "document")
    if rung is Rung.RULING and not named:
        raise RuleBroken("裁定没有写文号。请填领导小组的文件或会议纪要号。", "document")
    if rung is Rung.RULING and not paper:
        raise RuleBroken("没有选裁定文件。请先上传到其中一个项目的文件里，再回来选择。", "attachment")
    return named
