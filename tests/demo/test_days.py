"""On which days and over what the demo is loaded."""

from datetime import date

import pytest

from crm.core.errors import RuleBroken
from crm.demo import load
from tests.demo.conftest import not_of_the_demo


def test_it_is_refused_over_real_data(world) -> None:
    not_of_the_demo()
    world.company("真实企业有限公司")
    with pytest.raises(RuleBroken, match="已经有业务数据"):
        load.everything(date(2026, 11, 23))


@pytest.mark.parametrize("day", [date(2026, 1, 2), date(2026, 12, 31), date(2028, 2, 29)])
def test_it_loads_on_any_day(world, day) -> None:
    not_of_the_demo()
    assert load.everything(day)["projects"] > 100
