"""The rows of the week's sheets: frozen values, ready to be written or shown."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from crm.chains.rules import ChainAction
from crm.companies.rules import LinkProgress
from crm.pipeline.rules import MilestoneKind
from crm.projects.rules import Stage, Status
from crm.targeting.rules import LIVE_PROGRESS


def add(amounts: Iterable[Decimal | None]) -> Decimal | None:
    """The sum of what is known; None when nothing is."""
    known = [a for a in amounts if a is not None]
    return sum(known, Decimal(0)) if known else None


@dataclass(frozen=True, slots=True)
class Reached:
    """A milestone submitted with its evidence: its real date, and the statistical one when it was recognised."""

    happened_on: date | None
    statistical_on: date | None = None
    recognised_at: datetime | None = None

    @property
    def state(self) -> str:
        return "已认定" if self.statistical_on else "待认定"


@dataclass(frozen=True, slots=True)
class Invested:
    """What a started project has completed by the month of the cut, in 万元, as its zone has reported it."""

    month: Decimal | None
    year: Decimal | None
    whole: Decimal | None
    progress: str
    in_statistics: bool
    in_statistics_on: date | None

    @property
    def entered(self) -> str:
        """入统 in one cell: the day, or whether."""
        if not self.in_statistics:
            return "否"
        return self.in_statistics_on.isoformat() if self.in_statistics_on else "是"


@dataclass(frozen=True, slots=True)
class ProjectRow:
    """A project as it stood at the cut. Amounts in 万元; `amount` is converted where only USD is known, `usd` then says so."""

    id: int
    code: str
    name: str
    zone_id: int | None
    zone: str
    investor: str
    profile: str
    content: str
    amount: Decimal | None
    fixed: Decimal | None
    usd: Decimal | None
    converted: bool
    land_mu: Decimal | None
    industry: str
    first_contact: str
    stage: Stage
    status: Status
    expected_sign: str
    expected_start_on: date | None
    done: str
    problem: str
    next_step: str
    has_note: bool
    owner: str
    leaders: str
    created_at: datetime
    visible: bool = True
    chain_id: int | None = None
    action: ChainAction | None = None
    reached: Mapping[MilestoneKind, Reached] = field(default_factory=dict)
    invested: Invested | None = None

    @property
    def in_stock(self) -> bool:
        return self.status in (Status.ACTIVE, Status.ON_HOLD)

    @property
    def owes_note(self) -> bool:
        """Whoever is under way and not finished is asked for a note every week."""
        return self.status is Status.ACTIVE and self.stage.order < Stage.COMPLETED.order

    def on(self, kind: MilestoneKind) -> date | None:
        reached = self.reached.get(kind)
        return reached.happened_on if reached else None


@dataclass(frozen=True, slots=True)
class VisitRow:
    """One visit logged in the week. Phone numbers never come here."""

    id: int
    zone_id: int | None
    zone: str
    happened_on: date
    mode: str
    place: str
    company_id: int
    company: str
    summary: str
    author: str
    ours: str = ""
    theirs: str = ""
    demands: str = ""
    next_step: str = ""
    projects: str = ""


@dataclass(frozen=True, slots=True)
class DutyRow:
    """A duty still open after its day at the cut."""

    id: int
    zone_id: int | None
    zone: str
    what: str
    kind: str
    company: str
    project: str
    owner: str
    due_on: date
    late_days: int
    postponed: int


@dataclass(frozen=True, slots=True)
class ChainRow:
    """A chain's targets by progress, and its projects by 建链, 补链, 强链, 延链; None is "not said"."""

    chain: str
    targets: Mapping[LinkProgress, int]
    projects: Mapping[ChainAction | None, tuple[int, Decimal | None]]

    @property
    def target_count(self) -> int:
        """Those somebody still goes after; the given up are told beside them."""
        return sum(count for progress, count in self.targets.items() if progress in LIVE_PROGRESS)

    @property
    def project_count(self) -> int:
        return sum(count for count, _ in self.projects.values())

    @property
    def amount(self) -> Decimal | None:
        return add(amount for _, amount in self.projects.values())
