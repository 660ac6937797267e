"""What the agreement is made of, in and out: phases, increases, and who invests."""

from collections.abc import Mapping
from typing import Any

from marshmallow import fields, validate

from crm.projects.models import Phase
from crm.projects.queries import InvestorRow
from crm.projects.rules import PhaseKind
from crm.projects.rules.phases import PhaseDraft
from crm.web.api import In, Wan, amount_text, at_most


class PhaseIn(In):
    """What is left out of a PATCH stays as it is, null empties."""

    name = fields.String(validate=[validate.Length(min=1), at_most(80)])
    kind = fields.Enum(PhaseKind, by_value=True)
    total_investment = Wan(allow_none=True)
    total_investment_usd = Wan(allow_none=True)
    fixed_investment = Wan(allow_none=True)
    content = fields.String(validate=at_most(4000))
    expected_start_on = fields.Date(allow_none=True)
    expected_complete_on = fields.Date(allow_none=True)


class PhaseNew(PhaseIn):
    name = fields.String(required=True, validate=[validate.Length(min=1), at_most(80)])


_KEYS = (
    "name",
    "total_investment",
    "total_investment_usd",
    "expected_start_on",
    "expected_complete_on",
    "kind",
    "fixed_investment",
    "content",
)


def phase_draft(sent: Mapping[str, Any], known: Phase | None = None) -> PhaseDraft:
    kept = {} if known is None else {key: getattr(known, key) for key in _KEYS}
    return PhaseDraft(**{"name": "", **kept, **sent})


def phase(row: Phase) -> dict[str, Any]:
    """`version` goes into If-Match; amounts of an increase are the increment alone."""
    return {
        "no": row.no,
        "kind": row.kind,
        "name": row.name,
        "total_investment": amount_text(row.total_investment),
        "total_investment_usd": amount_text(row.total_investment_usd),
        "fixed_investment": amount_text(row.fixed_investment),
        "content": row.content,
        "expected_start_on": row.expected_start_on.isoformat() if row.expected_start_on else None,
        "expected_complete_on": row.expected_complete_on.isoformat() if row.expected_complete_on else None,
        "version": row.version,
    }


def investor_change(row: InvestorRow) -> dict[str, Any]:
    return {
        "on": row.on.isoformat(),
        "before": {"id": row.before_id, "name": row.before},
        "after": {"id": row.after_id, "name": row.after},
        "reason": row.reason,
        "attachment": row.attachment_id,
        "by": row.by,
        "at": row.at.isoformat(),
    }
