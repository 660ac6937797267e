"""The board: every stage with its count and sum, and the first cards of the columns in sight."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from crm.accounts.permissions import STAGE_MOVE
from crm.core.actor import Actor
from crm.core.db import db
from crm.pipeline.queries import lines
from crm.pipeline.queries.lines import Line
from crm.projects import queries as projects
from crm.projects.models import Project
from crm.projects.queries import Filter
from crm.projects.rules import Stage
from crm.projects.scope import visible_to

#: Cards of one column; the rest is a link to the list.
MOST = 10
#: What a card shows beyond the project's own row.
_SHOWN = ("light", "next", "days")
#: How cards may stand in their column: name in the address → order of the list.
ORDERS: Mapping[str, str] = {"amount": "-amount", "days": "-days", "updated": "-updated"}


@dataclass(frozen=True, slots=True)
class Card:
    line: Line
    movable: bool


@dataclass(frozen=True, slots=True)
class Column:
    """A stage: its count, its sum in 万元, and its first cards (none for a folded column)."""

    stage: Stage
    sum: projects.StageSum
    cards: Sequence[Card] = ()

    @property
    def rest(self) -> int:
        return self.sum.count - len(self.cards)


@dataclass(frozen=True, slots=True)
class Board:
    """`columns` are open, `folded` only counted; both in the order of the stages."""

    columns: Sequence[Column]
    folded: Sequence[Column]
    total: projects.StageSum


def board(actor: Actor, wanted: Filter, stages: Sequence[Stage], order: str, today: date) -> Board:
    """A fixed number of statements at any size; `order` is a name of ORDERS, `stages` are the open columns."""
    summary = projects.stage_counts(actor, wanted)
    found = projects.tops(actor, wanted, stages, MOST, ORDERS[order])
    rows = [row for stage in stages for row in found[stage]]
    movable = _movable(actor, [row.id for row in rows])
    cards = {
        line.row.id: Card(line, line.row.id in movable) for line in lines.lines(actor, rows, _SHOWN, today)
    }
    return Board(
        [Column(stage, summary.of((stage,)), [cards[row.id] for row in found[stage]]) for stage in stages],
        [Column(stage, summary.of((stage,))) for stage in Stage if stage not in stages],
        summary.of(),
    )


def _movable(actor: Actor, ids: Sequence[int]) -> frozenset[int]:
    """Those of the cards that the actor may move."""
    if not ids or not actor.can(STAGE_MOVE):
        return frozenset()
    reach = select(Project.id).where(Project.id.in_(ids), visible_to(actor, STAGE_MOVE))
    return frozenset(db.session.scalars(reach))
