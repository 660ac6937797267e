"""A submitted milestone as the queue shows it: all that a decision needs, in one select and two for what belongs to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from crm.accounts.models import User
from crm.audit.models import AuditEvent
from crm.companies.models import Company
from crm.core.actor import Actor
from crm.core.db import db
from crm.pipeline import rules
from crm.pipeline.models import Milestone, Recognition
from crm.pipeline.queries.stones import FileRow, files_of
from crm.pipeline.rules import MilestoneKind, MilestoneState
from crm.projects.models import Phase, Project
from crm.projects.rules import Capital, PhaseKind, Tier
from crm.projects.scope import HIDDEN_INVESTOR, discloses_investor
from crm.zones.models import Zone


@dataclass(frozen=True, slots=True)
class EarlierRow:
    """A return or a revocation that came before: when, by whom, why."""

    at: datetime
    by: str
    returned: bool
    reason: str


@dataclass(frozen=True, slots=True)
class QueueRow:
    """A submitted milestone with its project, its agreement and what has been counted so far."""

    id: int
    version: int
    kind: MilestoneKind
    state: MilestoneState
    needs_again: bool
    happened_on: date | None
    submitted_at: datetime | None
    submitted_by_id: int | None
    submitted_by: str
    decided_at: datetime | None
    decided_by: str
    decision_reason: str
    order_reason: str
    note: str
    parties: str
    agreement_total: Decimal | None
    agreement_total_usd: Decimal | None
    agreement_fixed: Decimal | None
    agreement_land_mu: Decimal | None
    agreement_start_by: date | None
    agreement_complete_by: date | None
    obligations: str
    review_by: str
    review_on: date | None
    review_conclusion: str
    project_id: int
    code: str
    project: str
    investor: str
    zone: str | None
    capital: Capital
    project_total: Decimal | None
    project_total_usd: Decimal | None
    project_fixed: Decimal | None
    project_land_mu: Decimal | None
    expected_start_on: date | None
    exclusion: str
    counted_amount: Decimal | None
    counted_amount_usd: Decimal | None
    counted_fixed: Decimal | None
    counted_tier: Tier | None
    counted_happened_on: date | None
    statistical_on: date | None
    tier: Tier | None
    phase_no: int | None
    phase_name: str
    phase_kind: PhaseKind | None
    phase_total: Decimal | None
    phase_total_usd: Decimal | None
    phase_fixed: Decimal | None
    phase_start_on: date | None
    phase_complete_on: date | None
    files: tuple[FileRow, ...] = ()
    earlier: tuple[EarlierRow, ...] = ()

    @property
    def waits(self) -> bool:
        return self.state is MilestoneState.PENDING or self.needs_again

    @property
    def words(self) -> str:
        """开工, or 二期开工."""
        return rules.stone_words(self.kind, self.phase_name)

    @property
    def path(self) -> str:
        return rules.milestone_path(self.code, self.kind, self.phase_no)


def columns() -> tuple[Any, ...]:
    """What a milestone itself says."""
    decider = DECIDER
    return (
        Milestone.id,
        Milestone.version,
        Milestone.kind,
        Milestone.state,
        Milestone.needs_again,
        Milestone.happened_on,
        Milestone.submitted_at,
        Milestone.submitted_by.label("submitted_by_id"),
        func.coalesce(User.name, "系统").label("submitted_by"),
        Milestone.decided_at,
        func.coalesce(decider.name, "").label("decided_by"),
        Milestone.decision_reason,
        Milestone.order_reason,
        Milestone.note,
        Milestone.agreement_parties.label("parties"),
        Milestone.agreement_total,
        Milestone.agreement_total_usd,
        Milestone.agreement_fixed,
        Milestone.agreement_land_mu,
        Milestone.agreement_start_by,
        Milestone.agreement_complete_by,
        Milestone.agreement_obligations.label("obligations"),
        Milestone.review_by,
        Milestone.review_on,
        Milestone.review_conclusion,
    )


def around(actor: Actor) -> tuple[Any, ...]:
    """The project of a milestone, its names, and what has been counted so far."""
    return (
        Project.id.label("project_id"),
        Project.code,
        Project.name.label("project"),
        func.coalesce(Company.name, Project.investor_text).label("investor"),
        Zone.short_name.label("zone"),
        Project.capital,
        Project.total_investment.label("project_total"),
        Project.total_investment_usd.label("project_total_usd"),
        Project.fixed_investment.label("project_fixed"),
        Project.land_mu.label("project_land_mu"),
        Project.expected_start_on,
        Project.exclusion,
        Recognition.amount.label("counted_amount"),
        Recognition.amount_usd.label("counted_amount_usd"),
        Recognition.fixed.label("counted_fixed"),
        Recognition.tier.label("counted_tier"),
        Recognition.happened_on.label("counted_happened_on"),
        Recognition.statistical_on,
        Project.tier,
        Phase.no.label("phase_no"),
        func.coalesce(Phase.name, "").label("phase_name"),
        Phase.kind.label("phase_kind"),
        Phase.total_investment.label("phase_total"),
        Phase.total_investment_usd.label("phase_total_usd"),
        Phase.fixed_investment.label("phase_fixed"),
        Phase.expected_start_on.label("phase_start_on"),
        Phase.expected_complete_on.label("phase_complete_on"),
        SIGNED.agreement_total.label("signed_total"),
        SIGNED.agreement_total_usd.label("signed_total_usd"),
        SIGNED.agreement_fixed.label("signed_fixed"),
        AT.label("at"),
        discloses_investor(actor).label("disclosed"),
    )


DECIDER = aliased(User)
SIGNED = aliased(Milestone)
AT = func.coalesce(Milestone.submitted_at, Milestone.created_at)


def rows_of(found: Sequence[Any]) -> list[QueueRow]:
    ids = [r.id for r in found]
    files, earlier = files_of(ids), _earlier(ids)
    return [_row(r, files.get(r.id, ()), earlier.get(r.id, ())) for r in found]


def _earlier(ids: Sequence[int]) -> dict[int, list[EarlierRow]]:
    """Milestone → what was decided against it so far, oldest first; the audit alone remembers all of it."""
    found: dict[int, list[EarlierRow]] = {}
    if not ids:
        return found
    rows = db.session.execute(
        select(AuditEvent.subject_id, AuditEvent.at, AuditEvent.actor_name, AuditEvent.code, AuditEvent.note)
        .where(
            AuditEvent.subject_type == "milestone",
            AuditEvent.subject_id.in_(ids),
            AuditEvent.code.in_(("milestone.returned", "milestone.revoked")),
        )
        .order_by(AuditEvent.id)
    )
    for milestone_id, at, name, code, note in rows:
        row = EarlierRow(at, name, code == "milestone.returned", note)
        found.setdefault(milestone_id or 0, []).append(row)
    return found


_MADE = ("files", "exclusion", "earlier")


def _row(r: Any, files: Sequence[FileRow], earlier: Sequence[EarlierRow]) -> QueueRow:
    values = {name: getattr(r, name) for name in QueueRow.__dataclass_fields__ if name not in _MADE}
    if not r.disclosed:
        values |= {"investor": HIDDEN_INVESTOR, "parties": "", "obligations": ""}
        files = [f.closed() for f in files]
    if r.kind is not MilestoneKind.SIGNED and r.phase_no is None:
        # Later milestones are counted with the figures of the signed agreement.
        values |= {
            "agreement_total": r.signed_total,
            "agreement_total_usd": r.signed_total_usd,
            "agreement_fixed": r.signed_fixed,
        }
    exclusion = r.exclusion.value if r.exclusion else ""
    return QueueRow(**values, exclusion=exclusion, files=tuple(files), earlier=tuple(earlier))
