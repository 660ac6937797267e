"""What stands at a chain's nodes, in the groups the field speaks of."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from crm.chains.rules import ChainAction, NodeState
from crm.companies.rules import LinkProgress
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


#: From the least far to the furthest.
FURTHER = (LinkProgress.GIVEN_UP, LinkProgress.UNTOUCHED, LinkProgress.CONTACTED, LinkProgress.TALKING)
#: What a target's progress is counted under; one that was given up is no target any more.
LIVE_PROGRESS = FURTHER[1:]


@dataclass(slots=True)
class Companies:
    """Companies at a node (of a chain, a direction, a campaign): the targets by progress, each zone's counted as its own.

    `converted` are targets that are projects by now, in no progress; `local` are this city's firms that belong to the node.
    """

    by_progress: dict[LinkProgress, int] = field(default_factory=dict)
    converted: int = 0
    local: int = 0

    @property
    def targets(self) -> int:
        """Those somebody still goes after."""
        return sum(self.by_progress.get(progress, 0) for progress in LIVE_PROGRESS)

    @property
    def given_up(self) -> int:
        return self.by_progress.get(LinkProgress.GIVEN_UP, 0)

    @property
    def all(self) -> int:
        """Every target there was, whatever became of it."""
        return self.targets + self.given_up + self.converted

    def add(self, progress: LinkProgress, count: int, *, converted: bool = False) -> None:
        if converted:
            self.converted += count
        else:
            self.by_progress[progress] = self.by_progress.get(progress, 0) + count

    def take_in(self, other: "Companies") -> None:
        """Adds another node's up."""
        for progress, count in other.by_progress.items():
            self.add(progress, count)
        self.converted += other.converted
        self.local += other.local


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


def pipeline(cells: Iterable[Cell], directions: Mapping[int, ChainAction | None]) -> Pipeline:
    """Adds the cells up. A project keeps the action stored at its signing; before that its node's direction decides."""
    found = Pipeline({}, {action: Line() for action in (*ChainAction, None)}, Line())
    for cell in cells:
        action = cell.action or directions.get(cell.node_id)
        for line in (found.nodes.setdefault(cell.node_id, Line()), found.actions[action], found.total):
            line.add(cell.stage, cell.count, cell.total)
    return found


@dataclass(frozen=True, slots=True)
class Node:
    """A node as the pipeline orders it: by direction, the missing before the weak, by priority, then as the tree has it."""

    id: int
    direction: ChainAction | None
    priority: int | None
    state: NodeState | None = None


@dataclass(frozen=True, slots=True)
class Direction:
    """建链, 补链, 强链, 延链 or not yet assessed: its nodes in their order, with what they add up to.

    A project stored under another direction at its signing stands in that direction's sum, not at its node's.
    """

    action: ChainAction | None
    nodes: tuple[Node, ...]
    companies: Companies
    projects: Line


_WORST = (*NodeState, None)


def directions(nodes: Iterable[Node], companies: Mapping[int, Companies], found: Pipeline) -> list[Direction]:
    """Every direction in the order of the plan, the unassessed last; companies at two nodes count at both."""
    each = list(nodes)
    result = []
    for action in (*ChainAction, None):
        mine = [n for n in each if n.direction is action]
        total = Companies()
        for node in mine:
            total.take_in(companies.get(node.id, Companies()))
        mine.sort(key=lambda n: (_WORST.index(n.state), n.priority or 9))
        result.append(Direction(action, tuple(mine), total, found.actions[action]))
    return result
