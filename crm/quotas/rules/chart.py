"""The year's step chart as geometry: a template draws what stands here and computes nothing."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from crm.quotas.rules.board import Board

LEFT, RIGHT, BOTTOM, TOP = 4.0, 272.0, 76.0, 8.0


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing of 320 × 92. `lag` is the (top, bottom) of the stroke between ideal and reached, None when nothing lags."""

    run: str
    x: float
    y: float
    reached: str
    target: str
    ideal: str
    ideal_y: float
    lag: tuple[float, float] | None
    july: float
    words: str

    @property
    def reached_x(self) -> float:
        return round(self.x + 8, 1)

    @property
    def reached_y(self) -> float:
        """Beside the dot, kept clear of the target's label in the upper corner."""
        return round(max(self.y + 5, TOP + 18), 1)

    @property
    def ideal_x(self) -> float:
        return round(self.x - 8, 1)

    @property
    def ideal_label_y(self) -> float:
        return round(max(self.ideal_y - 3, TOP + 3), 1)


def plain(value: Decimal) -> str:
    """A count without idle decimals: 10, 2.5."""
    return f"{value.normalize():f}"


def _x(year: int, day: date) -> float:
    days = (date(year + 1, 1, 1) - date(year, 1, 1)).days
    passed = min(max((day - date(year, 1, 1)).days + 1, 0), days)
    return round(LEFT + (RIGHT - LEFT) * passed / days, 1)


def _y(value: Decimal, target: int) -> float:
    share = min(float(value) / target, 1.0) if target else 0.0
    return round(BOTTOM - (BOTTOM - TOP) * share, 1)


def chart_of(board: Board) -> Chart:
    """Steps of what was counted against the straight line of the year."""
    summed = board.sum()
    at = _x(board.year, board.times.as_of)
    # Where a surplus is carried in, the run begins above the axis.
    brought = sum((min(line.carried, Decimal(line.target)) for line in board.lines), Decimal(0))
    y = _y(brought, summed.target)
    run = [f"M{LEFT} {y}"]
    for day, reached in board.steps:
        y = _y(reached, summed.target)
        run.append(f"H{_x(board.year, day)}V{y}")
    run.append(f"H{at}")
    ideal = (board.elapsed * summed.target).quantize(Decimal("0.1"))
    ideal_y = _y(board.elapsed * summed.target, summed.target)
    return Chart(
        run="".join(run),
        x=at,
        y=y,
        reached=plain(summed.filled),
        target=str(summed.target),
        ideal=plain(ideal),
        ideal_y=ideal_y,
        lag=(ideal_y, y - 6) if y - ideal_y > 8 else None,
        july=_x(board.year, date(board.year, 7, 1)),
        words=f"全年累计：已完成{plain(summed.filled)}个，序时应为{plain(ideal)}个，目标{summed.target}个",
    )
