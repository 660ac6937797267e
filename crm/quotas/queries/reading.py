"""The projects behind a board: what counts, what waits, what comes near."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, Select, and_, case, or_, select, union

from crm.core import clock
from crm.core.actor import Actor
from crm.core.db import db
from crm.filings import queries as filings
from crm.pipeline import rules
from crm.pipeline.models import Milestone, Recognition
from crm.pipeline.rules import AgreementKind, Made, MilestoneState
from crm.projects.models import CreditShare, Phase, Project
from crm.projects.rules import CreditIndicator, PhaseKind, Stage
from crm.projects.scope import discloses_investor, visible_to
from crm.quotas.queries.waiting import whole_or_phase, with_phases
from crm.quotas.rules import Facts, PlanRow, QuotaRow, Recorded, Share, Submitted, Times, Worth
from crm.settings import queries as settings
from crm.zones.rules import AmountBasis

#: How many projects in talks are listed a zone; what is recognised or waits is always listed.
NEAR = 20
#: How far beside the year a recognition is still worth a word.
_AROUND = timedelta(days=92)
HIDDEN_NAME = "保密项目"


@dataclass(frozen=True, slots=True)
class Ask:
    """What one board reads: whose, which plan and year, and when; `whole` with what comes near a threshold below it."""

    actor: Actor
    plan: PlanRow
    year: int
    times: Times
    near: int
    whole: bool = True

    @property
    def span(self) -> tuple[date, date]:
        """From the first year that matters to the end of the year."""
        first = self.plan.first_year if self.plan.carry_surplus else self.year
        return date(first, 1, 1), date(self.year, 12, 31)

    @property
    def amounts(self) -> tuple[Any, Any]:
        """The frozen columns that decide."""
        total = self.plan.basis is AmountBasis.TOTAL
        return (
            (Recognition.amount, Recognition.amount_usd)
            if total
            else (Recognition.fixed, Recognition.fixed_usd)
        )

    @property
    def own_amounts(self) -> tuple[Any, Any]:
        total = self.plan.basis is AmountBasis.TOTAL
        return (
            (Project.total_investment, Project.total_investment_usd)
            if total
            else (Project.fixed_investment, Project.fixed_investment_usd)
        )


def projects(ask: Ask, quotas: Sequence[QuotaRow]) -> list[Facts]:
    """Everything that counts, waits, or comes near, with the recognitions and shares that decide; three statements."""
    if not quotas:
        return []
    least = _least(ask, quotas)
    lowest = min(amount for amount, _ in least.values()), min(usd for _, usd in least.values())
    wanted = union(_recognised(ask, lowest), _waiting(ask, lowest), *_talking(ask, least)).subquery()
    rows = db.session.execute(_select(ask, wanted)).all()
    ids = [row.id for row in rows]
    recorded, shares = _recorded(ids), _shares(ids, ask.times.known_at)
    found = [_facts(row, recorded.get(row.id, ()), shares.get(row.id, ())) for row in rows]
    return with_phases(found, ask.plan.kind, ask.times.known_at)


def _least(ask: Ask, quotas: Sequence[QuotaRow]) -> dict[int, tuple[Decimal, Decimal]]:
    """Zone → from which amounts (万元, 万美元) on a project is worth a word: its lowest threshold, or a part of it."""
    ratio: Decimal = settings.value("quota_near") if ask.whole else Decimal(1)
    found: dict[int, tuple[Decimal, Decimal]] = {}
    for quota in quotas:
        own = _whole(quota.threshold * ratio), _whole(quota.threshold_usd * ratio)
        amount, usd = found.get(quota.zone.id, own)
        found[quota.zone.id] = min(amount, own[0]), min(usd, own[1])
    return found


def _whole(amount: Decimal) -> Decimal:
    """No finer than 分, as amounts are stored."""
    return amount.quantize(Decimal("0.000001"))


def _recognised(ask: Ask, least: tuple[Decimal, Decimal]) -> Select[Any]:
    """Recognitions of the year and a little around it, where a date may have missed the year; answered by ix_recognitions_board."""
    amount, usd = ask.amounts
    first, last = ask.span
    large = [amount >= least[0], usd >= least[1]]
    if ask.plan.kind in rules.PHASE_MILESTONES[PhaseKind.PHASE]:
        # A phase is smaller than the whole that decides.
        large.append(Recognition.phase_id.is_not(None))
    return select(Recognition.project_id).where(
        Recognition.kind == ask.plan.kind,
        Recognition.statistical_on.between(first - _AROUND, last + _AROUND),
        or_(*large),
    )


def _waiting(ask: Ask, least: tuple[Decimal, Decimal]) -> Select[Any]:
    """All that waits for recognition and is large enough to matter."""
    amount, usd = ask.own_amounts
    large = (
        amount >= least[0],
        usd >= least[1],
        Milestone.agreement_total >= least[0],
        Milestone.agreement_total_usd >= least[1],
    )
    return (
        select(Milestone.project_id)
        .join(Project, Project.id == Milestone.project_id)
        .where(
            Milestone.state == MilestoneState.PENDING,
            Milestone.kind == ask.plan.kind,
            whole_or_phase(),
            Milestone.created_at <= ask.times.known_at,
            or_(*large),
        )
    )


def _talking(ask: Ask, least: Mapping[int, tuple[Decimal, Decimal]]) -> list[Select[Any]]:
    """The largest projects of each zone that have not come to the counting milestone.

    One limited select a zone, so that each reads a few entries of ix_projects_zone_amount and no zone's list is sorted.
    """
    amount, usd = ask.own_amounts
    stages = [stage for stage in Stage if stage.order < ask.plan.kind.stage.order]
    before = and_(Project.stage.in_(stages), Project.created_at <= ask.times.known_at)
    if not ask.whole:
        # Few projects reach a threshold, so nothing has to be cut off.
        return [select(Project.id).where(before, or_(*_reaching(least, amount, usd)))]
    found = [
        select(Project.id)
        .where(Project.zone_id == zone_id, amount >= lowest, before)
        .order_by(amount.desc(), Project.id.desc())
        .limit(ask.near)
        for zone_id, (lowest, _) in sorted(least.items())
    ]
    found.append(
        select(Project.id)
        .where(usd >= min(usd for _, usd in least.values()), Project.zone_id.in_(sorted(least)), before)
        .order_by(usd.desc(), Project.id)
        .limit(ask.near * 5)
    )
    return [select(part.subquery().c.id) for part in found]


def _reaching(least: Mapping[int, tuple[Decimal, Decimal]], amount: Any, usd: Any) -> Iterator[Any]:
    """Projects that reach what their zone asks for, one condition for all zones that ask for the same."""
    for pair in sorted(set(least.values())):
        zones = sorted(zone_id for zone_id, own in least.items() if own == pair)
        yield and_(Project.zone_id.in_(zones), amount >= pair[0])
        yield and_(Project.zone_id.in_(zones), usd >= pair[1])


def _select(ask: Ask, wanted: Any) -> Select[Any]:
    """The wanted projects with their counting milestone. Core columns: a board reads hundreds of these rows."""
    project, milestone = Project.__table__.c, Milestone.__table__.c
    on = and_(
        milestone.project_id == project.id, milestone.kind == ask.plan.kind, milestone.phase_id.is_(None)
    )
    joined = Project.__table__.outerjoin(Milestone.__table__, on)
    return select(*_columns(ask.actor)).select_from(joined).where(project.id.in_(select(wanted)))


def _columns(actor: Actor) -> tuple[Any, ...]:
    project, milestone = Project.__table__.c, Milestone.__table__.c
    return (
        project.id,
        project.code,
        case((visible_to(actor) & discloses_investor(actor), project.name), else_=None).label("name"),
        project.zone_id,
        case((filings.uncounted(project.id, project.first_zone_id), None), else_=project.first_zone_id).label(
            "first_zone_id"
        ),
        project.stage,
        project.status,
        project.status_reason,
        project.exclusion,
        project.capital,
        project.total_investment,
        project.total_investment_usd,
        project.fixed_investment,
        project.fixed_investment_usd,
        project.confidential,
        case((visible_to(actor), 1), else_=0).label("visible"),
        milestone.state.label("milestone_state"),
        milestone.created_at.label("milestone_at"),
        milestone.submitted_at,
        milestone.decided_at,
        milestone.decision_reason,
        milestone.agreement_kind,
        milestone.needs_again,
        milestone.agreement_total,
        milestone.agreement_total_usd,
        milestone.agreement_fixed,
    )


def _recorded(ids: list[int]) -> dict[int, tuple[Recorded, ...]]:
    """Project → its recognitions in the order they were made."""
    found: dict[int, tuple[Recorded, ...]] = {}
    if not ids:
        return found
    # Core columns: a board reads thousands of these rows, and the ORM would touch each of them once more.
    record, phase = Recognition.__table__.c, Phase.__table__.c
    columns = (
        record.project_id, record.kind, record.zone_id, record.capital, record.amount, record.amount_usd, record.fixed,
        record.fixed_usd, record.statistical_on, record.recognised_at, record.ended_at, record.ended_on,
        record.restored_at, record.happened_on, record.end_kind, record.end_reason, phase.kind.label("part"),
    )  # fmt: skip
    query = select(*columns).outerjoin(Phase.__table__, phase.id == record.phase_id)
    for row in db.session.execute(query.where(record.project_id.in_(ids)).order_by(record.id)):
        made = Made(row.statistical_on, row.recognised_at, row.ended_at, row.ended_on, row.restored_at)
        worth = Worth(row.capital, row.amount, row.amount_usd, row.fixed, row.fixed_usd)
        one = Recorded(
            row.kind, row.zone_id, worth, made, row.happened_on, row.end_kind, row.end_reason, row.part
        )
        found[row.project_id] = (*found.get(row.project_id, ()), one)
    return found


def _shares(ids: list[int], known_at: datetime) -> dict[int, tuple[Share, ...]]:
    found: dict[int, tuple[Share, ...]] = {}
    if not ids:
        return found
    rows = db.session.execute(
        select(CreditShare.project_id, CreditShare.effective_on, CreditShare.zone_id, CreditShare.share)
        .where(
            CreditShare.project_id.in_(ids),
            CreditShare.indicator == CreditIndicator.COUNT,
            CreditShare.recorded_at <= known_at,
        )
        .order_by(CreditShare.project_id, CreditShare.effective_on, CreditShare.zone_id)
    )
    for row in rows:
        one = Share(row.effective_on, row.zone_id, row.share)
        found[row.project_id] = (*found.get(row.project_id, ()), one)
    return found


def _facts(row: Row[Any], recorded: tuple[Recorded, ...], shares: tuple[Share, ...]) -> Facts:
    own = Worth(
        row.capital,
        row.total_investment,
        row.total_investment_usd,
        row.fixed_investment,
        row.fixed_investment_usd,
    )
    hidden = HIDDEN_NAME if row.confidential else row.code
    return Facts(
        id=row.id,
        code=row.code,
        name=row.name or hidden,
        zone_id=row.zone_id,
        stage=row.stage,
        status=row.status,
        worth=own,
        status_reason=row.status_reason,
        exclusion=row.exclusion,
        visible=bool(row.visible),
        submitted=_submitted(row, own) if row.milestone_state is not None else None,
        recorded=recorded,
        shares=shares,
        first_zone_id=row.first_zone_id,
    )


def _submitted(row: Row[Any], own: Worth) -> Submitted:
    stated = row.agreement_total is not None or row.agreement_total_usd is not None
    fixed = own.fixed if row.agreement_fixed is None else row.agreement_fixed
    return Submitted(
        state=row.milestone_state,
        created_at=row.milestone_at,
        submitted_at=row.submitted_at,
        submitted_on=clock.local(row.submitted_at).date() if row.submitted_at else None,
        decided_at=row.decided_at,
        reason=row.decision_reason,
        framework=row.agreement_kind is AgreementKind.FRAMEWORK,
        needs_again=bool(row.needs_again),
        worth=Worth(row.capital, row.agreement_total, row.agreement_total_usd, fixed, own.fixed_usd)
        if stated
        else own,
    )
