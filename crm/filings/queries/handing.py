"""Live filings somebody answers for."""

from sqlalchemy import func, select

from crm.core.db import db
from crm.filings.models import Filing
from crm.filings.rules import LIVE
from crm.projects.models import Project


def filings_of(user_id: int, zone_id: int | None) -> list[tuple[int, str, str]]:
    """(id, project's code, state in words); none without a zone."""
    rows = db.session.execute(
        select(Filing.id, Project.code, Filing.state)
        .join(Project, Project.id == Filing.project_id)
        .where(
            func.coalesce(Filing.owner_id, Filing.filed_by) == user_id,
            Filing.zone_id == zone_id,
            Filing.state.in_(LIVE),
        )
        .order_by(Filing.id)
    )
    return [(id_, code, state.label) for id_, code, state in rows]
