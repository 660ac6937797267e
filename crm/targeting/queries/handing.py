"""Targets somebody goes after, for handing his work over."""

from typing import Any

from sqlalchemy import Select, func, select

from crm.chains.models import ChainNode
from crm.companies.models import Company
from crm.companies.rules import LinkProgress
from crm.targeting.models import Target


def targets_held(zone_id: int | None) -> Select[*tuple[Any, ...]]:
    """Whose, id, company and link of the chain of live targets; what was given up or became a project stays as it is."""
    own = Target.zone_id.is_(None) if zone_id is None else Target.zone_id == zone_id
    return (
        select(Target.owner_id, Target.id, Company.name, func.coalesce(ChainNode.name, "待定环节"))
        .join(Company, Company.id == Target.company_id)
        .outerjoin(ChainNode, ChainNode.id == Target.node_id)
        .where(
            own,
            Target.project_id.is_(None),
            Target.progress != LinkProgress.GIVEN_UP,
            Company.merged_into_id.is_(None),
        )
        .order_by(Company.sort_key, Target.id)
    )
