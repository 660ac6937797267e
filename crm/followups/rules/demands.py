"""Demands, promises and problems: answered by a unit, closed (销号) by whoever they were raised for."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from crm.core.calendar import WorkCalendar
from crm.core.errors import Conflict, RuleBroken
from crm.followups.rules import ANSWERED, DutyKind, DutyState

#: 问题类别, as the ledgers of the field name them; they are stored as they are written.
CATEGORIES = ("用地", "用能", "环评", "资金", "政策兑现", "审批", "用工", "基础设施", "其他")

#: What waits nearer than this many days is shown yellow.
_NEAR = timedelta(days=2)


class Satisfaction(StrEnum):
    SATISFIED = "satisfied"
    FAIR = "fair"
    DISSATISFIED = "dissatisfied"

    @property
    def label(self) -> str:
        return SATISFACTION_LABELS[self]


SATISFACTION_LABELS = {
    Satisfaction.SATISFIED: "满意",
    Satisfaction.FAIR: "基本满意",
    Satisfaction.DISSATISFIED: "不满意",
}


class Confirmer(StrEnum):
    COMPANY = "company"
    LEADER = "leader"

    @property
    def label(self) -> str:
        return CONFIRMER_LABELS[self]


CONFIRMER_LABELS = {Confirmer.COMPANY: "企业确认", Confirmer.LEADER: "领导确认"}


class Step(StrEnum):
    """Where a demand stands, derived from the duty's state and the moment of its answer."""

    WAITING = "waiting"
    ANSWERED = "answered"
    CLOSED = "closed"
    CANCELLED = "cancelled"

    @property
    def label(self) -> str:
        return STEP_LABELS[self]


STEP_LABELS = {
    Step.WAITING: "待答复",
    Step.ANSWERED: "待确认",
    Step.CLOSED: "已销号",
    Step.CANCELLED: "已取消",
}


def step_of(state: DutyState, answered_at: datetime | None) -> Step:
    if state is DutyState.OPEN:
        return Step.WAITING if answered_at is None else Step.ANSWERED
    return Step.CLOSED if state is DutyState.DONE else Step.CANCELLED


@dataclass(frozen=True, slots=True)
class Light:
    """`state` is ok, warn, bad or off; `reason` says why."""

    state: str
    reason: str


def light(step: Step, due_on: date, late: int, today: date) -> Light:
    """`late` are working days since the due day, 0 when it is not late."""
    if step in (Step.CLOSED, Step.CANCELLED):
        return Light("off", step.label)
    if late:
        return Light("bad", f"{step.label}，逾期{late}个工作日")
    if due_on - today <= _NEAR:
        days = (due_on - today).days
        return Light("warn", f"{step.label}，{'今天到期' if days <= 0 else f'还有{days}天'}")
    return Light("ok", step.label)


@dataclass(frozen=True, slots=True)
class Confirmation:
    """Who says that it is settled: `name` is the company's person or the leader."""

    by: Confirmer
    name: str
    satisfaction: Satisfaction | None = None
    note: str = ""


def check_kind(kind: DutyKind) -> None:
    if kind not in ANSWERED:
        raise Conflict(f"{kind.label}不走答复、确认的流程。请到跟进页办理。")


def check_category(category: str) -> None:
    if category and category not in CATEGORIES:
        raise RuleBroken(f"没有这个类别。请从 {'、'.join(CATEGORIES)} 里选。", field="category")


def check_promise(kind: DutyKind, leader_id: int | None) -> None:
    """A promise without its leader can be held against nobody; a leader named with another kind would be counted nowhere."""
    if kind is DutyKind.PROMISE and leader_id is None:
        raise RuleBroken("没有选哪位领导承诺。请选一位；不是领导承诺的请改类别。", field="leader")
    if kind is not DutyKind.PROMISE and leader_id is not None:
        words = f"选了领导，类别却是{kind.label}。请把类别改为领导承诺，或不选领导。"
        raise RuleBroken(words, field="leader")


def check_answer(step: Step, text: str) -> None:
    check_step(step, Step.WAITING)
    if not text.strip():
        raise RuleBroken("没有写答复。请写明怎么解决、什么时候落实，或为什么不能。", field="answer")


def check_confirmation(step: Step, said: Confirmation, may_lead: bool) -> None:
    """A leader's word closes what was not answered as well; a company that is not satisfied has it opened again.

    `may_lead`: whether the actor holds a post that may record a leader's word.
    """
    if said.by is Confirmer.LEADER:
        check_step(step, Step.WAITING, Step.ANSWERED)
        if not may_lead:
            raise RuleBroken(
                "领导确认由板块负责人或市商务局登记。请改选企业确认，或请负责人办理。", field="by"
            )
        if not said.note.strip():
            raise RuleBroken("领导确认要写明理由。请写一句。", field="note")
    else:
        check_step(step, Step.ANSWERED)
        if said.satisfaction is None:
            raise RuleBroken("没有选满意度。请问过企业后选择。", field="satisfaction")
        if said.satisfaction is Satisfaction.DISSATISFIED:
            raise RuleBroken("企业不满意的不能销号。请重新打开，或由领导确认。", field="satisfaction")
    if not said.name.strip():
        raise RuleBroken("没有写是谁确认的。请写姓名和职务。", field="name")


def check_step(step: Step, *wanted: Step) -> None:
    if step not in wanted:
        raise Conflict(f"这件事现在是{step.label}，不能这样办。请刷新后核对。")


def check_urge(step: Step, last: date | None, today: date) -> None:
    """Once a day: more often is noise."""
    check_step(step, Step.WAITING)
    if last is not None and last >= today:
        raise RuleBroken("今天已经催办过。请明天再催，或直接联系责任单位。")


def check_reason(reason: str, words: str) -> None:
    if not reason.strip():
        raise RuleBroken(f"没有写{words}。请写一句。", field="reason")


def confirm_by(today: date, days: int, calendar: WorkCalendar) -> date:
    return calendar.add_working_days(today, days)
