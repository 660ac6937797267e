"""The pipeline as the API answers it."""

from typing import Any

from crm.pipeline import rules
from crm.pipeline.models import StatusChange
from crm.pipeline.queries import MilestoneRow
from crm.pipeline.rules import MilestoneKind
from crm.projects.models import Project
from crm.projects.rules import AttachmentKind
from crm.web.api import amount_text


def milestone(row: MilestoneRow) -> dict[str, Any]:
    """`state` null means not begun; `recognised_on` is the statistical date, `counted` what the recognition in force has frozen."""
    found: dict[str, Any] = {
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
        "missing": [m.as_dict() for m in row.missing] if row.state else [],
    }
    return found | (_signing(row) if row.kind is MilestoneKind.SIGNED else {})


def _counted(row: MilestoneRow) -> dict[str, Any] | None:
    made = row.in_force
    if made is None:
        return None
    return {
        "recognised_on": _day(made.statistical_on),
        "asked_on": _day(made.asked_statistical_on),
        "total_investment": amount_text(made.amount),
        "total_investment_usd": amount_text(made.amount_usd),
        "tier": made.tier.value if made.tier else None,
        "zone": made.zone_code,
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
        },
        "fair_competition": {
            "reviewer": review.by,
            "reviewed_on": _day(review.on),
            "conclusion": review.conclusion,
            "evidence": [f.id for f in row.files if f.id and f.kind is AttachmentKind.FAIR_COMPETITION],
        },
    }


def gate(found: rules.Gate) -> dict[str, Any]:
    """`missing` bars the step, `hints` do not."""
    return {
        "to": found.to.value,
        "missing": [m.as_dict() for m in found.missing],
        "hints": [m.as_dict() for m in found.hints],
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


def _day(value: Any) -> str | None:
    return None if value is None else value.isoformat()
