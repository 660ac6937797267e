"""The week's workbook: eight sheets, each in the columns that zones hand in (rules.md §8.2)."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import count
from typing import IO, Any

from crm.chains.rules import ACTION_LABELS
from crm.companies.rules import LinkProgress
from crm.core import money
from crm.core.tables.books import Column, Table, write_book
from crm.pipeline.rules import MilestoneKind
from crm.projects.rules import STATUS_LABELS, Status
from crm.quotas import sheets as quotas
from crm.weekly.rules import ChainRow, ProjectRow, Report, ZoneOverview
from crm.weekly.sheets.columns import CHAINS, DUTIES, OVERVIEW, SIGNED, STARTED, TALKING, VISITS

#: How many rows are written between two words about it.
_STEP = 500


def tables(report: Report) -> list[Table]:
    """The eight sheets in their order; 重大项目配额 says so where no plan covers the year."""
    line = f"{report.issue.label}　{report.issue.span}　单位：亿元、个"
    named: list[tuple[str, str, Sequence[Column], Iterable[list[Any]], int]] = [
        ("总览", "招商引资工作周报", OVERVIEW, map(overview_cells, report.figures.zones), 1),
        ("产业链", "产业链招商情况表", CHAINS, _numbered(report.chains, chain_cells), 2),
        ("在谈", "在谈项目表", TALKING, _numbered(report.talking, talking_cells), 2),
        ("签约", "签约项目表", SIGNED, _numbered(report.signed, signed_cells), 2),
        ("开工", "开工项目表", STARTED, _numbered(report.started, started_cells), 2),
        ("本周走访", "本周走访接待情况表", VISITS, _numbered(report.visits, visit_cells), 3),
        ("逾期跟进", "逾期跟进事项表", DUTIES, _numbered(report.overdue, duty_cells), 3),
    ]
    made = [
        Table(name, f"{report.scope}{title}", line, columns, rows, frozen)
        for name, title, columns, rows, frozen in named
    ]
    return [*made[:5], _board(report, line), *made[5:]]


def size(report: Report) -> int:
    """How many rows the sheets will have."""
    board = len(report.board.lines) + len(report.board.not_assessed) if report.board else 0
    few = len(report.figures.zones) + len(report.chains) + board
    stock = sum(project.in_stock for project in report.projects)
    return few + stock + len(report.visits) + len(report.overdue)


def _board(report: Report, line: str) -> Table:
    if report.board is None:
        return Table("重大项目配额", f"{report.scope}重大项目配额完成情况", line, quotas.COLUMNS, ())
    return quotas.table(report.board, report.issue.label)


def _numbered(rows: Iterable[Any], cells: Callable[[Any], list[Any]]) -> Iterator[list[Any]]:
    for number, row in zip(count(1), rows, strict=False):
        yield [number, *cells(row)]


def overview_cells(row: ZoneOverview) -> list[Any]:
    return [
        row.zone,
        row.stock,
        row.stock_amount,
        row.talking.count,
        row.talking.amount,
        row.signed.count,
        row.signed.amount,
        row.started.count,
        row.started.amount,
        row.new_talks,
        row.new_signed,
        row.new_started,
        row.year_signed.count,
        row.year_signed.amount,
        row.growth,
        row.place,
        row.visits,
        row.companies,
        row.overdue,
        row.missing_notes,
    ]


def chain_cells(row: ChainRow) -> list[Any]:
    targets = [row.targets[progress] for progress in LinkProgress]
    actions = [value for action in (*ACTION_LABELS, None) for value in row.projects[action]]
    return [row.chain, row.target_count, *targets, row.project_count, row.amount, *actions]


def _head(row: ProjectRow) -> list[Any]:
    return [
        row.name,
        row.investor,
        row.profile,
        row.content,
        row.amount,
        row.fixed,
        row.land_mu,
        row.industry,
    ]


def _notes(row: ProjectRow) -> list[Any]:
    return [row.done, row.problem, row.next_step]


def _who(row: ProjectRow) -> list[Any]:
    return [row.zone, row.leaders, row.owner, _remark(row)]


def _remark(row: ProjectRow) -> str:
    words = (
        [f"外资{money.words(row.usd, 'USD')}{'，折合' if row.converted else ''}"]
        if row.usd is not None
        else []
    )
    if row.status is not Status.ACTIVE:
        words.append(STATUS_LABELS[row.status])
    return "；".join(words)


def talking_cells(row: ProjectRow) -> list[Any]:
    return [*_head(row), row.first_contact, row.stage.label, *_notes(row), row.expected_sign, *_who(row)]


def _recognised(row: ProjectRow, kind: MilestoneKind) -> str:
    reached = row.reached.get(kind)
    return reached.state if reached else ""


def signed_cells(row: ProjectRow) -> list[Any]:
    signed = row.reached.get(MilestoneKind.SIGNED)
    return [
        *_head(row),
        row.on(MilestoneKind.SIGNED),
        _recognised(row, MilestoneKind.SIGNED),
        signed.statistical_on if signed else None,
        "投资协议" if signed else "",
        row.on(MilestoneKind.REGISTERED),
        row.on(MilestoneKind.APPROVED),
        row.stage.label,
        *_notes(row),
        row.expected_start_on,
        *_who(row),
    ]


def started_cells(row: ProjectRow) -> list[Any]:
    return [
        *_head(row),
        row.on(MilestoneKind.SIGNED),
        row.on(MilestoneKind.STARTED),
        _recognised(row, MilestoneKind.STARTED),
        row.on(MilestoneKind.COMPLETED),
        row.on(MilestoneKind.PRODUCING),
        (row.invested.progress if row.invested else "") or row.stage.label,
        *_invested(row),
        *_notes(row),
        *_who(row),
    ]


def _invested(row: ProjectRow) -> list[Any]:
    made = row.invested
    return [made.whole, made.year, made.month, made.entered] if made else [None, None, None, ""]


def visit_cells(row: Any) -> list[Any]:
    people = [row.happened_on, row.mode, row.place, row.ours, row.company, row.theirs]
    return [row.zone, *people, row.summary, row.demands, row.next_step, row.author, row.projects]


def duty_cells(row: Any) -> list[Any]:
    what = [row.zone, row.what, row.kind, row.company, row.project, row.owner]
    return [*what, row.due_on, Decimal(row.late_days), Decimal(row.postponed)]


def write(report: Report, file: IO[bytes], told: Callable[[int], None] = lambda written: None) -> int:
    """The whole workbook; returns how many rows its sheets have. `told` hears how many are written."""
    made = tables(report)
    counter = count(1)
    counts = write_book(
        file,
        [replace(table, rows=_told(table.rows, counter, told)) for table in made],
        title=f"{report.scope}招商引资工作周报 {report.issue.label}",
        author="招商引资 CRM",
    )
    return sum(counts.values())


def _told(rows: Iterable[Any], counter: Iterator[int], told: Callable[[int], None]) -> Iterator[Any]:
    for row, number in zip(rows, counter, strict=False):
        if number % _STEP == 0:
            told(number)
        yield row


def filename(report: Report) -> str:
    return f"招商引资周报_{report.issue.week.label}_{report.scope}.xlsx"
