"""疑似重复: groups for the bureau, and what the check while typing takes into account."""

from datetime import UTC, datetime
from random import Random

import pytest
from sqlalchemy import select

from crm.companies import actions, queries
from crm.companies.models import Company, NotSame
from crm.companies.rules import CompanyDraft, ContactDraft
from crm.core.db import db
from crm.core.errors import Forbidden, RuleBroken
from crm.core.paging import Window
from crm.demo.firms import uscc
from tests.factories import World

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
PHONE = "13900001234"


def _groups(by: str = "name") -> list[list[str]]:
    return [[member.name for member in group.members] for group in queries.look_alikes(by, Window()).items]


def _uscc(seed: int) -> str:
    return uscc(Random(seed))


def test_entries_of_one_key_are_a_group_unless_their_codes_differ(world: World) -> None:
    world.company("连云港启澜储能有限公司", uscc=_uscc(1))
    world.company("启澜储能（江苏）有限公司", zone_code="LYG-ETDZ")
    world.company("南通恒达贸易有限公司", uscc=_uscc(2))
    world.company("连云港恒达贸易有限公司", uscc=_uscc(3))
    world.company("独此一家有限公司")
    assert _groups() == [["启澜储能（江苏）有限公司", "连云港启澜储能有限公司"]]


def test_a_merged_entry_is_no_duplicate_any_more(world: World) -> None:
    kept, gone = world.company("启澜储能有限公司"), world.company("江苏启澜储能有限公司")
    assert _groups()
    actions.merge(world.actor("bureau"), kept, gone, "同一家", NOW)
    assert _groups() == _groups("alias") == []


def test_an_alias_that_is_anothers_name_makes_a_group(world: World) -> None:
    one, _ = actions.register(
        world.actor("officer"), CompanyDraft("启澜储能有限公司", aliases=("砚洲新能源有限公司",))
    )
    world.company("砚洲新能源有限公司")
    actions.register(world.actor("officer"), CompanyDraft("硕岑硅材有限公司", aliases=("东方启澜",)))
    three = actions.draft_of(one, [])
    actions.edit(
        world.actor("officer"), one, CompanyDraft(three.name, aliases=("砚洲新能源有限公司", "东方启澜"))
    )
    assert sorted(map(sorted, _groups("alias"))) == [
        ["启澜储能有限公司", "砚洲新能源有限公司"],
        ["启澜储能有限公司", "硕岑硅材有限公司"],
    ]


def test_one_number_at_two_companies_makes_a_group(world: World) -> None:
    one, two = world.company("启澜储能有限公司"), world.company("硕岑硅材有限公司")
    actions.add_contact(world.actor("officer"), one, ContactDraft("罗知衡", phone=PHONE))
    actions.add_contact(world.actor("officer2"), two, ContactDraft("罗知衡", phone=PHONE))
    assert [sorted(names) for names in _groups("phone")] == [["启澜储能有限公司", "硕岑硅材有限公司"]]


def test_what_somebody_told_apart_is_proposed_no_more(world: World) -> None:
    one, two, three = (world.company(f"{place}恒达贸易有限公司") for place in ("南通", "徐州", "盐城"))
    bureau = world.actor("bureau")
    assert actions.not_same(bureau, three, [one, two], "注册地不同", NOW) == 2
    assert actions.not_same(bureau, one, [three], "", NOW) == 0
    assert [sorted(names) for names in _groups()] == [["南通恒达贸易有限公司", "徐州恒达贸易有限公司"]]
    assert [s.id for s in queries.possible_duplicates(three.name, other_than=three.id)] == []
    assert [s.id for s in queries.possible_duplicates(one.name, other_than=one.id)] == [two.id]
    with pytest.raises(Forbidden):
        actions.not_same(world.actor("chief"), one, [two], "", NOW)
    with pytest.raises(RuleBroken):
        actions.not_same(bureau, one, [two], "长" * 301, NOW)


def test_groups_page_forward_without_gap_or_repeat(world: World, count_queries) -> None:
    for n in range(5):
        for place in ("南通", "徐州"):
            world.company(f"{place}恒达{n}号贸易有限公司")
    first = queries.look_alikes("name", Window(2))
    second = queries.look_alikes("name", Window(2, first.next_token))
    with count_queries() as statements:
        third = queries.look_alikes("name", Window(2, second.next_token))
    found = [group.what for page in (first, second, third) for group in page.items]
    assert (first.total, len(found), found) == (5, 5, sorted(set(found))) and third.next_token is None
    assert len(statements) == 4


# --- the check while typing --------------------------------------------------------------------------


def test_a_number_is_compared_within_ones_own_reach_only(world: World) -> None:
    company = world.company("启澜储能有限公司")
    actions.add_contact(world.actor("officer"), company, ContactDraft("罗知衡", phone=PHONE))

    def asked(login: str) -> list[str]:
        actor = world.actor(login)
        return [s.reason for s in queries.possible_duplicates("别的名字", actor=actor, phone="139 0000 1234")]

    assert asked("officer") == asked("bureau") == ["联系电话相同"]
    assert asked("officer2") == asked("dept") == []
    assert queries.possible_duplicates("别的名字", phone=PHONE) == []


def test_a_stock_code_a_sound_and_a_group_are_reasons(world: World) -> None:
    parent = world.company("启澜集团有限公司")
    listed = world.company("硕岑硅材股份有限公司", listed_code="600123")
    child = world.company("启澜储能科技有限公司", parent_id=parent.id)
    heard = world.company("砚洲半导体有限公司")
    assert [s.id for s in queries.possible_duplicates("新名字", listed_code="sh.600123")] == [listed.id]
    assert queries.possible_duplicates("新名字", listed_code="长" * 30) == []
    (suspect,) = queries.possible_duplicates("彦舟伴导体有限公司")
    assert (suspect.id, suspect.reason) == (heard.id, "读音相同")
    found = queries.possible_duplicates("新能源储能科技有限公司", parent_id=parent.id)
    assert (child.id, "同一集团，名称相近") in [(s.id, s.reason) for s in found]


def test_the_sound_of_a_name_is_kept_by_whoever_writes_it(world: World) -> None:
    made, _ = actions.register(world.actor("officer"), CompanyDraft("江苏启澜储能有限公司"))
    many = actions.insert_many(world.actor("officer"), [CompanyDraft("启澜储能一号有限公司")])
    sounds = db.session.scalars(select(Company.sound).order_by(Company.id)).all()
    assert sounds == ["qilanchuneng", "qilanchunengyihao"] and many
    actions.edit(world.actor("officer"), made, CompanyDraft("砚洲有限公司"))
    assert made.sound == "yanzhou"


# --- the group ----------------------------------------------------------------------------------------


def test_a_group_is_shown_from_its_top_in_a_fixed_number_of_statements(world: World, count_queries) -> None:
    top, other = world.company("启澜集团"), world.company("硕岑集团")
    middle = world.company("启澜控股一号", parent_id=top.id)
    low = [world.company(f"启澜子公司{n}", parent_id=middle.id) for n in range(9)]
    with count_queries() as statements:
        family = queries.family(low[3].id)
    assert len(statements) == 2 and family.tree is not None and not family.more
    assert (family.tree.name, [kin.name for kin in family.tree.children]) == ("启澜集团", ["启澜控股一号"])
    assert len(family.tree.children[0].children) == 9
    assert queries.family(other.id).tree is None
    assert queries.above(low[0].id) == [(middle.id, middle.name), (top.id, top.name)]


def test_a_circle_written_past_the_rules_ends(world: World) -> None:
    one, two = world.company("启澜集团"), world.company("硕岑集团")
    one.parent_id, two.parent_id = two.id, one.id
    db.session.flush()
    assert queries.family(one.id).tree is not None
    assert queries.above(one.id) == [(two.id, two.name)]


# --- pages --------------------------------------------------------------------------------------------


def test_the_page_leads_to_a_merge_or_tells_two_companies_apart(as_, world: World) -> None:
    one, two = world.company("启澜储能有限公司", zone_code="LYG-ETDZ"), world.company("江苏启澜储能有限公司")
    browser = as_("bureau")
    assert "/companies/duplicates" in browser.get("/companies").get_data(as_text=True)
    page = browser.get("/companies/duplicates").get_data(as_text=True)
    assert f"/companies/{one.id}/merge?other_id={two.id}" in page and "不是同一家" in page
    told = browser.post(
        f"/companies/{two.id}/not-same", data={"other": one.id, "by": "name"}, follow_redirects=True
    )
    assert "没有疑似重复的企业" in told.get_data(as_text=True)
    assert db.session.get(NotSame, (one.id, two.id)) is not None
    assert browser.post(f"/companies/{two.id}/not-same", data={}).status_code == 404
    for by in ("alias", "phone", "nonsense"):
        assert browser.get(f"/companies/duplicates?by={by}").status_code == 200


def test_a_company_shows_its_group(as_, world: World) -> None:
    top = world.company("启澜集团有限公司")
    child = world.company("启澜储能有限公司", parent_id=top.id)
    page = as_("officer").get(f"/companies/{child.id}").get_data(as_text=True)
    assert 'id="family"' in page and f'href="/companies/{top.id}"' in page and "本企业" in page
    assert 'id="family"' not in as_("officer").get(f"/companies/{world.company('独此一家').id}").get_data(
        as_text=True
    )
