"""Duties as the API answers them."""

from typing import Any

from crm.followups.queries import DemandRow, FollowupRow


def dump(row: FollowupRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "version": row.version,
        "kind": row.kind.value,
        "state": row.state.value,
        "what": row.what,
        "due_on": row.due_on.isoformat(),
        "due_at": row.due_at,
        "first_due_on": row.first_due_on.isoformat(),
        "postponed": row.postponed,
        "postpone_reason": row.postpone_reason,
        "late": row.late,
        "owner": row.owner_login,
        "zone": row.zone_code,
        "company": {"id": row.company_id, "name": row.company} if row.company else None,
        "project": row.project_code,
        "origin": row.origin,
        "answer": row.answer,
        "close_reason": row.close_reason,
        "closed_at": row.closed_at.isoformat() if row.closed_at else None,
    }


def dump_demand(row: DemandRow) -> dict[str, Any]:
    """A duty with its life."""
    return dump(row.duty) | {
        "step": row.step.value,
        "light": row.light.state,
        "light_reason": row.light.reason,
        "category": row.category,
        "unit": row.unit,
        "unit_code": row.unit_code,
        "leader": row.leader,
        "answer_due_on": row.answer_due_on.isoformat(),
        "answered_at": row.answered_at.isoformat() if row.answered_at else None,
        "satisfaction": row.satisfaction.value if row.satisfaction else None,
        "confirmed_at": row.confirmed_at.isoformat() if row.confirmed_at else None,
        "confirmed_by": row.confirmed_by.value if row.confirmed_by else None,
        "confirmed_name": row.confirmed_name,
        "urged": row.urged,
        "forwarded": row.forwarded,
        "reopened": row.reopened,
    }
