"""The chains, the table of a chain's links, and its pipeline, as sheets.

`filters` is what the page itself reads (`chains.views.overview`: AllSeen, Seen): a chain has some tens of links.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from crm.chains import queries
from crm.chains.queries import ChainRow, States
from crm.chains.rules import ACTION_LABELS, POSITION_LABELS, STATE_LABELS
from crm.companies.rules import PROGRESS_LABELS
from crm.core.actor import Actor
from crm.exports.sheets import Column
from crm.targeting import rules as targets
from crm.zones import queries as zones

#: Companies and projects as columns.
Cells = tuple[Column, ...]


def _groups(line: Any) -> Cells:
    """`line` reads the projects' sums from a row."""

    def of(code: str) -> Any:
        return lambda row: line(row).groups[code].count

    return tuple(Column(f"{label} 个", of(code)) for code, (label, _, _) in targets.GROUPS.items())


# --- the chains ---------------------------------------------------------------------------------------

Standing = tuple[ChainRow, States, int, targets.Companies, targets.Line, str]


def count(actor: Actor, filters: Any, today: date) -> int:
    return len(filters.rows)


def rows(actor: Actor, filters: Any, asked: Mapping[str, str], today: date) -> Iterator[Standing]:
    names = {zone.code: zone.short_name for zone in zones.all_names()}
    for row in filters.rows:
        yield (
            row,
            filters.states.get(row.id, States()),
            filters.bare.get(row.id, 0),
            filters.companies.get(row.id, targets.Companies()),
            filters.projects.get(row.id, targets.Line()),
            "、".join(names.get(code, code) for code in filters.leading.get(row.id, ())),
        )


def columns(asked: Mapping[str, str]) -> Sequence[Column]:
    return (
        Column("产业链", lambda x: x[0].name),
        Column("板块", lambda x: x[5]),
        Column("链长", lambda x: x[0].lead_name),
        Column("空白 个", lambda x: x[1].missing),
        Column("薄弱 个", lambda x: x[1].weak),
        Column("没人去找 个", lambda x: x[2]),
        Column("已评估 个", lambda x: x[1].assessed),
        Column("评估已过期 个", lambda x: x[1].expired),
        Column("环节 个", lambda x: x[1].links),
        Column("靶向企业 个", lambda x: x[3].targets),
        *_groups(lambda x: x[4]),
        Column("总投资 万元", lambda x: x[4].all.total),
    )


# --- the links of a chain -----------------------------------------------------------------------------


def count_nodes(actor: Actor, filters: Any, today: date) -> int:
    return len(filters.nodes)


def nodes(actor: Actor, filters: Any, asked: Mapping[str, str], today: date) -> Iterator[Any]:
    """By position, and within one as the tree has them; names are set in by their depth."""
    for position in POSITION_LABELS:
        for node in filters.nodes:
            if node.position is position:
                yield (
                    node,
                    filters.companies.get(node.id, targets.Companies()),
                    filters.live.nodes.get(node.id, targets.Line()),
                )


def node_columns(asked: Mapping[str, str]) -> Sequence[Column]:
    return (
        Column("位置", lambda x: POSITION_LABELS[x[0].position]),
        Column("环节", lambda x: "　" * x[0].depth + x[0].name),
        Column("代码", lambda x: x[0].code),
        Column("产品", lambda x: "、".join(x[0].products)),
        Column("强弱", lambda x: STATE_LABELS[x[0].state] if x[0].state else "未评估"),
        Column("方向", lambda x: ACTION_LABELS[x[0].action] if x[0].action else None),
        Column("优先级", lambda x: x[0].priority),
        Column("本地 家", lambda x: x[1].local),
        Column("靶向企业 个", lambda x: x[1].targets),
        Column("在推项目 个", lambda x: x[2].all.count),
        Column("总投资 万元", lambda x: x[2].all.total),
        Column("已停用", lambda x: None if x[0].active else "是"),
    )


# --- its pipeline -------------------------------------------------------------------------------------


def count_pipeline(actor: Actor, filters: Any, today: date) -> int:
    return sum(1 for _ in _pipeline(filters))


def pipeline(actor: Actor, filters: Any, asked: Mapping[str, str], today: date) -> Iterator[Any]:
    yield from _pipeline(filters)


def _pipeline(seen: Any) -> Iterator[tuple[str, Any, targets.Companies | None, targets.Line]]:
    """(direction, link or None for the sum of the direction, companies, projects), the sum of all at the end."""
    by_id = {node.id: node for node in seen.nodes}
    for one in seen.directions():
        if not one.nodes and not one.projects.all.count:
            continue
        words = ACTION_LABELS[one.action] if one.action else "未评估"
        yield words, None, one.companies, one.projects
        for node in one.nodes:
            yield (
                words,
                by_id[node.id],
                seen.companies.get(node.id, targets.Companies()),
                seen.live.nodes.get(node.id, targets.Line()),
            )
    yield "合计", None, None, seen.live.total


def _state(row: Any) -> str | None:
    if row[1] is None:
        return None
    return STATE_LABELS[row[1].state] if row[1].state else "未评估"


def _progress() -> Cells:
    def of(progress: Any) -> Any:
        return lambda row: row[2].by_progress.get(progress, 0) if row[2] is not None else None

    return tuple(Column(f"靶向企业 {PROGRESS_LABELS[p]} 个", of(p)) for p in targets.LIVE_PROGRESS)


def pipeline_columns(asked: Mapping[str, str]) -> Sequence[Column]:
    return (
        Column("方向", lambda x: x[0]),
        Column("环节", lambda x: x[1].name if x[1] else "小计" if x[2] is not None else None),
        Column("位置", lambda x: POSITION_LABELS[x[1].position] if x[1] else None),
        Column("优先级", lambda x: x[1].priority if x[1] else None),
        Column("强弱", _state),
        *_progress(),
        *_groups(lambda x: x[3]),
        Column("在推项目 个", lambda x: x[3].all.count),
        Column("总投资 万元", lambda x: x[3].all.total),
    )


# --- links to assess ----------------------------------------------------------------------------------


def count_due(actor: Actor, filters: str, today: date) -> int:
    return len(queries.due(today, filters))


def due(actor: Actor, filters: str, asked: Mapping[str, str], today: date) -> Iterator[Any]:
    yield from queries.due(today, filters)


def due_columns(asked: Mapping[str, str]) -> Sequence[Column]:
    return (
        Column("产业链", lambda x: x.chain),
        Column("环节", lambda x: x.name),
        Column("代码", lambda x: x.code),
        Column("上次强弱", lambda x: STATE_LABELS[x.state] if x.state else "未评估"),
        Column("评估日期", lambda x: x.state_on),
        Column("有效期至", lambda x: x.valid_until),
        Column("上次评估人", lambda x: x.assessor or None),
        Column("优先级", lambda x: x.priority),
    )
