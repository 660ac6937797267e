"""What a list needs to leave as a file."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from crm.accounts import permissions as p
from crm.core.actor import Actor
from crm.core.errors import Forbidden
from crm.exports.sheets import Column

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
