"""Milestones of phases, a recognised increase, agreements with their terms, what was corrected after a closing, a fuller queue."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import delete, or_, select, update

from crm.audit.models import AuditEvent
from crm.core.db import db
from crm.demo import bulk
from crm.demo.deals import Deal
from crm.demo.ledger import moment
from crm.demo.people import Cast
from crm.pipeline.models import Adjustment, Milestone, MilestoneFile, PeriodLock, Recognition
from crm.pipeline.rules import (
    AgreementKind,
    EndKind,
    MilestoneKind,
    MilestoneState,
    first_of_month,
    month_of,
    next_month,
    open_day,
)
from crm.projects.models import Attachment, Phase
from crm.projects.rules import AttachmentKind, PhaseKind, Stage, Status

Pairs = Sequence[tuple[int, Deal]]

_RETURNS = ("协议缺骑缝章，请重新扫描后再报", "审查结论没有写明日期，请补齐")
_MOST = 120
_WAITING = 14
_TERMS = (
    "投资强度不低于350万元/亩，达产后亩均税收不低于20万元；超过约定开工日期12个月未开工的，协议自行终止。"
)


def write(cast: Cast, pairs: Pairs, today: date) -> None:
    """After the phases and the closed month are there."""
    deals = dict(pairs)
    _terms(deals)
    _phases(cast, deals, today)
    _corrected(cast, deals, today)
    _queue(cast, deals, today)


def _stones(*conditions: Any) -> list[Milestone]:
    """A few are enough at any scale."""
    return list(db.session.scalars(select(Milestone).where(*conditions).order_by(Milestone.id).limit(_MOST)))


def _terms(deals: dict[int, Deal]) -> None:
    """Agreements of the headlines say what land they take and by when they build; the others leave it open."""
    named = [project_id for project_id, deal in deals.items() if deal.headline]
    for stone in _stones(Milestone.kind == MilestoneKind.SIGNED, Milestone.project_id.in_(named)):
        if stone.happened_on is None:
            continue
        stone.agreement_land_mu = Decimal(180)
        stone.agreement_start_by = stone.happened_on + timedelta(days=270)
        stone.agreement_complete_by = stone.happened_on + timedelta(days=270 + 730)
        stone.agreement_obligations = _TERMS
    db.session.flush()


def _phases(cast: Cast, deals: dict[int, Deal], today: date) -> None:
    """The first phase has begun and is recognised, the second waits; an increase was signed, its registration waits."""
    for phase in db.session.scalars(select(Phase).order_by(Phase.project_id, Phase.no)):
        deal = deals.get(phase.project_id)
        begun = dict(deal.marks).get(MilestoneKind.STARTED) if deal else None
        if deal is None or begun is None or deal.status is not Status.ACTIVE:
            continue
        if phase.kind is PhaseKind.INCREASE:
            signed = max(begun, today - timedelta(days=25))
            _stone(cast, deal, phase, MilestoneKind.SIGNED, signed, True, today)
            _stone(
                cast,
                deal,
                phase,
                MilestoneKind.REGISTERED,
                max(signed, today - timedelta(days=9)),
                False,
                today,
            )
        elif phase.no == 1:
            _stone(cast, deal, phase, MilestoneKind.STARTED, begun, True, today)
        else:
            _stone(
                cast, deal, phase, MilestoneKind.STARTED, max(begun, today - timedelta(days=6)), False, today
            )


_FILES = {
    MilestoneKind.SIGNED: (AttachmentKind.AGREEMENT, AttachmentKind.FAIR_COMPETITION),
    MilestoneKind.REGISTERED: (AttachmentKind.LICENCE,),
    MilestoneKind.STARTED: (AttachmentKind.PERMIT, AttachmentKind.PHOTO),
}


def _stone(
    cast: Cast, deal: Deal, phase: Phase, kind: MilestoneKind, day: date, recognised: bool, today: date
) -> None:
    signing = kind is MilestoneKind.SIGNED
    at = moment(day, 90)
    row = {
        "project_id": phase.project_id, "phase_id": phase.id, "kind": kind, "happened_on": day,
        "state": MilestoneState.RECOGNISED if recognised else MilestoneState.PENDING,
        "submitted_by": deal.owner, "submitted_at": at, "created_at": at,
        "decided_by": cast.users["bureau"] if recognised else None,
        "decided_at": moment(min(day + timedelta(days=2), today), 120) if recognised else None,
        "agreement_kind": AgreementKind.INVESTMENT if signing else None,
        "agreement_total": phase.total_investment if signing else None,
        "agreement_fixed": phase.fixed_investment if signing else None,
        "agreement_parties": f"{deal.firm.name}、开发区管委会" if signing else "",
        "review_by": "法制科" if signing else "", "review_on": day - timedelta(days=4) if signing else None,
        "review_conclusion": "未发现排除、限制竞争内容" if signing else "",
    }  # fmt: skip
    milestone_id = bulk.add_with_ids(Milestone, [row])[0]
    _evidence(milestone_id, phase.project_id, kind)
    if recognised:
        bulk.add(Recognition, [{
            "milestone_id": milestone_id, "project_id": phase.project_id, "phase_id": phase.id, "kind": kind,
            "happened_on": day, "statistical_on": day, "capital": deal.capital, "amount": phase.total_investment,
            "fixed": phase.fixed_investment, "zone_id": deal.zone_id,
            "recognised_by": cast.users["bureau"], "recognised_at": row["decided_at"],
        }])  # fmt: skip


def _evidence(milestone_id: int, project_id: int, kind: MilestoneKind) -> None:
    """The project's files of those kinds; where it has none, another of its files under the right kind."""
    known = db.session.scalars(
        select(Attachment).where(Attachment.project_id == project_id).order_by(Attachment.id)
    ).all()
    for wanted in _FILES[kind]:
        found = next((a for a in known if a.kind is wanted), None)
        if found is None and known:
            like = known[0]
            values = {
                name: getattr(like, name)
                for name in ("filename", "media_type", "size", "sha256", "uploaded_by")
            }
            found_id = bulk.add_with_ids(
                Attachment,
                [{"project_id": project_id, "kind": wanted, "uploaded_at": like.uploaded_at, **values}],
            )[0]
        elif found is not None:
            found_id = found.id
        else:
            continue
        bulk.add(MilestoneFile, [{"milestone_id": milestone_id, "attachment_id": found_id}])


def _corrected(cast: Cast, deals: dict[int, Deal], today: date) -> None:
    """After the closing one amount was replaced and one recognition taken back: the closed month keeps what it reported."""
    locked = frozenset(db.session.scalars(select(PeriodLock.month)))
    closed = [
        Recognition.statistical_on.between(
            first_of_month(m), next_month(first_of_month(m)) - timedelta(days=1)
        )
        for m in sorted(locked)
    ]
    found = db.session.scalars(
        select(Recognition)
        .where(
            Recognition.ended_at.is_(None),
            Recognition.phase_id.is_(None),
            Recognition.amount.is_not(None),
            or_(*closed),
        )
        .order_by(Recognition.id)
        .limit(_MOST)
    )
    made = [r for r in found if r.project_id in deals and not deals[r.project_id].headline]
    replaced = next((r for r in made if r.kind is MilestoneKind.SIGNED), None)
    if replaced is not None:
        _replace(cast, replaced, locked, today)
    gone = next(
        (r for r in made if r is not replaced and r.kind.stage.order < deals[r.project_id].stage.order
         and r.kind is not MilestoneKind.SIGNED), None,
    )  # fmt: skip
    if gone is not None:
        _revoke(cast, gone, locked, today)


def _replace(cast: Cast, made: Recognition, locked: frozenset[str], today: date) -> None:
    """A supplementary agreement of a tenth more, recognised yesterday and counted from the open month on."""
    at, amount = moment(today - timedelta(days=1), 200), made.amount or Decimal(0)
    more = (amount * Decimal("1.1")).quantize(Decimal(1))
    day = open_day(made.statistical_on, locked)
    made.ended_at, made.ended_on, made.ended_by = at, day, cast.users["bureau2"]
    made.end_kind, made.end_reason = EndKind.REPLACED, "重新认定"
    db.session.execute(
        update(Milestone).where(Milestone.id == made.milestone_id).values(agreement_total=more, decided_at=at)
    )
    db.session.flush()
    names = ("milestone_id", "project_id", "kind", "happened_on", "capital", "fixed", "tier", "zone_id")
    bulk.add(Recognition, [{
        **{name: getattr(made, name) for name in names}, "amount": more, "statistical_on": day,
        "asked_statistical_on": made.statistical_on, "recognised_by": cast.users["bureau2"], "recognised_at": at,
    }])  # fmt: skip
    _adjusted(cast, made, day, "重新认定", f"{more:f}", today)


def _revoke(cast: Cast, made: Recognition, locked: frozenset[str], today: date) -> None:
    at, day = moment(today - timedelta(days=1), 230), open_day(made.statistical_on, locked)
    made.ended_at, made.ended_on, made.ended_by = at, day, cast.users["bureau2"]
    made.end_kind, made.end_reason = EndKind.REVOKED, "核查发现材料与实际不符"
    db.session.execute(
        update(Milestone)
        .where(Milestone.id == made.milestone_id)
        .values(
            state=MilestoneState.REVOKED,
            decided_at=at,
            decided_by=cast.users["bureau2"],
            decision_reason=made.end_reason,
        )
    )
    _adjusted(cast, made, day, f"撤销认定：{made.end_reason}", None, today)


def _adjusted(cast: Cast, made: Recognition, day: date, reason: str, after: str | None, today: date) -> None:
    bulk.add(Adjustment, [{
        "project_id": made.project_id, "subject_type": "milestone", "subject_id": made.milestone_id,
        "month": month_of(made.statistical_on), "dated_in": month_of(day), "field": "amount",
        "before": f"{made.amount:f}", "after": after, "reason": reason, "made_by": cast.users["bureau2"],
        "made_at": moment(today - timedelta(days=1), 240),
    }])  # fmt: skip


def _queue(cast: Cast, deals: dict[int, Deal], today: date) -> None:
    """Of what waits some disagree with their record and some were returned before; two recognised ones wait anew."""
    _reopen(deals, today)
    waiting = [
        m
        for m in _stones(Milestone.state == MilestoneState.PENDING, Milestone.phase_id.is_(None))
        if m.project_id in deals and not deals[m.project_id].headline
    ]
    events = []
    for number, stone in enumerate(waiting):
        if stone.kind is MilestoneKind.SIGNED and stone.agreement_total is not None and number % 2 == 0:
            stone.agreement_total = (stone.agreement_total * Decimal("0.92")).quantize(Decimal(1))
        if number % 4 == 1 and stone.happened_on is not None:
            events.append(_returned(stone, deals[stone.project_id], _RETURNS[number % 2]))
    bulk.add(AuditEvent, events)
    again = [
        m
        for m in _stones(Milestone.state == MilestoneState.RECOGNISED, Milestone.kind == MilestoneKind.SIGNED,
                         Milestone.phase_id.is_(None), Milestone.agreement_total.is_not(None))
        if m.project_id in deals
        and deals[m.project_id].stage is Stage.SIGNED
        and deals[m.project_id].status is Status.ACTIVE
        and not deals[m.project_id].headline
    ]  # fmt: skip
    for stone in again[:2]:
        stone.agreement_total = ((stone.agreement_total or Decimal(0)) * Decimal("1.15")).quantize(Decimal(1))
        stone.needs_again = True
        stone.submitted_at = moment(today - timedelta(days=4), 90)
    db.session.flush()


def _reopen(deals: dict[int, Deal], today: date) -> None:
    """The newest recognitions of open months have not been made yet: they wait, some since yesterday, some for weeks."""
    locked = frozenset(db.session.scalars(select(PeriodLock.month)))
    found = db.session.execute(
        select(Recognition.id, Recognition.milestone_id, Recognition.project_id, Recognition.statistical_on)
        .where(
            Recognition.ended_at.is_(None),
            Recognition.phase_id.is_(None),
            Recognition.asked_statistical_on.is_(None),
            Recognition.statistical_on > today - timedelta(days=75),
        )
        .order_by(Recognition.statistical_on.desc(), Recognition.id)
        .limit(_MOST)
    ).all()
    chosen = [
        r
        for r in found
        if r.project_id in deals
        and not deals[r.project_id].headline
        and deals[r.project_id].status is Status.ACTIVE
        and month_of(r.statistical_on) not in locked
    ][:_WAITING]
    db.session.execute(delete(Recognition).where(Recognition.id.in_([r.id for r in chosen])))
    db.session.execute(
        update(Milestone)
        .where(Milestone.id.in_([r.milestone_id for r in chosen]))
        .values(state=MilestoneState.PENDING, decided_by=None, decided_at=None)
    )
    db.session.expire_all()


def _returned(stone: Milestone, deal: Deal, reason: str) -> dict[str, Any]:
    """A return of the day it was first submitted, as the audit has it."""
    return {
        "at": moment(stone.happened_on or deal.started, 60), "code": "milestone.returned", "actor_name": "市商务局",
        "subject_type": "milestone", "subject_id": stone.id, "subject_label": stone.kind.label,
        "zone_id": deal.zone_id, "project_id": stone.project_id, "note": reason, "diff": {},
    }  # fmt: skip
