from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.core.errors import RuleBroken
from crm.units import rules
from crm.units.rules import Node, UnitKind

pytestmark = pytest.mark.once

#: City 1; county 2 with zone 3, its group 4 and department 5; block 6; department 7.
TREE = (
    Node(1, UnitKind.CITY, None),
    Node(2, UnitKind.COUNTY, 1),
    Node(3, UnitKind.ZONE, 2),
    Node(4, UnitKind.GROUP, 3),
    Node(5, UnitKind.DEPARTMENT, 3),
    Node(6, UnitKind.BLOCK, 1),
    Node(7, UnitKind.DEPARTMENT, 1),
)


def test_every_unit_knows_the_nearest_zone_and_county_at_or_above_it() -> None:
    assert rules.places(TREE) == {
        1: (None, None), 2: (None, 2), 3: (3, 2), 4: (3, 2), 5: (3, 2), 6: (None, 6), 7: (None, None),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("unit", "target", "ok"),
    [
        (3, 6, True),
        (4, 2, False),
        (2, 3, False),
        (3, 3, False),
        (3, 4, False),
        (1, 2, False),
        (5, 7, True),
        (7, 5, True),
    ],
)
def test_a_unit_moves_only_where_its_kind_may_stand_and_never_below_itself(
    unit: int, target: int, ok: bool
) -> None:
    by_id = {n.id: n for n in TREE}
    if ok:
        rules.check_move(by_id[unit], by_id[target], TREE)
    else:
        with pytest.raises(RuleBroken):
            rules.check_move(by_id[unit], by_id[target], TREE)


@pytest.mark.parametrize(("parent", "kind"), list(product(UnitKind, UnitKind)))
def test_a_child_is_allowed_exactly_as_the_table_says(parent: UnitKind, kind: UnitKind) -> None:
    if kind in rules.CHILDREN[parent]:
        rules.check_child(parent, kind)
    else:
        with pytest.raises(RuleBroken, match="不能设"):
            rules.check_child(parent, kind)


@given(st.lists(st.integers(0, 30), min_size=1, max_size=30))
def test_places_agree_with_walking_up_by_hand(parents: list[int]) -> None:
    kinds = list(UnitKind)
    nodes = [Node(1, UnitKind.CITY, None)]
    for at, parent in enumerate(parents, 2):
        nodes.append(Node(at, kinds[(at * 3 + parent) % len(kinds)], parent % (at - 1) + 1))
    by_id = {n.id: n for n in nodes}

    def up(node: Node, wanted: set[UnitKind]) -> int | None:
        at: Node | None = node
        while at is not None:
            if at.kind in wanted:
                return at.id
            at = by_id[at.parent_id] if at.parent_id else None
        return None

    expected = {n.id: (up(n, {UnitKind.ZONE}), up(n, {UnitKind.COUNTY, UnitKind.BLOCK})) for n in nodes}
    assert rules.places(nodes) == expected
