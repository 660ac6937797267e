"""The week's workbook: eight sheets, each in the columns that zones hand in (rules.md §8.2)."""

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from itertools import count
from typing import IO, Any

from crm.chains.rules import ACTION_LABELS
from crm.companies.rules import PROGRESS_LABELS, LinkProgress
from crm.core import money
from crm.core.tables.books import Column, Table, write_book
from crm.pipeline.rules import MilestoneKind
from crm.projects.rules import STATUS_LABELS, Status
from crm.quotas import sheets as quotas
from crm.weekly.rules import ChainRow, ProjectRow, Report, ZoneOverview

_NUMBER = Column("序号", 6, "number")
OVERVIEW = (
    Column("开发区", 20),
    Column("在库项目（个）", 9, "number", total=True),
    Column("总投资（亿元）", 11, "yi", total=True),
    Column("在谈（个）", 8, "number", total=True),
    Column("在谈总投资（亿元）", 11, "yi", total=True),
    Column("签约未开工（个）", 9, "number", total=True),
    Column("签约未开工总投资（亿元）", 12, "yi", total=True),
    Column("开工及以后（个）", 9, "number", total=True),
    Column("开工及以后总投资（亿元）", 12, "yi", total=True),
    Column("本周新增在谈（个）", 9, "number", total=True),
    Column("本周认定签约（个）", 9, "number", total=True),
    Column("本周认定开工（个）", 9, "number", total=True),
    Column("今年认定签约（个）", 9, "number", total=True),
    Column("今年认定签约总投资（亿元）", 12, "yi", total=True),
    Column("同比", 9, "percent"),
    Column("位次", 6, "number"),
    Column("本周走访（次）", 8, "number", total=True),
    Column("走访企业（家）", 8, "number", total=True),
    Column("逾期跟进（项）", 8, "number", total=True),
    Column("未填本周进展（个）", 9, "number", total=True),
)
CHAINS = (
    _NUMBER,
    Column("产业链", 26),
    Column("靶向企业（家）", 9, "number", total=True),
    *(Column(f"{PROGRESS_LABELS[progress]}（家）", 9, "number", total=True) for progress in LinkProgress),
    Column("项目（个）", 8, "number", total=True),
    Column("总投资（亿元）", 11, "yi", total=True),
    *(
        column
        for label in (*ACTION_LABELS.values(), "未定类型")
        for column in (
            Column(f"{label}（个）", 8, "number", total=True),
            Column(f"{label}（亿元）", 11, "yi", total=True),
        )
    ),
)
_HEAD = (
    _NUMBER,
    Column("项目名称", 22, "long"),
    Column("投资方", 22, "long"),
    Column("投资方概况", 26, "long"),
    Column("项目内容及规模", 32, "long"),
    Column("总投资（亿元）", 10, "yi", total=True),
    Column("其中：固投（亿元）", 10, "yi", total=True),
    Column("用地（亩）", 8, "number", total=True),
    Column("产业类别", 12, "long"),
)
_NOTES = (Column("本周进展", 28, "long"), Column("存在问题", 22, "long"), Column("下一步打算", 22, "long"))
_WHO = (
    Column("招引单位", 14, "long"),
    Column("责任领导", 10, "long"),
    Column("责任人", 9),
    Column("备注", 20, "long"),
)
TALKING = (
    *_HEAD,
    Column("首次对接时间", 12, "day"),
    Column("目前进展", 10),
    *_NOTES,
    Column("预计签约时间", 12, "day"),
    *_WHO,
)
SIGNED = (
    *_HEAD,
    Column("签约时间", 12, "day"),
    Column("签约认定", 10),
    Column("签约统计日期", 12, "day"),
    Column("协议类型", 10),
    Column("注册时间", 12, "day"),
    Column("备案时间", 12, "day"),
    Column("目前进展", 10),
    *_NOTES,
    Column("预计开工时间", 12, "day"),
    *_WHO,
)
STARTED = (
    *_HEAD,
    Column("签约时间", 12, "day"),
    Column("开工时间", 12, "day"),
    Column("开工认定", 10),
    Column("竣工时间", 12, "day"),
    Column("投产时间", 12, "day"),
    Column("形象进度", 10),
    *_NOTES,
    *_WHO,
)
VISITS = (
    _NUMBER,
    Column("开发区", 14, "long"),
    Column("日期", 12, "day"),
    Column("方式", 10),
    Column("地点", 14, "long"),
    Column("我方带队领导及陪同", 18, "long"),
    Column("对方企业", 24, "long"),
    Column("对方人员（姓名、职务）", 22, "long"),
    Column("洽谈内容", 40, "long"),
    Column("对方诉求", 22, "long"),
    Column("下一步", 22, "long"),
    Column("责任人", 9),
    Column("关联项目", 22, "long"),
)
DUTIES = (
    _NUMBER,
    Column("开发区", 14, "long"),
    Column("事项", 36, "long"),
    Column("类型", 10),
    Column("企业", 24, "long"),
    Column("项目", 24, "long"),
    Column("责任人", 9),
    Column("到期日", 12, "day"),
    Column("逾期（工作日）", 9, "number"),
    Column("推迟（次）", 8, "number"),
)


def tables(report: Report) -> list[Table]:
    """The eight sheets in their order; 重大项目配额 says so where no plan covers the year."""
    line = f"{report.issue.label}　{report.issue.span}　单位：亿元、个"
    named: list[tuple[str, str, tuple[Column, ...], Iterable[list[Any]], int]] = [
        ("总览", "招商引资工作周报", OVERVIEW, map(overview_cells, report.overview()), 1),
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
        row.stage.label,
        *_notes(row),
        *_who(row),
    ]


def visit_cells(row: Any) -> list[Any]:
    people = [row.happened_on, row.mode, row.place, row.ours, row.company, row.theirs]
    return [row.zone, *people, row.summary, row.demands, row.next_step, row.author, row.projects]


def duty_cells(row: Any) -> list[Any]:
    what = [row.zone, row.what, row.kind, row.company, row.project, row.owner]
    return [*what, row.due_on, Decimal(row.late_days), Decimal(row.postponed)]


def write(report: Report, file: IO[bytes]) -> dict[str, int]:
    """The whole workbook; returns sheet name → rows."""
    return write_book(
        file,
        tables(report),
        title=f"{report.scope}招商引资工作周报 {report.issue.label}",
        author="招商引资 CRM",
    )


def filename(report: Report) -> str:
    return f"招商引资周报_{report.issue.week.label}_{report.scope}.xlsx"
