"""Asking whether an investor is taken, and what such questions met."""

from typing import Any

from marshmallow import fields

from crm.accounts import permissions as p
from crm.core import clock
from crm.core.errors import NotFound, RuleBroken
from crm.filings import actions, queries
from crm.filings.api import blp, shapes
from crm.filings.queries import CheckHitRow
from crm.projects import queries as projects
from crm.web import api, edges, guard


class TakenIn(api.In):
    project = fields.String(required=True)


@blp.post("/filings/check")
@guard.requires(p.FILING_WRITE)
@blp.arguments(TakenIn)
@blp.response(200)
def check(args: dict[str, Any]) -> dict[str, Any]:
    """Whether another zone has filed the investor of one's own lead; `taken` is all there is to learn."""
    actor = guard.current()
    project = projects.find(actor, args["project"], p.FILING_WRITE)
    if not projects.discloses(actor, project):
        raise NotFound()
    if project.company_id is None:
        raise RuleBroken("项目还没有登记的投资方。请先登记投资方，再查重。", "project")
    found = actions.taken(actor, [project.company_id], clock.now())
    edges.commit()
    return {"project": project.code, "taken": shapes.taken(found.get(project.company_id))}


def _hit(row: CheckHitRow) -> dict[str, Any]:
    return {
        "asked_at": row.asked_at.isoformat(),
        "via": row.via.value,
        "by": row.by,
        "zone": row.zone,
        "project": row.code,
        "company": row.company,
        "filing": row.filing_id,
        "holder": row.holder,
        "reason": row.reason.value,
    }


@blp.get("/filings/hits")
@guard.requires(p.RECOGNISE)
@blp.arguments(api.ListArgs, location="query")
@blp.response(200)
def hits(args: dict[str, Any]) -> dict[str, Any]:
    """What questions and filings met, newest first; for the bureau."""
    return api.answer_page(queries.check_hits(api.window(args)), _hit)
