"""The whole of one issue: its figures, and the rows of its sheets."""

from dataclasses import dataclass
from datetime import date, datetime

from crm.quotas.rules import Board
from crm.weekly.rules.figures import SHEET_STAGES, Figures
from crm.weekly.rules.issue import Issue
from crm.weekly.rules.rows import ChainRow, DutyRow, ProjectRow, VisitRow


@dataclass(frozen=True, slots=True)
class Outline:
    """An issue within one reach without its rows: cheap however many projects there are."""

    issue: Issue
    scope: str
    zone_code: str | None
    known_at: datetime
    figures: Figures

    @property
    def day(self) -> date:
        """The last day the issue speaks of."""
        return self.known_at.astimezone(self.issue.week.cut.tzinfo).date()

    @property
    def finished(self) -> bool:
        return self.known_at >= self.issue.week.cut


@dataclass(frozen=True, slots=True)
class Report(Outline):
    """Everything of one issue within one reach. `board` is None where no plan covers the year."""

    chains: tuple[ChainRow, ...]
    projects: tuple[ProjectRow, ...]
    visits: tuple[VisitRow, ...]
    overdue: tuple[DutyRow, ...]
    board: Board | None

    def _staged(self, sheet: str) -> tuple[ProjectRow, ...]:
        least, most = SHEET_STAGES[sheet]
        return tuple(p for p in self.projects if p.in_stock and least.order <= p.stage.order <= most.order)

    @property
    def talking(self) -> tuple[ProjectRow, ...]:
        return self._staged("talking")

    @property
    def signed(self) -> tuple[ProjectRow, ...]:
        return self._staged("signed")

    @property
    def started(self) -> tuple[ProjectRow, ...]:
        return self._staged("started")

    @property
    def missing_notes(self) -> tuple[ProjectRow, ...]:
        return tuple(p for p in self.projects if p.owes_note and not p.has_note)
