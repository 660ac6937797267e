"""What stands at a chain's nodes, in the groups the field speaks of."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from crm.chains.rules import ChainAction, NodeState, action_of
from crm.projects.rules import Stage

#: Stage groups of a chain's pipeline: code → (label, first stage, last stage).
GROUPS: dict[str, tuple[str, Stage, Stage]] = {
    "talking": ("在谈", Stage.LEAD, Stage.INTENT),
    "signed": ("签约", Stage.SIGNED, Stage.APPROVED),
    "started": ("开工", Stage.STARTED, Stage.STARTED),
    "done": ("竣工投产", Stage.COMPLETED, Stage.FULL),
}


def group_of(stage: Stage) -> str:
    return next(code for code, (_, first, last) in GROUPS.items() if first.order <= stage.order <= last.order)


@dataclass(slots=True)
class Sum:
    """A number of projects and their total in 万元; the total is None while no amount is known."""

    count: int = 0
    total: Decimal | None = None

    def add(self, count: int, total: Decimal | None) -> None:
        self.count += count
        if total is not None:
            self.total = (self.total or Decimal(0)) + total


@dataclass(slots=True)
class Line:
    """Projects of one node, chain or action by stage group, and all together."""

    groups: dict[str, Sum] = field(default_factory=lambda: {code: Sum() for code in GROUPS})
    all: Sum = field(default_factory=Sum)

    def add(self, stage: Stage, count: int, total: Decimal | None) -> None:
        self.groups[group_of(stage)].add(count, total)
        self.all.add(count, total)


@dataclass(frozen=True, slots=True)
class Cell:
    """Projects of one node with one stored chain action in one stage."""

    node_id: int
    action: ChainAction | None
    stage: Stage
    count: int
    total: Decimal | None


@dataclass(slots=True)
class Pipeline:
    """A chain's projects by node and by 建链, 补链, 强链, 延链; `None` collects nodes nobody has assessed."""

    nodes: dict[int, Line]
    actions: dict[ChainAction | None, Line]
    total: Line


def pipeline(cells: Iterable[Cell], states: dict[int, NodeState | None]) -> Pipeline:
    """Adds the cells up. A project keeps the action stored at its signing; before that its node's state decides."""
    found = Pipeline({}, {action: Line() for action in (*ChainAction, None)}, Line())
    for cell in cells:
        action = cell.action or action_of(states.get(cell.node_id))
        for line in (found.nodes.setdefault(cell.node_id, Line()), found.actions[action], found.total):
            line.add(cell.stage, cell.count, cell.total)
    return found
