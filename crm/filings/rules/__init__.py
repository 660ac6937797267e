"""First report, first talk (首报首谈, rules.md §2.2): what a filing is, who was first, what may be decided."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol, TypeVar

from crm.core.calendar import WorkCalendar
from crm.core.errors import RuleBroken


class FilingState(StrEnum):
    PENDING = "pending"
    SUSPECT = "suspect"
    ACCEPTED = "accepted"
    RETURNED = "returned"
    REFUSED = "refused"
    LAPSED = "lapsed"
    RELEASED = "released"

    @property
    def label(self) -> str:
        return STATE_LABELS[self]


STATE_LABELS = {
    FilingState.PENDING: "待核",
    FilingState.SUSPECT: "疑似重复待核",
    FilingState.ACCEPTED: "已受理",
    FilingState.RETURNED: "退回补正",
    FilingState.REFUSED: "不受理",
    FilingState.LAPSED: "已失效",
    FilingState.RELEASED: "已释放",
}

#: Waiting for the bureau.
WAITING = (FilingState.PENDING, FilingState.SUSPECT)
#: Standing in the way of another zone's filing; at most one of a project.
LIVE = (*WAITING, FilingState.ACCEPTED)
ENDED = (FilingState.RETURNED, FilingState.REFUSED, FilingState.LAPSED, FilingState.RELEASED)


class EndKind(StrEnum):
    """Why a filing no longer protects."""

    EXPIRED = "expired"
    SILENT = "silent"
    RELEASED = "released"
    CHOICE = "choice"
    CLAIMED = "claimed"
    PROJECT = "project"
    DISPUTE = "dispute"
    REMOVED = "removed"

    @property
    def label(self) -> str:
        return END_LABELS[self]


END_LABELS = {
    EndKind.EXPIRED: "保护期满",
    EndKind.SILENT: "长期未跟进",
    EndKind.RELEASED: "本板块释放",
    EndKind.CHOICE: "投资方书面选择其他板块",
    EndKind.CLAIMED: "被其他板块认领",
    EndKind.PROJECT: "项目已流失、终止或流转",
    EndKind.DISPUTE: "争议协调归其他板块",
    EndKind.REMOVED: "虚假数据，已清除",
}

#: These put the project into the pool, where another zone may claim it.
POOLED = (EndKind.SILENT, EndKind.RELEASED)


class HitReason(StrEnum):
    """Why two filings are taken for one investor, the surest first."""

    COMPANY = "company"
    GROUP = "group"
    PHONE = "phone"
    NAME = "name"

    @property
    def label(self) -> str:
        return HIT_LABELS[self]


HIT_LABELS = {
    HitReason.COMPANY: "同一企业",
    HitReason.GROUP: "同一集团",
    HitReason.PHONE: "联系电话相同",
    HitReason.NAME: "企业名称相近",
}


class Purpose(StrEnum):
    """What a file of the project proves in a filing."""

    CONTACT = "contact"
    EXTENSION = "extension"
    CHOICE = "choice"


class Extension(StrEnum):
    ASKED = "asked"
    GRANTED = "granted"
    REFUSED = "refused"

    @property
    def label(self) -> str:
        return {"asked": "已申请延期，待批", "granted": "已延期", "refused": "未同意延期"}[self.value]


class Decision(StrEnum):
    ACCEPT = "accept"
    RETURN = "return"
    REFUSE = "refuse"

    @property
    def state(self) -> FilingState:
        return {
            Decision.ACCEPT: FilingState.ACCEPTED,
            Decision.RETURN: FilingState.RETURNED,
            Decision.REFUSE: FilingState.REFUSED,
        }[self]


REASON_MOST = 500


@dataclass(frozen=True, slots=True)
class FilingDraft:
    """What a zone sends: when it first met the investor, and by what it shows it. `contact_on` None is the visit's day."""

    contact_on: date | None = None
    visit_id: int | None = None
    evidence: tuple[int, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Norms:
    """The settings of this feature; days are calendar days unless they say working."""

    decide_working_days: int
    file_working_days: int
    extend_before_days: int
    silent_yellow_days: int
    silent_lapse_days: int


# --- what is lacking ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Facts:
    """What the panel of a project knows. `talking`: before signing; `active`: neither held nor ended."""

    zone: bool
    company: bool
    amount: bool
    content: bool
    talking: bool
    active: bool
    contact: bool


@dataclass(frozen=True, slots=True)
class Lack:
    """One thing without which a filing is not complete; `place` says where it is supplied."""

    title: str
    note: str
    place: str


_NEEDS = (
    ("zone", "落地板块", "还没有指定板块的线索由市商务局指定后再报备", ""),
    ("company", "登记的投资方", "查重按企业进行，只写了名字的请先登记", "edit"),
    ("amount", "总投资", "保护期按投资额分级", "edit"),
    ("content", "建设内容", "拟投什么、规模多大", "edit"),
    (
        "contact",
        "实际接触的证明",
        "本板块与投资方的走访，或接触证明文件。没有接触的报备是占坑，不算",
        "visit",
    ),
)


def lacking(facts: Facts) -> list[Lack]:
    return [Lack(title, note, place) for name, title, note, place in _NEEDS if not getattr(facts, name)]


def check_ready(facts: Facts) -> None:
    """Refuses a project that cannot be filed at all, then one whose filing would not be complete."""
    if not facts.talking:
        raise RuleBroken("项目已签约，不用再报备。")
    if not facts.active:
        raise RuleBroken("项目不在进行中，不能报备。请先恢复项目。")
    found = lacking(facts)
    if found:
        first = found[0]
        raise RuleBroken(
            f"报备不完整：缺少{'、'.join(one.title for one in found)}。{first.note}。",
            field="evidence" if first.place == "visit" else None,
            missing=[{"field": one.place, "message": one.title, "link": ""} for one in found],
        )


@dataclass(frozen=True, slots=True)
class Shown:
    """The evidence of a draft as it was found: the day of the visit, how many files."""

    visit_on: date | None
    files: int


def contact_day(draft: FilingDraft, shown: Shown, today: date) -> date:
    """The day of the first contact; refused where nothing shows it."""
    if shown.visit_on is None and not shown.files:
        raise RuleBroken(
            "没有实际接触的证明，不能报备：只报名字是占坑，不算。请选一次走访，或上传接触证明。", "evidence"
        )
    day = draft.contact_on or shown.visit_on
    if day is None:
        raise RuleBroken("没有填首次接触日期。请填写。", "contact_on")
    if day > today:
        raise RuleBroken("首次接触日期晚于今天。请核对。", "contact_on")
    if shown.visit_on is not None and not shown.files and day != shown.visit_on:
        raise RuleBroken(
            f"所选走访是 {shown.visit_on.isoformat()} 的，与首次接触日期不一致。请改日期，或另附接触证明。",
            "contact_on",
        )
    return day


def to_the_millisecond(moment: datetime) -> datetime:
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


# --- who was first, and by when the bureau decides -----------------------------------------------------


class Ordered(Protocol):
    @property
    def id(self) -> int: ...
    @property
    def filed_at(self) -> datetime: ...


One = TypeVar("One", bound=Ordered)


def by_time(filings: Iterable[One]) -> list[One]:
    """The earliest complete filing first: by the server's millisecond, in the same one by the order of their numbers."""
    return sorted(filings, key=lambda one: (to_the_millisecond(one.filed_at), one.id))


def decide_by(filed_on: date, norms: Norms, calendar: WorkCalendar) -> date:
    return calendar.add_working_days(filed_on, norms.decide_working_days)


def overdue(filed_on: date, today: date, norms: Norms, calendar: WorkCalendar) -> int:
    """Working days past the day by which the bureau should have decided; 0 while there is time."""
    due = decide_by(filed_on, norms, calendar)
    return max(0, calendar.working_days_between(due, today))


def filed_late(contact_on: date, filed_on: date, norms: Norms, calendar: WorkCalendar) -> bool:
    return calendar.working_days_between(contact_on, filed_on) > norms.file_working_days


# --- decisions -------------------------------------------------------------------------------------------


def check_decision(decision: Decision, reason: str, rivals: Sequence[object]) -> str:
    """The reason as it is kept. To accept in spite of an earlier filing needs one as well."""
    said = check_reason(reason, required=decision is not Decision.ACCEPT)
    if decision is Decision.ACCEPT and rivals and not said:
        raise RuleBroken("这个投资方已有别的报备。要受理，请写明为什么不算重复；重复的请选不受理。", "reason")
    return said


def check_reason(reason: str, *, required: bool = True) -> str:
    said = reason.strip()
    if required and not said:
        raise RuleBroken("没有写原因。请写一句。", "reason")
    if len(said) > REASON_MOST:
        raise RuleBroken(f"原因最多 {REASON_MOST} 个字，现有 {len(said)} 个。请缩短。", "reason")
    return said


def taken_words(until: date, today: date) -> str:
    """All that a second zone ever reads of the first. What stands past its day (signed, extension or dispute unanswered)
    is one thing to a stranger, so the words do not tell which."""
    past = "，到期后仍以市商务局核定为准" if until < today else ""
    return f"已由其他单位报备（保护期至 {until.isoformat()}{past}）"
