"""The sheets as the page shows them: fewer columns, names as links, the first rows of each and a way to the rest."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import url_for

from crm.chains.rules import ACTION_LABELS
from crm.core import money
from crm.core.actor import Actor
from crm.core.calendar import Week
from crm.pipeline.rules import MilestoneKind
from crm.quotas.rules import plain
from crm.quotas.sheets import PACES
from crm.quotas.words import brief
from crm.weekly import queries
from crm.weekly.rules import ChainRow, DutyRow, Outline, ProjectRow, VisitRow, ZoneOverview

MOST = 50


@dataclass(frozen=True, slots=True)
class Link:
    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose week, which one, and within which zone (a code, or None)."""

    actor: Actor
    week: Week
    now: datetime
    zone: str | None

    def first(self, sheet: str) -> Sequence[Any]:
        return queries.first(self.actor, self.week, self.now, self.zone, sheet, MOST)


@dataclass(frozen=True, slots=True)
class Tab:
    """A tab as data: `total` counts its rows without reading them (None: few), `rows` reads what is shown, `cells` writes one.

    `whole` names the list that has the rest: (words, endpoint, arguments).
    """

    key: str
    label: str
    headings: Sequence[str]
    numbers: Sequence[int]
    total: Callable[[Outline], int | None]
    rows: Callable[[Outline, Asked], Sequence[Any]]
    cells: Callable[[Any], Sequence[Any]]
    empty: str
    whole: tuple[str, str, dict[str, str]] | None = None

    def shown(self, outline: Outline, asked: Asked) -> list[Sequence[Any]]:
        return [self.cells(row) for row in self.rows(outline, asked)[:MOST]]

    def more(self, outline: Outline) -> int:
        return max((self.total(outline) or 0) - MOST, 0)


_OVERVIEW = (
    "开发区",
    "在库",
    "总投资 亿元",
    "在谈",
    "签约未开工",
    "新增在谈",
    "认定签约",
    "今年签约 亿元",
    "同比",
    "位次",
    "走访",
    "逾期跟进",
    "未填进展",
)
_MISSING = ("项目", "开发区", "阶段", "责任人", "总投资 亿元")
_CHAINS = ("产业链", "靶向企业", "项目", "总投资 亿元", *ACTION_LABELS.values())
_TALKING = ("项目", "开发区", "投资方", "总投资 亿元", "目前进展", "本周进展", "预计签约")
_SIGNED = ("项目", "开发区", "投资方", "总投资 亿元", "签约时间", "签约认定", "本周进展")
_STARTED = (
    "项目",
    "开发区",
    "投资方",
    "总投资 亿元",
    "开工时间",
    "开工认定",
    "累计完成 亿元",
    "入统",
    "本周进展",
)
_QUOTAS = ("开发区", "门槛", "配额", "已认定", "待认定", "差", "进度")
_VISITS = ("日期", "开发区", "方式", "对方企业", "洽谈内容", "下一步", "责任人")
_DUTIES = ("事项", "类型", "开发区", "责任人", "到期日", "逾期 工作日")


def _project(row: ProjectRow) -> Any:
    return Link(row.name, url_for("projects.show", code=row.code)) if row.visible else row.name


def _overview(row: ZoneOverview) -> Sequence[Any]:
    stock = [brief(row.zone), row.stock, money.yi(row.stock_amount), row.talking.count, row.signed.count]
    grown = None if row.growth is None else f"{row.growth * 100:+.1f}%"
    year = [row.new_talks, row.new_signed, money.yi(row.year_signed.amount), grown, row.place]
    return [*stock, *year, row.visits, row.overdue, row.missing_notes]


def _missing(row: ProjectRow) -> Sequence[Any]:
    return [_project(row), brief(row.zone), row.stage.label, row.owner, money.yi(row.amount)]


def _chain(row: ChainRow) -> Sequence[Any]:
    return [
        row.chain,
        row.target_count,
        row.project_count,
        money.yi(row.amount),
        *(row.projects[action][0] for action in ACTION_LABELS),
    ]


def _head(row: ProjectRow) -> list[Any]:
    return [_project(row), brief(row.zone), row.investor, money.yi(row.amount)]


def _talking(row: ProjectRow) -> Sequence[Any]:
    return [*_head(row), row.stage.label, row.done, row.expected_sign]


def _signed(row: ProjectRow) -> Sequence[Any]:
    return [*_head(row), *_reached(row, MilestoneKind.SIGNED), row.done]


def _started(row: ProjectRow) -> Sequence[Any]:
    made = row.invested
    whole, entered = (money.yi(made.whole), made.entered) if made else (None, None)
    return [*_head(row), *_reached(row, MilestoneKind.STARTED), whole, entered, row.done]


def _reached(row: ProjectRow, kind: MilestoneKind) -> list[Any]:
    reached = row.reached.get(kind)
    return [row.on(kind), reached.state if reached else ""]


def _quota(line: Any) -> Sequence[Any]:
    zone = Link(brief(line.zone.name), url_for("quotas.zone", zone_code=line.zone.code))
    counts = [line.target, plain(line.counted), plain(line.pending), plain(line.gap)]
    return [zone, line.threshold_label, *counts, PACES[line.pace]]


def _visit(row: VisitRow) -> Sequence[Any]:
    day = Link(row.happened_on.isoformat(), url_for("visits.show", visit_id=row.id))
    return [day, row.zone, row.mode, row.company, row.summary, row.next_step, row.author]


def _duty(row: DutyRow) -> Sequence[Any]:
    return [row.what, row.kind, row.zone, row.owner, row.due_on, row.late_days]


def _first(sheet: str) -> Callable[[Outline, Asked], Sequence[Any]]:
    return lambda outline, asked: asked.first(sheet)


def _quotas(outline: Outline, asked: Asked) -> Sequence[Any]:
    board = queries.board(asked.actor, asked.week, asked.now, asked.zone)
    return board.lines if board else ()


TABS = (
    Tab(
        "overview",
        "总览",
        _OVERVIEW,
        range(1, 13),
        lambda o: None,
        lambda o, asked: [*o.figures.zones, o.figures.total],
        _overview,
        "没有开发区",
    ),
    Tab(
        "missing",
        "未填进展",
        _MISSING,
        (4,),
        lambda o: o.figures.total.missing_notes,
        _first("missing"),
        _missing,
        "本周进展都已填写",
        ("打开项目列表", "projects.index", {"status": "active"}),
    ),
    Tab(
        "chains",
        "产业链",
        _CHAINS,
        range(1, 8),
        lambda o: None,
        lambda o, asked: queries.chains(asked.actor, asked.week, asked.now, asked.zone),
        _chain,
        "还没有项目或靶向企业挂到产业链环节",
    ),
    Tab(
        "talking",
        "在谈",
        _TALKING,
        (3,),
        lambda o: o.figures.total.talking.count,
        _first("talking"),
        _talking,
        "没有在谈项目",
        ("打开签约前的项目列表", "projects.index", {"group": "talking"}),
    ),
    Tab(
        "signed",
        "签约",
        _SIGNED,
        (3,),
        lambda o: o.figures.total.signed.count,
        _first("signed"),
        _signed,
        "没有签约未开工的项目",
        ("打开签约后的项目列表", "projects.index", {"group": "signed"}),
    ),
    Tab(
        "started",
        "开工",
        _STARTED,
        (3, 6),
        lambda o: o.figures.total.started.count,
        _first("started"),
        _started,
        "没有开工项目",
        ("打开签约后的项目列表", "projects.index", {"group": "signed"}),
    ),
    Tab("quotas", "重大项目配额", _QUOTAS, range(2, 6), lambda o: None, _quotas, _quota, "今年没有方案"),
    Tab(
        "visits",
        "本周走访",
        _VISITS,
        (),
        lambda o: o.figures.total.visits,
        _first("visits"),
        _visit,
        "本周还没有走访",
        ("打开走访列表", "visits.index", {}),
    ),
    Tab(
        "overdue",
        "逾期跟进",
        _DUTIES,
        (5,),
        lambda o: o.figures.total.overdue,
        _first("overdue"),
        _duty,
        "没有逾期的跟进",
        ("打开跟进列表", "followups.index", {"who": "all", "part": "late"}),
    ),
)
