"""What a chain's pipeline asks of the project list: a direction (建链, 补链, 强链, 延链) and how far a project has come."""

from typing import Any

from flask import request
from sqlalchemy import ColumnElement, and_, or_, select

from crm.chains.models import ChainNode
from crm.chains.rules import ACTION_LABELS, ChainAction
from crm.projects.models import Project
from crm.projects.rules import Stage
from crm.targeting import rules as targets
from crm.targeting.queries.rows import direction

#: `action` of an address; "none" where nobody has assessed the link.
ACTIONS = {**{action.value: label for action, label in ACTION_LABELS.items()}, "none": "未评估"}
#: `reached` of an address: the stage groups of a chain's pipeline.
REACHED = {code: label for code, (label, _, _) in targets.GROUPS.items()}


def extra() -> list[ColumnElement[bool]]:
    """The same as the pipeline counts by: what was stored at signing stands, before it the link's direction decides."""
    return [*acting(request.args.get("action", "")), *reached(request.args.get("reached", ""))]


def acting(asked: str) -> list[ColumnElement[bool]]:
    if asked not in ACTIONS:
        return []
    wanted: Any = direction()
    links = select(ChainNode.id).where(
        wanted.is_(None) if asked == "none" else wanted == ChainAction(asked).value
    )
    derived = and_(Project.chain_action.is_(None), Project.node_id.in_(links))
    return [derived] if asked == "none" else [or_(Project.chain_action == ChainAction(asked), derived)]


def reached(asked: str) -> list[ColumnElement[bool]]:
    if asked not in REACHED:
        return []
    _, first, last = targets.GROUPS[asked]
    return [Project.stage.in_([s for s in Stage if first.order <= s.order <= last.order])]
