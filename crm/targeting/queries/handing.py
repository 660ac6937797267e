"""Targets somebody goes after, for handing his work over."""

from sqlalchemy import func, select

from crm.chains.models import ChainNode
from crm.companies.models import Company
from crm.companies.rules import LinkProgress
from crm.core.db import db
from crm.targeting.models import Target


def held_by(user_id: int, zone_id: int | None) -> list[tuple[int, str, str]]:
    """(id, company, link of the chain) of live targets; what was given up or became a project stays as it is."""
    own = Target.zone_id.is_(None) if zone_id is None else Target.zone_id == zone_id
    rows = db.session.execute(
        select(Target.id, Company.name, func.coalesce(ChainNode.name, "待定环节"))
        .join(Company, Company.id == Target.company_id)
        .outerjoin(ChainNode, ChainNode.id == Target.node_id)
        .where(
            Target.owner_id == user_id,
            own,
            Target.project_id.is_(None),
            Target.progress != LinkProgress.GIVEN_UP,
            Company.merged_into_id.is_(None),
        )
        .order_by(Company.sort_key, Target.id)
    )
    return [(id_, name, node) for id_, name, node in rows]
