"""Every import asks about companies that the register may know under another spelling, and refuses none."""

from collections.abc import Callable
from itertools import product
from random import Random
from typing import Any

import pytest
from sqlalchemy import func, select

from crm.companies.models import Company, CompanyAlias, Contact
from crm.companies.naming import Wanted
from crm.companies.queries.near import Asking, Register
from crm.core import crypto
from crm.core.db import db
from crm.demo.firms import uscc
from crm.imports.models import ImportBatch
from crm.imports.rules import RowAction
from crm.imports.rules.rows import Choices, ReadRow
from tests.factories import World
from tests.imports.sheets import csv, ledger

Preview = Callable[..., list[ReadRow]]
Bring = Callable[..., ImportBatch]
NUMBER = "13957812046"


def asked(rows: list[ReadRow]) -> list[str]:
    """The questions about companies, in the order of the rows; "" where a row asks none."""
    return [next((p.message for p in row.problems if p.kind == "company_alike"), "") for row in rows]


def companies(preview: Preview, *names: str, login: str = "officer", **more: Any) -> list[ReadRow]:
    return preview(csv("企业名称", *names), "a.csv", "companies", login, **more)


def test_a_reading_and_a_slip_are_asked_about_and_strangers_are_not(world: World, preview: Preview) -> None:
    world.company("启澜储能科技有限公司")
    names = ("启蓝储能科技有限公司", "启澜储冷科技有限公司", "启澜储能技有限公司", "云南望舒投资有限公司")
    rows = companies(preview, *names)
    first, second, third, stranger = asked(rows)
    assert "“启澜储能科技有限公司”，读音相同" in first
    assert "名称只差一个字" in second and "名称只差一个字" in third and stranger == ""
    assert {row.action for row in rows} == {RowAction.NEW}


def test_a_known_name_an_alias_and_a_former_name_are_matched_and_not_asked_about(
    world: World, preview: Preview
) -> None:
    made = world.company("启澜储能科技有限公司")
    db.session.add_all(
        [
            CompanyAlias(company_id=made.id, alias="蓝鲸储能有限公司", key="蓝鲸储能有限公司", kind="former"),
            CompanyAlias(company_id=made.id, alias="启澜新能", key="启澜新能", kind="alias"),
        ]
    )
    db.session.flush()
    for name in ("启澜储能科技（有限公司）", "蓝鲸储能有限公司", "启澜新能"):
        (row,) = companies(preview, name)
        assert (row.target_id, asked([row])) == (made.id, [""]), name


def test_two_different_codes_are_two_companies_and_no_question(world: World, preview: Preview) -> None:
    made = world.company("启澜储能科技有限公司")
    made.uscc = "91320706MA1MXG3X02"
    db.session.flush()
    content = csv("企业名称,统一社会信用代码", f"启蓝储能科技有限公司,{uscc(Random(7))}")
    (row,) = preview(content, "a.csv", "companies", "officer")
    assert (row.action, asked([row])) == (RowAction.NEW, [""])
    (row,) = companies(preview, "启蓝储能科技有限公司")
    assert "读音相同" in asked([row])[0]


def test_a_contacts_number_is_found_by_its_hash_and_only_among_ones_own(
    world: World, preview: Preview
) -> None:
    for zone, firm in (("LYG-ETDZ", "启澜储能科技有限公司"), ("LYG-XUWEI", "雷泽光电股份有限公司")):
        company = world.company(firm)
        db.session.add(
            Contact(
                company_id=company.id, zone_id=world.zone(zone).id, name="王总",
                phone_hash=crypto.keyed_hash(NUMBER if zone == "LYG-ETDZ" else "13800001111"),
            )
        )  # fmt: skip
    db.session.flush()
    content = csv(
        "企业名称,联系人,联系电话", f"云南望舒投资有限公司,王总,{NUMBER}", "云南羲和有限公司,李总,13800001111"
    )
    mine, theirs = preview(content, "a.csv", "companies", "officer")
    assert "“启澜储能科技有限公司”，联系电话相同" in asked([mine])[0]
    assert asked([theirs]) == [""]
    assert NUMBER not in str([problem for row in (mine, theirs) for problem in row.problems])


def test_a_ledgers_unknown_investor_is_asked_about_too(world: World, preview: Preview) -> None:
    world.company("启澜储能科技有限公司")
    (row,) = preview(ledger(("储能项目", "启蓝储能科技有限公司", 12, "2026-03-01", "市开发区")))
    assert "读音相同" in asked([row])[0] and row.action is RowAction.NEW


def test_what_was_answered_is_not_asked_again_and_nothing_is_kept_out(
    world: World, bring: Bring, preview: Preview
) -> None:
    world.company("启澜储能科技有限公司")
    (row,) = companies(preview, "启蓝储能科技有限公司")
    answered = Choices(confirmed=frozenset({f"{row.place}!company_alike"}))
    (row,) = companies(preview, "启蓝储能科技有限公司", choices=answered)
    assert asked([row]) == [""]
    bring(csv("企业名称", "启蓝储能科技有限公司"), "a.csv", kind="companies", as_="officer")
    found = db.session.scalar(select(func.count(Company.id)).where(Company.name == "启蓝储能科技有限公司"))
    assert found == 1


def _slips(key: str, other: str) -> bool:
    """The plain definition: the same, one character changed, one left out or put in."""
    if key == other:
        return True
    if len(key) == len(other):
        return sum(a != b for a, b in zip(key, other, strict=True)) == 1
    longer, shorter = sorted((key, other), key=len, reverse=True)
    if len(longer) - len(shorter) != 1:
        return False
    return any(longer[:at] + longer[at + 1 :] == shorter for at in range(len(longer)))


def test_one_slip_is_found_exactly_where_a_full_comparison_finds_it(world: World) -> None:
    """Against every pair, over an alphabet so small that slips are many."""
    keys = ["".join(letters) for size in (3, 4, 5, 6) for letters in product("甲乙", repeat=size)]
    for number, key in enumerate(keys):
        db.session.add(Company(name=f"{key}{number}", key=f"{key}{number}", loose_key=key))
    db.session.flush()
    asked = ("甲甲乙甲", "乙乙乙乙", "甲乙甲乙甲", "乙甲乙甲乙甲", "甲甲甲甲甲甲", "丙丙丙丙", "甲乙甲")
    found = Register().slips([Asking(Wanted(key)) for key in asked])
    by_id = {row[0]: row[1] for row in db.session.execute(select(Company.id, Company.loose_key))}
    for index, key in enumerate(asked):
        expected = [other for other in keys if _slips(key, other)] if len(key) > 3 else []
        assert (index in found) == bool(expected), key
        assert not expected or by_id[found[index]] == expected[0]


def test_a_thousand_rows_take_a_fixed_number_of_statements(
    world: World, preview: Preview, count_queries: Any
) -> None:
    world.company("启澜储能科技有限公司")
    taken = []
    for many in (40, 400):
        names = [f"第{number}号望舒投资有限公司" for number in range(many)]
        with count_queries() as statements:
            companies(preview, *names)
        taken.append(len(statements))
    assert taken[0] == taken[1]


@pytest.mark.parametrize("login", ["officer", "officer2"])
def test_the_question_names_a_public_company_and_no_zone(world: World, preview: Preview, login: str) -> None:
    world.company("启澜储能科技有限公司", zone_code="LYG-ETDZ")
    message = asked(companies(preview, "启蓝储能科技有限公司", login=login))[0]
    assert "启澜储能科技有限公司" in message and "开发区" not in message and "报备" not in message
