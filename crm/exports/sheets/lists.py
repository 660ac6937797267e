"""The lists that can leave: how each is counted, walked and laid out in columns.

Every sheet walks the feature's own list query from page to page, so that its filters, its scope and its masks are the
list's; only batches are ever in memory.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from crm.core.actor import Actor
from crm.exports.sheets import Column, companies, followups, projects, visits

Rows = Callable[[Actor, Any, str, date], Iterator[Any]]


@dataclass(frozen=True, slots=True)
class Listing:
    """`count` and `rows` take the filters of the list's own page; `columns` are made once an export, for their labels."""

    name: str
    title: str
    unit: str
    endpoint: str
    columns: Callable[[], Sequence[Column]]
    count: Callable[[Actor, Any, date], int]
    rows: Rows


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
    )
}
