"""What stands at the nodes of the chains, within the actor's reach."""

from crm.targeting.queries.approach import Approached, StuckProject, approached, stuck
from crm.targeting.queries.counts import (
    Landing,
    companies_by_chain,
    companies_by_node,
    landing,
    pipeline,
    projects_by_chain,
)

__all__ = [
    "Approached",
    "Landing",
    "StuckProject",
    "approached",
    "companies_by_chain",
    "companies_by_node",
    "landing",
    "pipeline",
    "projects_by_chain",
    "stuck",
]
