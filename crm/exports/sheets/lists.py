"""The lists that can leave: how each is counted, walked and laid out in columns.

Every sheet walks the feature's own list query from page to page, so that its filters, its scope and its masks are the
list's; only batches are ever in memory.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from crm.accounts import permissions as p
from crm.core.actor import Actor
from crm.core.errors import Forbidden
from crm.exports.sheets import (
    Column,
    adjustments,
    assignments,
    chains,
    companies,
    followups,
    investment,
    projects,
    recognition,
    stuck,
    truth,
    visits,
)

Address = Mapping[str, str]
Rows = Callable[[Actor, Any, Address, date], Iterator[Any]]


@dataclass(frozen=True, slots=True)
class Listing:
    """`count` and `rows` take the filters of the list's own page, `rows` and `columns` also its address: order, chosen columns.

    Columns are made once an export, for their labels.
    """

    name: str
    title: str
    unit: str
    endpoint: str
    columns: Callable[[Address], Sequence[Column]]
    count: Callable[[Actor, Any, date], int]
    rows: Rows
    #: One of these is asked for by the list's own page.
    verbs: tuple[str, ...] = (p.PROJECT_SEE,)

    def check(self, actor: Actor) -> None:
        if not any(actor.can(verb) for verb in self.verbs):
            raise Forbidden()


_RECOGNITION = (p.RECOGNISE, p.MILESTONE_SUBMIT)
LISTS: Mapping[str, Listing] = {
    each.name: each
    for each in (
        Listing(
            "companies", "企业", "家", "companies.index", companies.columns, companies.count, companies.rows
        ),
        Listing("projects", "项目", "个", "projects.index", projects.columns, projects.count, projects.rows),
        Listing("visits", "走访", "次", "visits.index", visits.columns, visits.count, visits.rows),
        Listing(
            "followups", "跟进", "项", "followups.index", followups.columns, followups.count, followups.rows
        ),
        Listing(
            "recognition",
            "认定",
            "项",
            "pipeline.queue",
            recognition.columns,
            recognition.count,
            recognition.rows,
            _RECOGNITION,
        ),
        Listing(
            "adjustments",
            "结账后的调整",
            "条",
            "pipeline.adjustments",
            adjustments.columns,
            adjustments.count,
            adjustments.rows,
        ),
        Listing(
            "truth",
            "真实性核对",
            "个",
            "pipeline.truth",
            truth.columns,
            truth.count,
            truth.rows,
            _RECOGNITION,
        ),
        Listing(
            "investment",
            "月度投资",
            "个",
            "pipeline.investments",
            investment.columns,
            investment.count,
            investment.rows,
        ),
        Listing(
            "investment_zones",
            "月度投资填报",
            "个",
            "pipeline.investments",
            investment.zone_columns,
            investment.count_zones,
            investment.zones,
        ),
        Listing(
            "project_months",
            "项目月度投资",
            "个",
            "pipeline.investment",
            investment.month_columns,
            investment.count_months,
            investment.months,
        ),
        Listing("stuck", "卡点", "个", "pipeline.stuck", stuck.columns, stuck.count, stuck.rows),
        Listing(
            "assignments",
            "挂钩",
            "个",
            "assignments.index",
            assignments.columns,
            assignments.count,
            assignments.rows,
            (p.ASSIGN_SEE,),
        ),
        Listing("chains", "产业链", "条", "chains.index", chains.columns, chains.count, chains.rows),
        Listing(
            "chain_links",
            "产业链环节",
            "个",
            "chains.show",
            chains.node_columns,
            chains.count_nodes,
            chains.nodes,
        ),
        Listing(
            "chain_pipeline",
            "招商管线",
            "行",
            "chains.pipeline",
            chains.pipeline_columns,
            chains.count_pipeline,
            chains.pipeline,
        ),
    )
}
