"""Filings as JSON. What other zones filed is in `meetings` alone, and that is filled for the bureau alone."""

from datetime import date
from typing import Any

from crm.accounts.permissions import RECOGNISE
from crm.core import clock
from crm.core.actor import Actor
from crm.filings import queries, rules
from crm.filings.queries import FilingRow, SanctionRow
from crm.web.api import amount_text


def filing(row: FilingRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "version": row.version,
        "project": {"code": row.code, "name": row.project},
        "zone": {"code": row.zone_code, "name": row.zone},
        "investor": row.investor,
        "total_investment": amount_text(row.total),
        "state": row.state.value,
        "standing": row.protection.standing.value,
        "words": row.protection.words,
        "filed_at": clock.local(row.filed_at).isoformat(timespec="milliseconds"),
        "contact_on": row.contact_on.isoformat(),
        "visit": row.visit_id,
        "note": row.note,
        "decided_at": row.decided_at.isoformat() if row.decided_at else None,
        "decision_reason": row.decision_reason,
        "protected_from": row.protected_from.isoformat() if row.protected_from else None,
        "protected_until": row.protected_until.isoformat() if row.protected_until else None,
        "extension": row.extension.value if row.extension else None,
        "chosen": row.chosen,
        "ended_on": row.ended_on.isoformat() if row.ended_on else None,
        "end_kind": row.end_kind.value if row.end_kind else None,
        "end_reason": row.end_reason,
    }


def taken(until: date | None) -> dict[str, Any] | None:
    """All that another zone is told of a filing that stands in its way."""
    if until is None:
        return None
    return {"message": rules.taken_words(until, clock.today()), "protected_until": until.isoformat()}


def sanction(row: SanctionRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "version": row.version,
        "filing": row.filing_id,
        "project": {"code": row.code, "name": row.project},
        "zone": {"code": row.zone_code, "name": row.zone},
        "offence": row.offence.value,
        "circulated": row.effects.circulated,
        "no_credit": row.effects.no_credit,
        "removed": row.effects.removed,
        "reason": row.reason,
        "basis": row.basis,
        "made_at": row.made_at.isoformat(),
        "revoked_at": row.revoked_at.isoformat() if row.revoked_at else None,
        "revoke_reason": row.revoke_reason,
    }


def whole(actor: Actor, row: FilingRow) -> dict[str, Any]:
    today = clock.today()
    until = queries.taken_until(row.id, today) if row.waits else None
    shown = filing(row) | {
        "evidence": [
            {"id": paper.id, "filename": paper.filename, "purpose": paper.purpose.value}
            for paper in queries.evidence_of(row.id)
        ],
        "conflict": taken(until),
        "disputes": [one.id for one in queries.disputes_of(actor, row.id, today)],
        "sanctions": [sanction(one) for one in queries.sanctions_of(actor, row.id)],
    }
    if actor.can(RECOGNISE):
        shown["meetings"] = [
            {"reason": hit.reason.value, "filing": filing(hit.row)} for hit in queries.facing(row, today)
        ]
    return shown
