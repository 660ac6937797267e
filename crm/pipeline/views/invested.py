"""What the page of a project's months shows: the line asked for, its months as rows, where one may go from there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from flask import render_template, request, url_for

from crm.core import clock, money
from crm.core.actor import Actor
from crm.pipeline import queries
from crm.pipeline import rules as pipeline_rules
from crm.pipeline.forms import InvestmentForm
from crm.pipeline.rules import investment as rules
from crm.projects import queries as projects
from crm.projects.models import Phase
from crm.projects.queries import Record
from crm.projects.rules.files import ACCEPT


@dataclass(frozen=True, slots=True)
class MonthRow:
    """A month of the table. `carried` are corrections it carries of closed months, `later` what corrected it since;
    `early` lies before anything was reported or begun.
    """

    month: str
    truth: rules.Truth
    carried: tuple[rules.Row, ...]
    later: rules.Amounts | None
    whole: rules.Amounts
    share: Decimal | None
    elapsed: Decimal | None
    locked: bool
    early: bool
    url: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address names: the record, the line (a phase or the whole), the month, the year in sight."""

    record: Record
    phases: Sequence[Phase]
    phase: Phase | None
    month: str
    year: int
    rows: Sequence[rules.Row]
    line: Sequence[rules.Row]
    truth: rules.Truth
    plan: rules.Plan
    locked: frozenset[str]
    today: date

    @property
    def months(self) -> "list[MonthRow]":
        return _months(self)

    @property
    def code(self) -> str:
        return self.record.project.code

    @property
    def number(self) -> int | None:
        return self.phase.no if self.phase else None


def asked(actor: Actor, code: str) -> Asked:
    record, today = projects.record(actor, code), clock.today()
    phases = projects.phases_of(record.project.id)
    rows = queries.investment_rows([record.project.id]).get(record.project.id, [])
    month = request.args.get("month", "") or pipeline_rules.month_of(today)
    rules.check_month(month, today)
    phase = _phase(record, phases, rows)
    line = [row for row in rows if row.phase_id == (phase.id if phase else None)]
    plans = queries.plans_of([record.project])
    year = request.args.get("year", "")
    return Asked(
        record=record,
        phases=phases,
        phase=phase,
        month=month,
        year=int(year) if year.isdigit() and len(year) == 4 else int(month[:4]),
        rows=rows,
        line=line,
        truth=rules.truth(line, month),
        plan=plans[record.project.id, phase.id if phase else None],
        locked=queries.locked_months(),
        today=today,
    )


def _phase(record: Record, phases: Sequence[Phase], rows: Sequence[rules.Row]) -> Phase | None:
    """As the address says; else as the project last reported."""
    asked = request.args.get("phase", "")
    if asked.isdigit() and len(asked) < 6:
        return projects.phase_numbered(record.project.id, int(asked))
    if asked or not rows or rows[-1].phase_id is None:
        return None
    return next((phase for phase in phases if phase.id == rows[-1].phase_id), None)


def address(asked: Asked, **changes: Any) -> str:
    line = asked.number or ("whole" if asked.phases else None)
    query = {"phase": line, "month": asked.month} | changes
    return url_for("pipeline.investment", code=asked.code, **query)


def last(asked: Asked) -> str:
    return max([pipeline_rules.month_of(asked.today), *(row.month for row in asked.line)])


def page(asked: Asked, form: InvestmentForm) -> str:
    closed = asked.month in asked.locked
    until = last(asked)
    whole = rules.upto(asked.line, until)
    before = rules.truth(asked.line, rules.month_before(asked.month))
    return render_template(
        "pipeline/investment.html",
        asked=asked,
        record=asked.record,
        project=asked.record.project,
        form=form,
        before=before,
        months=asked.months,
        month_choices=_choices(asked),
        years=_years(asked),
        lines=_line_segs(asked),
        carried_by=rules.carried_by(asked.month, asked.locked) if closed else "",
        whole=whole,
        share=rules.share(whole.completed, asked.plan.agreed),
        elapsed=asked.plan.elapsed(asked.today),
        question=rules.question(whole.completed, asked.plan.agreed),
        entered=_entered(asked.line),
        action=address(asked),
        accept=ACCEPT,
        hint=_hints(before),
    )


def _hints(before: rules.Truth) -> dict[str, str]:
    """Last month's figure under each field."""
    return {
        name: f"上月 {money.wan(getattr(before.amounts, name))}" if before.known else "上月没有填报"
        for name in rules.NAMES
    }


def _entered(line: Sequence[rules.Row]) -> str:
    said = rules.entered(line)
    if not said.in_statistics:
        return "未入统"
    return f"{said.in_statistics_on.isoformat()} 入统" if said.in_statistics_on else "已入统"


def _months(asked: Asked) -> list[MonthRow]:
    """January to the last month that has come, oldest first."""
    this = pipeline_rules.month_of(asked.today)
    names = [m for m in (f"{asked.year}-{n:02d}" for n in range(1, 13)) if m <= this]
    return [_month(asked, name) for name in names]


def _month(asked: Asked, month: str) -> MonthRow:
    truth = rules.truth(asked.line, month)
    whole = rules.upto(asked.line, month)
    end = min(rules.last_day(month), asked.today)
    return MonthRow(
        month=month,
        truth=truth,
        carried=tuple(row for row in asked.line if row.month == month and row.adjusts),
        later=truth.amounts if truth.corrections else None,
        whole=whole,
        share=rules.share(whole.completed, asked.plan.agreed),
        elapsed=asked.plan.elapsed(end),
        locked=month in asked.locked,
        early=month < _first(asked),
        url=address(asked, month=month) + "#entry",
    )


def _first(asked: Asked) -> str:
    start = asked.plan.start or asked.today
    return min([pipeline_rules.month_of(start), *(row.month for row in asked.line)])


def _choices(asked: Asked) -> list[tuple[str, str]]:
    """This month and those before it; a closed one says so."""
    this = pipeline_rules.month_of(asked.today)
    names = rules.months_between(f"{asked.today.year - 1}-01", this)[::-1]
    if asked.month not in names:
        names.append(asked.month)
    return [(m, f"{m}（已结账）" if m in asked.locked else m) for m in names]


def _years(asked: Asked) -> list[dict[str, Any]]:
    first = min([int(row.month[:4]) for row in asked.line] + [asked.year, asked.today.year])
    return [
        {
            "label": f"{year}年",
            "url": address(asked, year=year),
            "current": year == asked.year,
        }
        for year in range(max(first, asked.today.year - 9), asked.today.year + 1)
    ]


def _line_segs(asked: Asked) -> list[dict[str, Any]]:
    """The whole and its phases; nothing to choose without phases."""
    if not asked.phases:
        return []
    parts = [("整个项目", None), *((phase.name, phase.no) for phase in asked.phases)]
    return [
        {
            "label": label,
            "url": address(asked, phase=no or "whole"),
            "current": no == asked.number,
        }
        for label, no in parts
    ]
