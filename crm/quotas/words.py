"""How a line of the board reads: pace, what it is made of, sums. Templates only place these words."""

from collections.abc import Sequence
from dataclasses import dataclass

from crm.quotas.rules import Entry, Pace, State, Sum, ZoneLine, plain


@dataclass(frozen=True, slots=True)
class Bit:
    """One line of words in 由什么构成: what is said first, projects each with what follows it, and a state mark if any."""

    lead: str
    items: Sequence[tuple[Entry, str]] = ()
    mark: str = ""
    more: str = ""


#: How many projects a finished line names.
_NAMED = 2


def brief(name: str) -> str:
    """A zone's name as a narrow column takes it."""
    return name.replace("经济开发区", "经开区")


def _bare(entry: Entry) -> str:
    """An amount in 亿元 without its unit, which stands in the legend; USD keeps its own."""
    return entry.amount_words if entry.in_usd else entry.amount_words.removesuffix("亿元")


def why(line: ZoneLine) -> list[Bit]:
    """What a line is made of, two lines at most: what would move it comes first."""
    counted = line.of(State.COUNTED)
    if line.done:
        more = f"等{len(counted)}个" if len(counted) > _NAMED else ""
        return [Bit("", [(e, _bare(e)) for e in counted[:_NAMED]], more=more)] if counted else []
    waiting, returned, near = line.of(State.PENDING), line.of(State.RETURNED), line.of(State.TALKING)
    bits = []
    if waiting:
        bits.append(Bit("待认定", [(e, e.amount_words) for e in waiting[:2]]))
    if returned:
        bits.append(
            Bit("已退回", [(returned[0], returned[0].reason.removeprefix("已退回").lstrip("："))], "warn")
        )
    if near and not waiting:
        bits.append(Bit("最接近", [(e, f"{e.amount_words}，{e.stage.label}") for e in near[:2]]))
    if counted:
        bits.append(
            Bit("已认定", [(e, f"{e.amount_words}，{e.on.month}月{e.on.day}日") for e in counted[:2] if e.on])
        )
    if not waiting and not counted:
        bits.append(Bit("还没有待认定的项目" if near or returned else _nothing(line)))
    return bits[:2]


def _nothing(line: ZoneLine) -> str:
    return f"没有待认定和在谈的{line.threshold_label.removeprefix('≥')}以上项目，建议召开过堂会"


def pace_words(line: ZoneLine) -> str:
    """已完成，超1个 · 落后序时39.6 · 快于序时3.2 (points of a hundred)."""
    if line.done:
        return f"已完成，超{plain(line.surplus)}个" if line.surplus else "已完成"
    points = f"{abs(line.lag) * 100:.1f}"
    return f"落后序时{points}" if line.lag > 0 else f"快于序时{points}"


def sum_words(total: Sum) -> str:
    """The city's state in one line."""
    if total.pace is Pace.DONE:
        return "全部完成"
    points = f"{abs(total.lag) * 100:.1f}个百分点"
    side = "落后序时" if total.lag > 0 else "快于序时"
    return f"完成{(total.ratio or 0) * 100:.1f}%，{side}{points}"


def group_words(total: Sum) -> tuple[str, str]:
    """The end of a threshold's heading row, and what of it the phone leaves out."""
    words = f"{plain(total.filled)} / {total.target}"
    words += f"，差{plain(total.gap)}个" if total.gap else "，全部完成"
    return words, f"，超额{plain(total.surplus)}个不抵其他板块" if total.surplus else ""


def zones_words(total: Sum) -> str:
    return f"{total.zones}个板块，{total.zones_done}个完成"
