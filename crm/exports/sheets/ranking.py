"""The ranking of targets as a sheet: a row a company, each part with its points and its words.

`filters` is what the page reads (`targeting.views.rank.Asked`); the ranking is worked out whole, so one question answers count and rows.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from crm.companies.rules import PROGRESS_LABELS
from crm.core.actor import Actor
from crm.exports.sheets import Column
from crm.targeting.rules.score import PART_LABELS, PartCode


def count(actor: Actor, filters: Any, today: date) -> int:
    found: int = filters.rank(actor, today, most=0).total
    return found


def rows(actor: Actor, filters: Any, asked: Mapping[str, str], today: date) -> Iterator[Any]:
    yield from filters.rank(actor, today).rows


def columns(asked: Mapping[str, str]) -> Sequence[Column]:
    return (
        Column("位次", lambda r: r.place),
        Column("企业名称", lambda r: r.company.name),
        Column("环节", lambda r: r.node.name),
        Column("产业链", lambda r: r.node.chain),
        Column("总分", lambda r: r.total),
        *(column for code in PartCode for column in _part(code)),
        Column("省份", lambda r: r.company.region),
        Column("城市", lambda r: r.company.city),
        Column("行业", lambda r: r.company.industry),
        Column("股票代码", lambda r: r.company.listed_code),
        Column("靶向进度", lambda r: PROGRESS_LABELS[r.target.progress] if r.target else None),
    )


def _part(code: PartCode) -> tuple[Column, Column]:
    label = PART_LABELS[code]

    def points() -> Callable[[Any], object]:
        return lambda r: r.part(code).points if r.part(code).known else "不清楚"

    return Column(f"{label} 分", points()), Column(f"{label}说明", lambda r: r.part(code).words)
