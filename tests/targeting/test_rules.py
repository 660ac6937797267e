from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.chains.rules import ChainAction, NodeState, action_of
from crm.projects.rules import Stage
from crm.targeting import rules
from crm.targeting.rules import Cell

pytestmark = pytest.mark.once

STATES = {1: NodeState.MISSING, 2: NodeState.STRONG, 3: None}
DIRECTIONS = {node: action_of(state) for node, state in STATES.items()}


def test_every_stage_belongs_to_exactly_one_group() -> None:
    found = [rules.group_of(stage) for stage in Stage]
    assert found == ["talking"] * 6 + ["signed"] * 3 + ["started"] + ["done"] * 3


def test_a_stored_action_stands_and_an_unsigned_project_follows_its_node() -> None:
    cells = [Cell(1, ChainAction.EXTEND, Stage.SIGNED, 1, Decimal(5)), Cell(1, None, Stage.LEAD, 2, None)]
    found = rules.pipeline(cells, DIRECTIONS)
    assert found.actions[ChainAction.EXTEND].all.count == 1
    assert found.actions[ChainAction.BUILD].all.count == 2
    assert found.actions[ChainAction.BUILD].all.total is None


@given(
    st.lists(
        st.builds(
            Cell,
            node_id=st.sampled_from([1, 2, 3]),
            action=st.none() | st.sampled_from(ChainAction),
            stage=st.sampled_from(Stage),
            count=st.integers(1, 9),
            total=st.none() | st.decimals(0, 10**6, places=2),
        ),
        max_size=20,
    )
)
def test_nodes_actions_and_total_are_the_same_projects_added_up(cells: list[Cell]) -> None:
    found = rules.pipeline(cells, DIRECTIONS)
    known = [c.total for c in cells if c.total is not None]
    assert found.total.all.count == sum(c.count for c in cells)
    assert found.total.all.total == (sum(known, Decimal(0)) if known else None)
    for lines in (found.nodes.values(), found.actions.values()):
        assert sum(line.all.count for line in lines) == found.total.all.count
        assert sum((line.all.total or Decimal(0) for line in lines), Decimal(0)) == (
            found.total.all.total or 0
        )
    for action, line in found.actions.items():
        mine = [c for c in cells if (c.action or action_of(STATES[c.node_id])) is action]
        assert line.all.count == sum(c.count for c in mine)


@given(
    st.lists(st.sampled_from([*ChainAction, None]), min_size=1, max_size=8),
    st.lists(
        st.tuples(st.integers(0, 7), st.sampled_from(rules.FURTHER), st.integers(1, 5), st.booleans()),
        max_size=15,
    ),
)
def test_every_link_and_every_target_stands_under_exactly_one_direction(which, counts) -> None:
    nodes = [rules.Node(n, action, n % 5 or None) for n, action in enumerate(which)]
    companies: dict[int, rules.Companies] = {}
    for node, progress, count, turned in counts:
        if node < len(nodes):
            companies.setdefault(node, rules.Companies(local=1)).add(progress, count, converted=turned)
    found = rules.directions(nodes, companies, rules.pipeline([], {}))
    assert sorted(n.id for d in found for n in d.nodes) == list(range(len(nodes)))
    assert all(n.direction is d.action for d in found for n in d.nodes)
    assert sum(d.companies.targets for d in found) == sum(c.targets for c in companies.values())
    assert sum(d.companies.all for d in found) == sum(c.all for c in companies.values())
    assert sum(d.companies.local for d in found) == sum(c.local for c in companies.values())
