"""A plan, its zones and what each owes in a year, as the board needs them."""

from dataclasses import dataclass
from decimal import Decimal

from crm.pipeline.rules import MilestoneKind
from crm.zones.rules import COUNTING_LABELS, AmountBasis, CountingMilestone


@dataclass(frozen=True, slots=True)
class PlanRow:
    """A plan as the board needs it."""

    id: int
    code: str
    title: str
    document_no: str
    first_year: int
    last_year: int
    milestone: CountingMilestone
    basis: AmountBasis
    carry_surplus: bool
    banner: str

    @property
    def kind(self) -> MilestoneKind:
        return MilestoneKind(self.milestone.value)

    @property
    def milestone_label(self) -> str:
        return COUNTING_LABELS[self.milestone]


@dataclass(frozen=True, slots=True)
class ZoneRow:
    id: int
    code: str
    name: str
    order_no: int


@dataclass(frozen=True, slots=True)
class QuotaRow:
    """What a zone owes in a year."""

    zone: ZoneRow
    year: int
    threshold: Decimal
    threshold_usd: Decimal
    target: int
    wording: str = ""
    to_confirm: bool = False
