"""Merging two entries, and taking it back, for the bureau."""

from typing import Any

from crm.accounts import permissions
from crm.companies import actions, queries
from crm.companies.api import blp, schemas
from crm.companies.api.companies import shown
from crm.core import clock
from crm.core.db import db
from crm.core.errors import NotFound, RuleBroken
from crm.web import edges, guard


@blp.post("/companies/<int:company_id>/merge")
@guard.requires(permissions.COMPANY_MERGE)
@blp.arguments(schemas.MergeIn)
def merge_company(body: dict[str, Any], company_id: int) -> Any:
    """This entry is taken over by `into` and from now on answers with it; 409 where one of them is merged already."""
    actor = guard.current()
    gone = queries.entry(actor, company_id)
    try:
        kept = queries.entry(actor, body["into"])
    except NotFound:
        raise RuleBroken("没有要并入的这家企业，请核对 into。", "into") from None
    merge = actions.merge(actor, kept, gone, body["reason"], clock.now())
    answer = {
        "id": merge.id,
        "moved": dict(queries.what_moved(merge.moved)),
        "filled": sorted(merge.filled),
    }
    edges.commit()
    return {**answer, "company": shown(actor, kept)}, 201


@blp.post("/companies/merges/<int:merge_id>/undo")
@guard.requires(permissions.COMPANY_MERGE)
def undo_company_merge(merge_id: int) -> Any:
    """Both entries stand again; `left` names what was saved since and stays with the kept one."""
    actor = guard.current()
    merge = queries.merge(merge_id)
    undone = actions.undo_merge(actor, merge, clock.now())
    edges.commit()
    db.session.expire_all()
    return {
        "id": merge.id,
        "back": undone.back,
        "left": undone.left,
        "kept": merge.kept_id,
        "merged": merge.merged_id,
    }
