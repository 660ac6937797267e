"""The demo's companies."""

from random import Random

from crm.demo import firms


def test_two_companies_never_draw_the_same_code() -> None:
    code = firms.uscc(Random(1))
    rows = [{"uscc": code}, {"uscc": code}, {"uscc": code}]
    firms._apart(Random(1), rows)
    assert len({row["uscc"] for row in rows}) == 3
    assert rows[0]["uscc"] == code
