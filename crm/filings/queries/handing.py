"""Live filings somebody answers for."""

from typing import Any

from sqlalchemy import Select, func, select

from crm.filings.models import Filing
from crm.filings.rules import LIVE
from crm.projects.models import Project


def filings_held(zone_id: int | None) -> Select[*tuple[Any, ...]]:
    """Who answers, id, the project's code and the state, for a handover; none without a zone."""
    return (
        select(func.coalesce(Filing.owner_id, Filing.filed_by), Filing.id, Project.code, Filing.state)
        .join(Project, Project.id == Filing.project_id)
        .where(Filing.zone_id == zone_id, Filing.state.in_(LIVE))
        .order_by(Filing.id)
    )
