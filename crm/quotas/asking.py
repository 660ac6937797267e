"""What a reader of the board asks for, read from the words of a page, an API call or a command."""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from crm.core import clock
from crm.core.actor import Actor
from crm.core.errors import RuleBroken
from crm.quotas import queries
from crm.quotas.rules import Board, PlanRow

EARLIEST, LATEST = 2000, 2100


@dataclass(frozen=True, slots=True)
class Asked:
    """`year` defaults to the year of `as_of`, else to the present one. `plan` is a code or None for the newest of the year."""

    year: int
    as_of: date | None = None
    known_at: datetime | None = None
    plan: str | None = None

    @property
    def looks_back(self) -> bool:
        return self.as_of is not None or self.known_at is not None


def read(
    year: Any = None, as_of: str | None = None, known_at: str | None = None, plan: str | None = None
) -> Asked:
    """Raises RuleBroken beside the field that cannot be read."""
    day, moment = day_of(as_of), moment_of(known_at)
    return Asked(_year(year, day), day, moment, (plan or "").strip() or None)


def _year(text: Any, day: date | None) -> int:
    if text in (None, ""):
        return (day or clock.today()).year
    year = int(text) if str(text).isdigit() else 0
    if not EARLIEST <= year <= LATEST:
        raise RuleBroken("年份无法识别。请写成 2026 的样子。", "year")
    return year


def day_of(text: str | None) -> date | None:
    if not (text or "").strip():
        return None
    try:
        return date.fromisoformat(str(text).strip().replace(".", "-").replace("/", "-"))
    except ValueError as error:
        raise RuleBroken("日期无法识别。请写成 2026-11-23 的样子。", "as_of") from error


def moment_of(text: str | None) -> datetime | None:
    """A moment; a day alone means its end, and a time without a zone is the city's."""
    words = (text or "").strip()
    if not words:
        return None
    try:
        moment = datetime.fromisoformat(words)
    except ValueError as error:
        raise RuleBroken("时间无法识别。请写成 2026-11-20 12:00 的样子。", "known_at") from error
    if len(words) <= len("2026-11-20"):
        moment = datetime.combine(moment.date(), time.max)
    return moment if moment.tzinfo else moment.replace(tzinfo=clock.CITY)


@dataclass(frozen=True, slots=True)
class Answer:
    """`board` is None where no plan covers the year."""

    asked: Asked
    plans: tuple[PlanRow, ...]
    board: Board | None


def answer(actor: Actor, asked: Asked, zone: str | None = None, *, whole: bool = True) -> Answer:
    """`whole` with the projects that come near a threshold from below, as lists show them."""
    known = tuple(queries.plans())
    plan = queries.plan_for(asked.year, asked.plan, known)
    found = None
    if plan is not None:
        found = queries.board(actor, plan, asked.year, asked.as_of, asked.known_at, zone=zone, whole=whole)
    return Answer(asked, known, found)
