"""The ladder of what is late: whose turn it is after how many working days. The limits are the table `duty_ladder`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from crm.core.calendar import WorkCalendar
from crm.followups.rules import ANSWERED, DutyKind, late_by

#: The code of the ladder in `escalations`, and how its subjects are named there.
LADDER, SUBJECT = "duty", "followup"


class Rung(StrEnum):
    OWNER = "owner"
    CHIEF = "chief"
    BUREAU = "bureau"

    @property
    def level(self) -> int:
        return _LEVELS[self]

    @property
    def label(self) -> str:
        return _LABELS[self]


_LEVELS = {rung: level for level, rung in enumerate(Rung, 1)}
_LABELS = {Rung.OWNER: "责任人", Rung.CHIEF: "板块主要负责人", Rung.BUREAU: "市商务局"}


@dataclass(frozen=True, slots=True)
class Limit:
    """Duties of these kinds that were due before `before` have reached this rung: so many working days late."""

    rung: Rung
    kinds: tuple[DutyKind, ...]
    days: int
    before: date


def limits(table: Sequence[Mapping[str, str]], today: date, calendar: WorkCalendar) -> Sequence[Limit]:
    """Of every rung, for duties in general and for what is answered by a unit."""
    others = tuple(kind for kind in DutyKind if kind not in ANSWERED)
    found = []
    for row in table:
        for column, kinds in (("duty", others), ("demand", ANSWERED)):
            days = int(row[column])
            found.append(Limit(Rung(row["code"]), kinds, days, late_by(days, today, calendar)))
    return found


def reason(kind: DutyKind, due_on: date, days: int) -> str:
    """Without the duty's words: the step is read where they may not be."""
    return f"{kind.label}应于{due_on.isoformat()}前办结，逾期满{days}个工作日"
