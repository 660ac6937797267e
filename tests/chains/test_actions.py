import pytest
from sqlalchemy import select

from crm.audit.models import AuditEvent
from crm.chains import actions, queries
from crm.chains.rules import Assessment, NodeDraft, NodeState, Position
from crm.core import clock
from crm.core.db import db
from crm.core.errors import Forbidden, RuleBroken
from crm.reference import load
from tests import factories


def _node(code: str = "PETRO-0201"):
    node = queries.node_by_code(code)
    assert node is not None
    return node


def _draft(name: str = "丙烯腈") -> NodeDraft:
    return NodeDraft(name, Position.MIDSTREAM, ("丙烯腈",), ("2614",))


def test_ten_chains_ship_and_no_state_ships_with_them(world) -> None:
    rows, states = queries.chains(), queries.states(clock.today())
    assert len(rows) == 10
    assert all("请由工信部门确认" in row.source for row in rows)
    assert all(states[row.id].links and not states[row.id].assessed for row in rows)


def test_an_assessment_is_dated_noted_and_audited(world) -> None:
    node = _node()
    actions.assess(
        world.actor("bureau"), node, Assessment(NodeState.WEAK, clock.today(), "调研"), clock.today()
    )
    assert (node.state, node.state_on, node.edited) == (NodeState.WEAK, clock.today(), True)
    event = db.session.scalar(select(AuditEvent).where(AuditEvent.code == "chain_node.assessed"))
    assert event.diff["state"] == [None, "weak"]
    actions.assess(world.actor("bureau"), node, Assessment(None), clock.today())
    assert node.state is None and node.state_on is None


def test_the_bureaus_words_survive_loading_the_reference_again(world) -> None:
    chain = queries.by_code("PETRO")
    node = _node()
    actions.edit_node(world.actor("bureau"), node, _draft("乙烯与丙烯"), queries.node(node.parent_id))
    made = actions.add_node(world.actor("bureau"), chain, node, _draft())
    load.everything()
    assert (_node().name, made.code) == ("乙烯与丙烯", "PETRO-020101")
    assert made.code in queries.codes_of(chain.id)


def test_a_node_never_moves_below_itself_nor_into_another_chain(world) -> None:
    bureau, top = world.actor("bureau"), _node("PETRO-02")
    with pytest.raises(RuleBroken, match="下级"):
        actions.edit_node(bureau, top, _draft(), _node("PETRO-0201"))
    other = queries.nodes(queries.chains()[1].id)[0]
    with pytest.raises(RuleBroken, match="不在这条链"):
        actions.edit_node(bureau, top, _draft(), queries.node(other.id))


def test_a_node_is_retired_only_when_nothing_stands_at_it(world) -> None:
    bureau, node = world.actor("bureau"), _node()
    with pytest.raises(RuleBroken, match="下面还有环节"):
        actions.retire(bureau, _node("PETRO-02"))
    project = factories.project("LYG-XUWEI", node_id=node.id)
    with pytest.raises(RuleBroken, match="还有企业或项目"):
        actions.retire(bureau, node)
    project.node_id = None
    db.session.flush()
    actions.retire(bureau, node)
    assert node.id not in [n.id for n in queries.nodes(node.chain_id)]
    assert node.code not in [n.code for n in queries.lookup_nodes("乙烯", most=50)]
    actions.restore(bureau, node)
    assert node.id in [n.id for n in queries.nodes(node.chain_id)]


@pytest.mark.parametrize("login", ["officer", "chief", "county", "leader", "sysadmin"])
def test_only_the_bureau_keeps_the_trees(world, login: str) -> None:
    with pytest.raises(Forbidden):
        actions.assess(world.actor(login), _node(), Assessment(NodeState.WEAK, clock.today()), clock.today())
    with pytest.raises(Forbidden):
        actions.retire(world.actor(login), _node())


def test_the_nearest_match_comes_first_in_the_type_ahead(world) -> None:
    assert queries.lookup_nodes("乙烯")[0].name == "乙烯"
    assert queries.lookup_nodes("PETRO-0103")[0].name == "炼油"
    assert queries.lookup_nodes("lianyou")[0].name == "炼油"


def test_a_tree_is_read_in_one_query_with_parents_before_children(world, count_queries) -> None:
    chain = queries.by_code("PETRO")
    with count_queries() as statements:
        nodes = queries.nodes(chain.id)
    assert len(statements) == 1
    seen: set[int | None] = {None}
    for node in nodes:
        assert node.parent_id in seen
        seen.add(node.id)
