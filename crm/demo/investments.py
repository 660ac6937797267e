"""Phases, an increase, changes of ownership, and the investment of every month since a project started."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from sqlalchemy import select

from crm.core.db import db
from crm.demo import bulk
from crm.demo.deals import Deal
from crm.demo.ledger import moment
from crm.demo.people import Cast
from crm.pipeline.models import Adjustment, MonthlyInvestment, PeriodLock
from crm.pipeline.rules import MilestoneKind, month_of
from crm.pipeline.rules import investment as rules
from crm.projects.models import InvestorChange, Phase
from crm.projects.rules import PhaseKind, Stage, Status
from crm.settings import queries as settings

Pairs = Sequence[tuple[int, Deal]]

_SITE = (
    "缴纳土地款",
    "勘察设计",
    "场地平整",
    "桩基施工",
    "基础施工",
    "主体施工",
    "主体封顶",
    "钢结构吊装",
    "设备基础",
    "设备进场",
    "设备安装",
    "单机调试",
    "联动试车",
)
#: Told by hand: investor's short name → phases as (name, kind, share of the total).
_PHASED = {
    "锦汀化学": (("一期", PhaseKind.PHASE, "0.6"), ("二期", PhaseKind.PHASE, "0.4")),
    "乾屹特钢": (("一期", PhaseKind.PHASE, "0.5"), ("二期", PhaseKind.PHASE, "0.35")),
    "沄汶医药": (("一期", PhaseKind.PHASE, "0.7"), ("二期", PhaseKind.PHASE, "0.3"), ("增资", PhaseKind.INCREASE, "0.1")),
    "澔曜制药": (("一期", PhaseKind.PHASE, "0.55"), ("二期", PhaseKind.PHASE, "0.45")),
}  # fmt: skip
_OWNERS = 3


def write(random: Random, cast: Cast, pairs: Pairs, today: date) -> None:
    _phases(pairs, today)
    _owners(cast, pairs, today)
    locked = _locked(cast, today)
    rows = [row for pair in pairs for row in _months(random, *pair, today)]
    ids = bulk.add_with_ids(MonthlyInvestment, rows)
    _correct(list(zip(ids, rows, strict=True)), locked, today)


def _phases(pairs: Pairs, today: date) -> None:
    """Two that add up, one that does not (a hint says so), one with an increase on top."""
    rows = []
    for project_id, deal in pairs:
        for no, (name, kind, share) in enumerate(
            _PHASED.get(deal.firm.short, ()) if deal.headline else (), 1
        ):
            total = None if deal.total is None else (deal.total * Decimal(share)).quantize(Decimal(1))
            signed = deal.marks[0][1] if deal.marks else today
            rows.append({
                "project_id": project_id, "no": no, "kind": kind, "name": name, "total_investment": total,
                "fixed_investment": None if total is None else (total * Decimal("0.84")).quantize(Decimal(1)),
                "content": f"{deal.firm.node.product}{name}，厂房及生产线",
                "expected_start_on": signed + timedelta(days=90 + 300 * (no - 1)),
                "expected_complete_on": signed + timedelta(days=640 + 360 * (no - 1)),
            })  # fmt: skip
    bulk.add(Phase, rows)


def _owners(cast: Cast, pairs: Pairs, today: date) -> None:
    """A few projects whose investor took over from another firm of the same zone."""
    chosen = [
        (p, d)
        for p, d in pairs
        if d.stage.order >= Stage.SIGNED.order
        and d.status is Status.ACTIVE
        and not (d.confidential or d.headline)
    ]
    rows = []
    for project_id, deal in chosen[:: max(len(chosen) // _OWNERS, 1)][:_OWNERS]:
        other = next(
            (d.firm for _, d in pairs if d.zone_id == deal.zone_id and d.firm.id != deal.firm.id), None
        )
        if other is None:
            continue
        on = min(deal.started + timedelta(days=60), today)
        rows.append({
            "project_id": project_id, "before_id": other.id, "after_id": deal.firm.id, "before_text": "", "on": on,
            "reason": "股权转让，由新的投资方继续实施", "changed_by": deal.owner, "changed_at": moment(on, 60),
        })  # fmt: skip
    bulk.add(InvestorChange, rows)


def _locked(cast: Cast, today: date) -> set[str]:
    """The month before the last one is closed; another part of the demo may have closed more."""
    month = rules.month_before(rules.month_before(month_of(today)))
    there = set(db.session.scalars(select(PeriodLock.month)))
    if month not in there:
        at = moment(rules.last_day(month) + timedelta(days=5), 200)
        bulk.add(PeriodLock, [{"month": month, "locked_by": cast.users["bureau"], "locked_at": at}])
    return there | {month}


def _months(random: Random, project_id: int, deal: Deal, today: date) -> Iterator[dict[str, Any]]:
    """From the signing (land is paid before the site opens) to now; one in five has not reported this month."""
    kinds = {kind: day for kind, day in deal.marks}
    begun = kinds.get(MilestoneKind.SIGNED)
    if (
        begun is None
        or MilestoneKind.STARTED not in kinds
        or deal.status not in (Status.ACTIVE, Status.ON_HOLD)
    ):
        return
    whole = (
        deal.total
        if deal.total is not None
        else (deal.usd or Decimal(0)) * Decimal(str(settings.value("fx_rate")))
    )
    ended = next((day for kind, day in deal.marks if kind is MilestoneKind.COMPLETED), today)
    months = rules.months_between(month_of(begun), month_of(ended))
    if ended == today and random.random() < 0.2:
        months.pop()
    done = Decimal(0)
    for at, month in enumerate(months):
        step = (whole * Decimal(random.randrange(12, 55)) / 1000).quantize(Decimal(1))
        step = min(step, max(whole - done, Decimal(0)))
        done += step
        equipment = (
            (step * Decimal(random.randrange(0, 70)) / 100).quantize(Decimal(1)) if at > 3 else Decimal(0)
        )
        entered = at >= 2
        day = min(rules.last_day(month), today)
        yield {
            "project_id": project_id, "phase_id": None, "month": month, "adjusts": "", "completed": step,
            "paid_in": (step * Decimal(random.randrange(70, 120)) / 100).quantize(Decimal(1)), "equipment": equipment,
            "progress": _SITE[min(at, len(_SITE) - 1)], "in_statistics": entered,
            "in_statistics_on": rules.last_day(months[2]) if entered else None, "note": "", "created_by": deal.owner,
            "created_at": moment(day, 400), "updated_at": moment(day, 400), "version": 1,
        }  # fmt: skip


def _correct(rows: Sequence[tuple[int, dict[str, Any]]], locked: set[str], today: date) -> None:
    """Two corrections of the closed month: the differences stand in the month that runs, both values are kept."""
    closed = rules.month_before(rules.month_before(month_of(today)))
    carrier = rules.carried_by(closed, locked)
    found = [row for _, row in rows if row["month"] == closed and row["completed"] > 500][:2]
    for row, by in zip(found, (Decimal(-120), Decimal(80)), strict=False):
        values = row | {
            "month": carrier, "adjusts": closed, "completed": by, "paid_in": Decimal(0), "equipment": Decimal(0),
            "created_at": moment(today, 30), "updated_at": moment(today, 30), "progress": row["progress"],
        }  # fmt: skip
        made = bulk.add_with_ids(MonthlyInvestment, [values])[0]
        kept = {
            "project_id": row["project_id"], "subject_type": "investment", "subject_id": made, "month": closed,
            "dated_in": carrier, "field": "completed", "before": f"{row['completed']:f}",
            "after": f"{row['completed'] + by:f}", "reason": "结账后核对发票，调整完成投资",
            "made_by": row["created_by"], "made_at": moment(today, 30),
        }  # fmt: skip
        bulk.add(Adjustment, [kept])
