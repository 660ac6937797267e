"""The pool and claims on it."""

from typing import Any

from crm.accounts import permissions as p
from crm.core import clock
from crm.filings import actions, queries
from crm.filings.api import blp
from crm.filings.api.filings import FilingAnswerIn, FilingReasonIn
from crm.filings.queries import PoolRow
from crm.web import api, edges, guard


def _shape(row: PoolRow) -> dict[str, Any]:
    return {
        "filing": row.filing_id,
        "investor": row.investor,
        "region": row.region,
        "industry": row.industry,
        "node": row.node,
        "total_investment": api.amount_text(row.total),
        "total_investment_usd": api.amount_text(row.total_usd),
        "end_kind": row.end_kind.value,
        "reason": row.reason,
        "since": row.since.isoformat(),
    }


@blp.get("/filings/pool")
@guard.requires(p.TERMINATE_PROPOSE, p.TERMINATE_APPROVE)
@blp.arguments(api.ListArgs, location="query")
@blp.response(200)
def pool(args: dict[str, Any]) -> dict[str, Any]:
    """What was let go, the same for every zone."""
    return api.answer_page(queries.pool(api.window(args)), _shape)


@blp.post("/filings/<int:filing_id>/claim")
@guard.requires(p.TERMINATE_PROPOSE)
@blp.arguments(FilingReasonIn)
@blp.response(201)
def claim(args: dict[str, Any], filing_id: int) -> dict[str, Any]:
    """A zone asks for a project of the pool."""
    filing, _ = queries.pooled(filing_id)
    made = actions.claim(guard.current(), filing, args["reason"], clock.now())
    edges.commit()
    return {"id": made.id, "version": made.version, "filing": filing_id, "approved": None}


@blp.post("/filings/claims/<int:claim_id>/decide")
@guard.requires(p.TERMINATE_APPROVE)
@blp.arguments(FilingAnswerIn)
@blp.response(200)
def answer_claim(args: dict[str, Any], claim_id: int) -> dict[str, Any]:
    """Approves or refuses a claim."""
    actor = guard.current()
    made = queries.claim_of(actor, claim_id, p.TERMINATE_APPROVE)
    actions.answer_claim(actor, made, args["approve"], args["reason"], clock.now())
    edges.commit()
    return {"id": made.id, "version": made.version, "filing": made.filing_id, "approved": made.approved}
