"""Facts in short, for tables of rules without a database."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from crm.pipeline.rules import EndKind, Made, MilestoneKind, MilestoneState
from crm.projects.rules import Capital, Stage, Status
from crm.quotas.rules import (
    Facts,
    PaceLimits,
    PlanRow,
    QuotaRow,
    Recorded,
    Share,
    Submitted,
    Terms,
    Times,
    Worth,
    ZoneRow,
)
from crm.zones.rules import AmountBasis, CountingMilestone

HERE, THERE = 1, 2
LIMITS = PaceLimits(Decimal("0.10"), Decimal("0.30"))
T100, T50 = ("1000000", "100000"), ("500000", "50000")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


NOW = at("2026-11-23 06:00")
TODAY = date(2026, 11, 23)
TIMES = Times(TODAY, NOW)


def worth(total: str | None = "1200000", usd: str | None = None, fixed: str | None = None) -> Worth:
    """万元, or 万美元 of a foreign project when `usd` is given."""
    amounts = [None if v is None else Decimal(v) for v in (total, usd, fixed)]
    return Worth(Capital.FOREIGN if usd else Capital.DOMESTIC, amounts[0], amounts[1], amounts[2])


def terms(pair: tuple[str, str] = T100, zone: int = HERE, year: int = 2026, **values: Any) -> Terms:
    return Terms(zone, year, Decimal(pair[0]), Decimal(pair[1]), **values)


def recorded(on: str = "2026-03-12", amount: Worth | None = None, **values: Any) -> Recorded:
    """A recognition, recorded at nine on its statistical day unless `recorded_at` says otherwise."""
    made = Made(
        date.fromisoformat(on),
        values.pop("recorded_at", at(f"{on} 01:00")),
        values.pop("ended_at", None),
        values.pop("ended_on", None),
        values.pop("restored_at", None),
    )
    kind, zone = values.pop("kind", MilestoneKind.SIGNED), values.pop("zone", HERE)
    return Recorded(kind, zone, amount or worth(), made, made.statistical_on, **values)


def terminated(on: str, ended: str, amount: Worth | None = None) -> Recorded:
    return recorded(
        on,
        amount,
        ended_at=at(f"{ended} 02:00"),
        ended_on=date.fromisoformat(ended),
        end_kind=EndKind.TERMINATED,
    )


def submitted(
    state: MilestoneState = MilestoneState.PENDING, on: str = "2026-06-03", **values: Any
) -> Submitted:
    moment = at(f"{on} 02:00")
    return Submitted(state, moment, moment, date.fromisoformat(on), **values)


def project(*records: Recorded, amount: Worth | None = None, **values: Any) -> Facts:
    stage = values.pop("stage", Stage.SIGNED if records else Stage.IN_DEPTH)
    shares = tuple(
        Share(date.fromisoformat(day), zone, Decimal(part)) for day, zone, part in values.pop("shares", ())
    )
    base: dict[str, Any] = {
        "id": 1,
        "code": "ETDZ-2026-0001",
        "name": "甲项目",
        "zone_id": HERE,
        "status": Status.ACTIVE,
    }
    return Facts(
        stage=stage,
        worth=amount or (records[-1].worth if records else worth()),
        recorded=records,
        shares=shares,
        **(base | values),
    )


def plan(**values: Any) -> PlanRow:
    base: dict[str, Any] = {
        "id": 1,
        "code": "P",
        "title": "方案",
        "document_no": "",
        "first_year": 2026,
        "last_year": 2026,
        "milestone": CountingMilestone.SIGNED,
        "basis": AmountBasis.TOTAL,
        "carry_surplus": False,
        "banner": "",
    }
    return PlanRow(**(base | values))


def zone(number: int) -> ZoneRow:
    return ZoneRow(number, f"Z{number}", f"板块{number}", number)


def quota(number: int = HERE, target: int = 1, pair: tuple[str, str] = T100, year: int = 2026) -> QuotaRow:
    return QuotaRow(zone(number), year, Decimal(pair[0]), Decimal(pair[1]), target)
