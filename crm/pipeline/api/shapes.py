"""The pipeline as the API answers it."""

from typing import Any

from crm.pipeline import rules
from crm.pipeline.models import StatusChange
from crm.pipeline.queries import (
    AdjustmentRow,
    CountedRow,
    MilestoneRow,
    PhaseRow,
    QueueRow,
    RecognitionRow,
    StatusRow,
)
from crm.pipeline.rules import MilestoneKind
from crm.projects.models import Project
from crm.projects.rules import AttachmentKind
from crm.web.api import amount_text


def milestone(row: MilestoneRow) -> dict[str, Any]:
    """`state` null means not begun; `recognised_on` is the statistical date, `counted` what the recognition in force has frozen."""
    found: dict[str, Any] = {
        "id": row.id,
        "kind": row.kind.value,
        "state": row.state.value if row.state else None,
        "version": row.version,
        "happened_on": _day(row.happened_on),
        "recognised_on": _day(row.in_force.statistical_on) if row.in_force else None,
        "needs_again": row.needs_again,
        "reason": row.decision_reason,
        "order_reason": row.order_reason,
        "evidence": [f.id for f in row.files if f.id and f.kind is not AttachmentKind.FAIR_COMPETITION],
        "counted": _counted(row),
        "recognitions": [_made(made) for made in row.recognitions],
        "missing": [m.as_dict() for m in row.missing] if row.state else [],
    }
    return found | (_signing(row) if row.kind is MilestoneKind.SIGNED else {})


def _counted(row: MilestoneRow) -> dict[str, Any] | None:
    return _recognition(row.in_force) if row.in_force else None


def _recognition(made: RecognitionRow) -> dict[str, Any]:
    return {
        "recognised_on": _day(made.statistical_on),
        "asked_on": _day(made.asked_statistical_on),
        "total_investment": amount_text(made.amount),
        "total_investment_usd": amount_text(made.amount_usd),
        "tier": made.tier.value if made.tier else None,
        "zone": made.zone_code,
    }


def _made(made: RecognitionRow) -> dict[str, Any]:
    """One recognition as it was frozen, newest first in its list; `ended` says since when and why it no longer counts."""
    return _recognition(made) | {
        "happened_on": _day(made.happened_on),
        "capital": made.capital.value,
        "fixed_investment": amount_text(made.fixed),
        "recognised_by": made.recognised_by,
        "recognised_at": made.recognised_at.isoformat(),
        "ended": None
        if made.end_kind is None
        else {
            "kind": made.end_kind.value,
            "on": _day(made.ended_on),
            "at": made.ended_at.isoformat() if made.ended_at else None,
            "reason": made.end_reason,
        },
    }


def phase(part: PhaseRow) -> dict[str, Any]:
    return {
        "no": part.no,
        "name": part.name,
        "kind": part.kind.value,
        "total_investment": amount_text(part.total),
        "total_investment_usd": amount_text(part.total_usd),
        "milestones": [milestone(row) for row in part.milestones],
    }


def waiting(row: QueueRow) -> dict[str, Any]:
    """A submission as the queue has it; `id` and `version` are what a decision names."""
    return {
        "id": row.id,
        "version": row.version,
        "project": row.code,
        "name": row.project,
        "phase": row.phase_no,
        "kind": row.kind.value,
        "state": row.state.value,
        "needs_again": row.needs_again,
        "happened_on": _day(row.happened_on),
        "submitted_by": row.submitted_by,
        "submitted_at": row.submitted_at.isoformat() if row.submitted_at else None,
        "agreement": {
            "total_investment": amount_text(row.agreement_total),
            "total_investment_usd": amount_text(row.agreement_total_usd),
            "fixed_investment": amount_text(row.agreement_fixed),
        },
        "registered": {
            "total_investment": amount_text(row.project_total),
            "total_investment_usd": amount_text(row.project_total_usd),
            "fixed_investment": amount_text(row.project_fixed),
        },
        "evidence": [f.id for f in row.files if f.id],
        "earlier": [
            {"at": e.at.isoformat(), "by": e.by, "returned": e.returned, "reason": e.reason}
            for e in row.earlier
        ],
    }


def counted(row: CountedRow) -> dict[str, Any]:
    """A recognition as it was frozen; `ended` says since when and how it left the count afterwards."""
    return {
        "id": row.id,
        "project": row.code,
        "milestone": row.kind.value,
        "phase": row.phase,
        "happened_on": row.happened_on.isoformat(),
        "statistical_on": row.statistical_on.isoformat(),
        "total_investment": amount_text(row.amount),
        "total_investment_usd": amount_text(row.amount_usd),
        "tier": row.tier.value if row.tier else None,
        "zone": row.zone_code,
        "recognised_by": row.recognised_by,
        "recognised_at": row.recognised_at.isoformat(),
        "ended": {"on": _day(row.ended_on), "kind": row.end_kind.value, "reason": row.end_reason}
        if row.end_kind
        else None,
    }


def adjustment(row: AdjustmentRow) -> dict[str, Any]:
    """`month` is the closed month it speaks of, `dated_in` the open one that carries it; values are in words."""
    return {
        "id": row.id,
        "project": row.code,
        "month": row.month,
        "dated_in": row.dated_in,
        "what": row.what,
        "field": row.field,
        "before": row.before,
        "after": row.after,
        "reason": row.reason,
        "made_by": row.made_by,
        "made_at": row.made_at.isoformat(),
    }


def _signing(row: MilestoneRow) -> dict[str, Any]:
    agreement, review = row.agreement, row.review
    return {
        "agreement_kind": rules.AgreementKind.INVESTMENT.value if row.state else None,
        "agreement": {
            "total_investment": amount_text(agreement.total),
            "total_investment_usd": amount_text(agreement.total_usd),
            "fixed_investment": amount_text(agreement.fixed),
            "parties": agreement.parties,
            "land_mu": amount_text(agreement.land_mu),
            "start_by": _day(agreement.start_by),
            "complete_by": _day(agreement.complete_by),
            "obligations": agreement.obligations,
        },
        "fair_competition": {
            "reviewer": review.by,
            "reviewed_on": _day(review.on),
            "conclusion": review.conclusion,
            "evidence": [f.id for f in row.files if f.id and f.kind is AttachmentKind.FAIR_COMPETITION],
        },
    }


def gate(found: rules.Gate) -> dict[str, Any]:
    """`missing` bars the step, `hints` do not, `have` is what is there; `back`: the step asks for a reason instead."""
    return {
        "to": found.to.value,
        "missing": [m.as_dict() for m in found.missing],
        "hints": [m.as_dict() for m in found.hints],
        "have": list(found.have),
        "back": found.back,
    }


def standing(project: Project) -> dict[str, Any]:
    return {
        "code": project.code,
        "stage": project.stage.value,
        "status": project.status.value,
        "version": project.version,
    }


def status_change(project: Project, change: StatusChange) -> dict[str, Any]:
    """`approved` null: proposed and waiting."""
    return standing(project) | {
        "change": {
            "id": change.id,
            "from": change.before.value,
            "to": change.after.value,
            "reason": change.reason,
            "effective_on": _day(change.effective_on),
            "approved": change.approved,
        }
    }


def status_row(row: StatusRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "from": row.before.value,
        "to": row.after.value,
        "reason": row.reason,
        "category": row.category,
        "went_to": row.went_to,
        "review_on": _day(row.review_on),
        "effective_on": _day(row.effective_on),
        "proposed_by": row.proposed_by,
        "proposed_at": row.proposed_at.isoformat(),
        "approved": row.approved,
        "decided_by": row.decided_by or None,
        "decided_at": row.decided_at.isoformat() if row.decided_at else None,
        "note": row.decision_note,
    }


def _day(value: Any) -> str | None:
    return None if value is None else value.isoformat()
