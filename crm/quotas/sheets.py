"""The board as one sheet, for its own export and for the weekly workbook."""

from collections.abc import Iterator
from typing import IO, Any

from crm.core import dates
from crm.core.tables.books import Column, Table, write_book
from crm.quotas.rules import Board, Pace, State, ZoneLine

PACES = {Pace.DONE: "● 已完成", Pace.ON_TRACK: "● 正常", Pace.BEHIND: "▲ 落后", Pace.FAR_BEHIND: "■ 严重落后"}
COLUMNS = (
    Column("序号", 6, "number"),
    Column("开发区", 20),
    Column("门槛", 12),
    Column("年度配额（个）", 10, "number", total=True),
    Column("已认定（个）", 10, "number", total=True),
    Column("待认定（个）", 10, "number", total=True),
    Column("差（个）", 8, "number", total=True),
    Column("完成率", 9, "percent"),
    Column("序时", 8, "percent"),
    Column("进度", 12),
    Column("落后序时（百分点）", 11, "number"),
    Column("已注册（个）", 10, "number", total=True),
    Column("已开工（个）", 10, "number", total=True),
    Column("首谈认定（个，不计入）", 11, "number"),
    Column("计入项目", 36, "long"),
    Column("待认定与不计入的原因", 48, "long"),
)
#: How many projects that do not count are named in a cell.
_NAMED = 5


def table(board: Board, issue: str = "") -> Table:
    """`issue` stands before the date in the line under the title."""
    day = dates.long(board.times.as_of)
    line = "　".join(words for words in (board.plan.banner, issue, f"截至{day}", "单位：个") if words)
    return Table("重大项目配额", f"{board.year}年重大项目配额完成情况", line, COLUMNS, _rows(board))


def _rows(board: Board) -> Iterator[list[Any]]:
    number = 0
    for line in board.lines:
        number += 1
        yield [
            number,
            line.zone.name,
            line.threshold_label,
            *_figures(line, board),
            _counted(line),
            _others(line),
        ]
    for zone in board.not_assessed:
        number += 1
        yield [number, zone.name, "不单列考核", *[None] * (len(COLUMNS) - 3)]


def _figures(line: ZoneLine, board: Board) -> list[Any]:
    ratio = line.counted / line.target if line.target else None
    behind = None if line.done else line.lag * 100
    counts = [line.target, line.counted, line.pending, line.gap, ratio, board.elapsed]
    return [*counts, PACES[line.pace], behind, line.registered, line.started, line.first_talks]


def _counted(line: ZoneLine) -> str:
    return "\n".join(f"{e.name}：{e.reason}" for e in line.of(State.COUNTED))


def _others(line: ZoneLine) -> str:
    others = [e for e in line.entries if not e.counted]
    words = [f"{e.name}：{e.reason}" for e in others[:_NAMED]]
    return "\n".join([*words, f"另有{len(others) - _NAMED}个"] if len(others) > _NAMED else words)


def write(board: Board, file: IO[bytes]) -> int:
    """The board alone as a workbook; returns its rows."""
    return write_book(file, [table(board)], title=f"{board.year}年重大项目配额", author="招商引资 CRM")[
        "重大项目配额"
    ]
