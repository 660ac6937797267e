"""Trips, receptions, events and days on station: what a complete record needs, and how the bureaus count them."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from crm.core.errors import RuleBroken
from crm.followups.rules import check_hour
from crm.visits.rules.visit import Mode, Ours, check_client_id

#: A trip longer than this is a slip of the hand.
MOST_DAYS = 60


class OccasionKind(StrEnum):
    TRIP = "trip"
    RECEPTION = "reception"
    EVENT = "event"

    @property
    def label(self) -> str:
        return OCCASION_LABELS[self]

    @property
    def mode(self) -> Mode:
        """What a visit of such an occasion is unless somebody says otherwise."""
        return _MODES[self]


OCCASION_LABELS = {
    OccasionKind.TRIP: "外出招商",
    OccasionKind.RECEPTION: "来访接待",
    OccasionKind.EVENT: "活动",
}
_MODES = {
    OccasionKind.TRIP: Mode.OUTBOUND,
    OccasionKind.RECEPTION: Mode.INBOUND,
    OccasionKind.EVENT: Mode.EVENT,
}
#: What the place is called on the form of each kind.
PLACE_LABELS = {
    OccasionKind.TRIP: "目的地",
    OccasionKind.RECEPTION: "接待地点",
    OccasionKind.EVENT: "地点",
}


@dataclass(frozen=True, slots=True)
class OccasionDraft:
    """`signed_amount` in 万元. `ends_on` None: the same day. The first of ours leads."""

    client_id: str
    kind: OccasionKind
    title: str
    starts_on: date
    ends_on: date | None = None
    place: str = ""
    starts_at: str = ""
    organiser: str = ""
    guests: int | None = None
    signed_count: int | None = None
    signed_amount: Decimal | None = None
    result: str = ""
    zone_id: int | None = None
    ours: tuple[Ours, ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        """What is shown as it was written, where a telephone number has no place."""
        return self.title, self.place, self.organiser, self.result

    @property
    def last_day(self) -> date:
        return self.ends_on or self.starts_on


def check_occasion(draft: OccasionDraft, today: date) -> None:
    """A name, days that have come and lie in order, a destination for a trip, numbers that make sense."""
    check_client_id(draft.client_id)
    if not draft.title.strip():
        raise RuleBroken("没有写名称。请写一句，如“赴深圳拜访储能企业”。", field="title")
    if draft.kind is OccasionKind.TRIP and not draft.place.strip():
        raise RuleBroken("没有写目的地。请写城市。", field="place")
    _check_days(draft, today)
    check_hour(draft.starts_at, "starts_at")
    for number, field in ((draft.guests, "guests"), (draft.signed_count, "signed_count")):
        if number is not None and not 0 <= number <= 100_000:
            raise RuleBroken("数量请填 0 到 100000 的整数。", field=field)
    if draft.signed_amount is not None and draft.signed_amount and not draft.signed_count:
        raise RuleBroken("填了签约额就要填签约数。请补上。", field="signed_count")


def _check_days(draft: OccasionDraft, today: date) -> None:
    if draft.starts_on > today:
        raise RuleBroken(
            "日期晚于今天。这里记已经发生的，请填今天或更早；以后的安排请建跟进。", field="starts_on"
        )
    if draft.last_day < draft.starts_on:
        raise RuleBroken("结束日期早于开始日期。请核对。", field="ends_on")
    if draft.last_day > today:
        raise RuleBroken("结束日期晚于今天。还没有结束的请先填到今天，回来再改。", field="ends_on")
    if days(draft.starts_on, draft.last_day) > MOST_DAYS:
        raise RuleBroken(f"一次最多{MOST_DAYS}天。请核对日期，或分成几次。", field="ends_on")


def days(starts_on: date, ends_on: date) -> int:
    """天数: both days included."""
    return (ends_on - starts_on).days + 1


def check_inside(happened_on: date, starts_on: date, ends_on: date, kind: OccasionKind) -> None:
    """A visit of an occasion lies within its days."""
    if not starts_on <= happened_on <= ends_on:
        span = f"{starts_on:%Y-%m-%d} 至 {ends_on:%Y-%m-%d}"
        raise RuleBroken(f"日期不在这次{kind.label}的 {span} 之内。请核对日期。", field="happened_on")


@dataclass(frozen=True, slots=True)
class StationDraft:
    """A day on station as its officer tells it. `leads` 有效信息条, `referrals` 推荐来访批次."""

    day: date
    station: str
    station_id: int | None = None
    leads: int = 0
    referrals: int = 0
    work: str = ""


def check_station(draft: StationDraft, today: date) -> None:
    if draft.day > today:
        raise RuleBroken("日期晚于今天。驻点日请填今天或更早。", field="day")
    if not draft.station.strip():
        raise RuleBroken("没有写驻点。请选驻点，或写城市。", field="station")
    for number, field in ((draft.leads, "leads"), (draft.referrals, "referrals")):
        if not 0 <= number <= 999:
            raise RuleBroken("数量请填 0 到 999 的整数。", field=field)
