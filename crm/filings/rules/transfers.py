"""Handing a project to another zone (流转, rules.md §2.1 and §2.2): who is asked, until when, and how the credit is shared."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from crm.core.calendar import WorkCalendar
from crm.core.errors import Conflict, Forbidden, RuleBroken
from crm.core.folding import nfkc
from crm.filings.rules import check_reason
from crm.projects.rules import CREDIT_LABELS, STATUS_LABELS, CreditIndicator, Status
from crm.projects.rules.credits import WHOLE, ShareDraft, sum_words

_MOBILE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")


class TransferState(StrEnum):
    WAITING = "waiting"
    CITY = "city"
    REFUSED = "refused"
    DONE = "done"
    WITHDRAWN = "withdrawn"

    @property
    def label(self) -> str:
        return TRANSFER_LABELS[self]


TRANSFER_LABELS = {
    TransferState.WAITING: "等接收板块答复",
    TransferState.CITY: "等市里指派",
    TransferState.REFUSED: "对方未接收，待再定",
    TransferState.DONE: "已流转",
    TransferState.WITHDRAWN: "已撤回",
}
#: Under way; at most one of a project.
OPEN = (TransferState.WAITING, TransferState.CITY, TransferState.REFUSED)
OVER = (TransferState.DONE, TransferState.WITHDRAWN)


class Trigger(StrEnum):
    """Why the project does not stay where it was first talked about."""

    POSITIONING = "positioning"
    FACTORS = "factors"
    INVESTOR = "investor"
    LAPSED = "lapsed"

    @property
    def label(self) -> str:
        return TRIGGER_LABELS[self]


TRIGGER_LABELS = {
    Trigger.POSITIONING: "产业定位不符",
    Trigger.FACTORS: "要素不足（土地、能耗、环境容量、园区资质）",
    Trigger.INVESTOR: "投资方意愿",
    Trigger.LAPSED: "首谈失效",
}


class Answer(StrEnum):
    """What became of one offer."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    ASSIGNED = "assigned"

    @property
    def label(self) -> str:
        return ANSWER_LABELS[self]


ANSWER_LABELS = {
    Answer.ACCEPTED: "同意接收",
    Answer.REFUSED: "不接收",
    Answer.EXPIRED: "逾期未答复，转市里指派",
    Answer.WITHDRAWN: "已撤回",
    Answer.ASSIGNED: "市里指派",
}


# --- shares ---------------------------------------------------------------------------------------------

#: 首谈地 : 落户地, the usual ones first; anything else is typed by indicator.
PRESETS: Mapping[str, Decimal] = {
    words: Decimal(first) / 10
    for words, first in (("5:5", 5), ("4:6", 4), ("3:7", 3), ("6:4", 6), ("7:3", 7))
}
OWN_SHARES = "own"


@dataclass(frozen=True, slots=True)
class Pair:
    """What goes to the first zone and what to the landing one; `indicator` None means all that are not named."""

    first: Decimal
    landing: Decimal
    indicator: CreditIndicator | None = None


def shares_of(pairs: Sequence[Pair]) -> dict[CreditIndicator, Decimal]:
    """Indicator → the first zone's share; refused beside its field unless both sum to exactly 1."""
    found: dict[CreditIndicator, Decimal] = {}
    rest: Decimal | None = None
    for pair in pairs:
        _check_pair(pair)
        if pair.indicator is None:
            rest = pair.first
        elif pair.indicator in found:
            raise RuleBroken(f"{CREDIT_LABELS[pair.indicator]}写了两次。请合并成一行。", "shares")
        else:
            found[pair.indicator] = pair.first
    lacking = [indicator for indicator in CreditIndicator if indicator not in found]
    if lacking and rest is None:
        raise RuleBroken(f"没有填{CREDIT_LABELS[lacking[0]]}的分享比例。请填写。", "shares")
    return {indicator: found.get(indicator, rest or Decimal(0)) for indicator in CreditIndicator}


def _check_pair(pair: Pair) -> None:
    name = CREDIT_LABELS[pair.indicator] if pair.indicator else "各项指标"
    parts = (pair.first, pair.landing)
    if not all(part.is_finite() and 0 <= part <= WHOLE for part in parts):
        raise RuleBroken(f"{name}的分享比例要在 0 到 1 之间。请核对。", "shares")
    if any(part != part.quantize(Decimal("0.000001")) for part in parts):
        raise RuleBroken(f"{name}的分享比例最多 6 位小数。请核对。", "shares")
    if sum(parts) != WHOLE:
        raise RuleBroken(sum_words(name, sum(parts, Decimal(0))), "shares")


def credit_drafts(
    shares: Mapping[CreditIndicator, Decimal], first_id: int, landing_id: int
) -> list[ShareDraft]:
    """As the project keeps them; a zone without a share is left out, one that gets its own project back has all of it."""
    drafts = []
    for indicator, first in shares.items():
        whole = {first_id: first}
        whole[landing_id] = whole.get(landing_id, Decimal(0)) + (WHOLE - first)
        drafts += [ShareDraft(zone_id, share, indicator) for zone_id, share in whole.items() if share]
    return drafts


# --- proposing ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TransferDraft:
    """`to_zone_id` None leaves it to the city. `contact`, `contact_way`: with whom at the first zone one speaks."""

    trigger: Trigger
    reason: str
    pairs: tuple[Pair, ...]
    to_zone_id: int | None = None
    contact: str = ""
    contact_way: str = ""


@dataclass(frozen=True, slots=True)
class Landing:
    """What the receiving side adds: its contact, and who is responsible from now on."""

    contact: str = ""
    contact_way: str = ""
    owner_id: int | None = None


def check_subject(status: Status, zone_id: int | None) -> None:
    """Whether the project can be handed over at all."""
    if status in (Status.TERMINATED, Status.LOST, Status.TRANSFERRED):
        raise RuleBroken(
            f"项目{STATUS_LABELS[status].removeprefix('已')}，不能流转。要流转请先恢复为进行中。"
        )
    if zone_id is None:
        raise RuleBroken("项目还没有落地板块，由市商务局直接指定，不用流转。")


def check_target(zone_id: int, to_zone_id: int | None, refused: Sequence[int] = ()) -> None:
    """`refused` have said no to this transfer already."""
    if to_zone_id == zone_id:
        raise RuleBroken("项目现在就在这个板块，不能流转给自己。请选另一个板块，或由市里指派。", "to")
    if to_zone_id in refused:
        raise RuleBroken("这个板块已经答复不接收。请选另一个板块，或由市里指派。", "to")


def check_words(reason: str) -> str:
    said = check_reason(reason, required=False)
    if not said:
        raise RuleBroken("没有写流转的具体原因。请写一句，接收板块会看到。", "reason")
    return said


def check_way(way: str) -> str:
    """How the contact is reached at work. The sheet is printed and passed on, so nobody's own number stands on it."""
    said = way.strip()
    if _MOBILE.search(re.sub(r"[\s\-—.·]", "", nfkc(said))):
        raise RuleBroken("这里写办公电话。手机号是个人信息，不写进确认单。", "contact_way")
    return said


# --- the days of an answer -----------------------------------------------------------------------------


def answer_by(asked_on: date, working_days: int, calendar: WorkCalendar) -> date:
    """Begins on the day of the offer, which does not count; ends with the last working day, after it the city assigns."""
    return calendar.add_working_days(asked_on, working_days)


def overdue(state: TransferState, due_on: date | None, today: date) -> bool:
    return state is TransferState.WAITING and due_on is not None and today > due_on


def standing(state: TransferState, due_on: date | None, today: date) -> TransferState:
    """An offer whose days are over waits for the city, whether a job has written that or not."""
    return TransferState.CITY if overdue(state, due_on, today) else state


def check_answer(state: TransferState, to_zone_id: int | None, zone_id: int | None) -> None:
    if state is not TransferState.WAITING:
        raise Conflict(f"这项流转现在是{state.label}，不能答复。请刷新后再看。")
    if to_zone_id is None or to_zone_id != zone_id:
        raise Forbidden("流转由接收板块的主要负责人答复。")


def check_assign(state: TransferState, due_on: date | None) -> None:
    """The city assigns what it was asked to, what was not answered in time, and what was refused."""
    if state in OVER:
        raise Conflict(f"这项流转{state.label}，不能再指派。请刷新后再看。")
    if state is TransferState.WAITING:
        until = f"，最晚 {due_on.isoformat()}" if due_on else ""
        raise Conflict(f"接收板块还在答复时限内{until}。到期未答复的由市里指派。")


def check_offer(state: TransferState) -> None:
    """Another zone is asked only after the last one has answered."""
    if state is not TransferState.REFUSED:
        raise Conflict(f"这项流转现在是{state.label}，不能改选板块。请刷新后再看。")


def check_withdraw(state: TransferState) -> None:
    if state in OVER:
        raise Conflict(f"这项流转{state.label}，不能撤回。请刷新后再看。")


# --- before a project is given up as lost ---------------------------------------------------------------

#: Reasons for a loss that another zone might not share (rules.md §1.2, 失败原因).
OFFER_FIRST = ("用地、能耗或环评不过", "准入不符")


def check_offered(category: str, offered: bool, required: bool) -> None:
    """The gate on 流失: what fails here may do elsewhere, so it is offered first."""
    if required and category in OFFER_FIRST and not offered:
        raise RuleBroken(
            f"流失原因是“{category}”，别的板块也许做得成。请先提出流转，没有板块接收再登记流失。",
            "category",
        )
