"""What a chain's leader (链长) reads, as sheets: its gaps, its stuck projects, whom it approaches.

`filters` is what the page itself reads (`chains.views.overview.LeadSeen`): each list has some tens of rows.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from crm.chains.rules import ACTION_LABELS, STATE_LABELS
from crm.companies.rules import PROGRESS_LABELS
from crm.core.actor import Actor
from crm.exports.sheets import Column
from crm.targeting import rules as targets


def count_gaps(actor: Actor, filters: Any, today: date) -> int:
    return len(filters.gaps())


def gaps(
    actor: Actor, filters: Any, asked: Mapping[str, str], today: date
) -> Iterator[tuple[Any, targets.Companies]]:
    companies = filters.companies(actor)
    for gap in filters.gaps():
        yield gap, companies.get(gap.id, targets.Companies())


def gap_columns(asked: Mapping[str, str]) -> Sequence[Column]:
    return (
        Column("环节", lambda x: x[0].name),
        Column("强弱", lambda x: STATE_LABELS[x[0].state]),
        Column("方向", lambda x: ACTION_LABELS[x[0].action] if x[0].action else None),
        Column("优先级", lambda x: x[0].priority),
        Column("缺口", lambda x: x[0].gap or None),
        Column("主要依赖来源", lambda x: x[0].depends_on or None),
        Column("靶向企业 个", lambda x: x[1].targets),
    )


def count_stuck(actor: Actor, filters: Any, today: date) -> int:
    return len(filters.stuck(actor, today))


def stuck(actor: Actor, filters: Any, asked: Mapping[str, str], today: date) -> Iterator[Any]:
    yield from filters.stuck(actor, today)


def stuck_columns(asked: Mapping[str, str]) -> Sequence[Column]:
    return (
        Column("项目编号", lambda x: x.code),
        Column("项目名称", lambda x: x.name),
        Column("板块", lambda x: x.zone or None),
        Column("环节", lambda x: x.node or None),
        Column("阶段", lambda x: x.stage.label),
        Column("超过常规 天", lambda x: x.over),
        Column("责任人", lambda x: x.owner or None),
    )


def count_targets(actor: Actor, filters: Any, today: date) -> int:
    return len(filters.approached(actor))


def approached(
    actor: Actor, filters: Any, asked: Mapping[str, str], today: date
) -> Iterator[tuple[Any, int | None]]:
    """Each with the days since its last contact."""
    for target in filters.approached(actor):
        last = target.last_contact_on
        yield target, (today - last).days if last else None


def target_columns(asked: Mapping[str, str]) -> Sequence[Column]:
    return (
        Column("企业名称", lambda x: x[0].company),
        Column("板块", lambda x: x[0].zone),
        Column("环节", lambda x: x[0].node),
        Column("进度", lambda x: PROGRESS_LABELS[x[0].progress]),
        Column("责任人", lambda x: x[0].owner or None),
        Column("最近联系", lambda x: x[0].last_contact_on),
        Column("未联系 天", lambda x: x[1]),
        Column("下一步期限", lambda x: x[0].next_due_on),
        Column("下一步", lambda x: x[0].next_what or None),
    )
