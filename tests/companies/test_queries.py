"""Lists, look-ups, matching and scope."""

import pytest

from crm.companies import actions, queries
from crm.companies.models import Company, CompanyLink, Contact
from crm.companies.naming import Wanted
from crm.companies.rules import CompanyDraft, ContactDraft, Filters, LinkDraft, LinkProgress
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.errors import Forbidden, NotFound, RuleBroken
from crm.core.paging import Window
from crm.projects.models import Grant
from crm.projects.rules import GrantLevel
from tests.factories import World


def _names(actor: Actor, sort: str = "name", **filters: object) -> list[str]:
    page = queries.page(actor, Filters(**filters), sort, Window())  # type: ignore[arg-type]
    assert page.total == len(page.items)
    return [row.name for row in page.items]


def _grant(world: World, project_id: int, login: str) -> None:
    db.session.add(
        Grant(
            project_id=project_id,
            user_id=world.users[login].id,
            level=GrantLevel.READ,
            source="assignment",
            starts_on=world.today,
        )
    )
    db.session.flush()


@pytest.fixture
def known(world: World) -> dict[str, Company]:
    """One company linked and known by ETDZ, XUWEI, a zone of 赣榆 and the city, each with a contact."""
    company = world.company("珩郅精机有限公司")
    for n, (login, zone) in enumerate(
        (("officer", "LYG-ETDZ"), ("officer2", "LYG-XUWEI"), ("bureau", "LYG-GANYU"), ("bureau", None))
    ):
        zone_id = world.zone(zone).id if zone else None
        actor = world.actor(login)
        actions.ensure_link(actor, company, zone_id)
        contact = actions.add_contact(actor, company, ContactDraft(f"人{n}", phone=f"1380000{n}{n}{n}{n}"))
        contact.zone_id = zone_id
    db.session.flush()
    return {"company": company}


ZONES = {"LYG-ETDZ", "LYG-XUWEI", "LYG-GANYU", None}


@pytest.mark.parametrize(
    ("login", "sees"),
    [
        ("officer", {"LYG-ETDZ"}),
        ("chief", {"LYG-ETDZ"}),
        ("officer2", {"LYG-XUWEI"}),
        ("county", {"LYG-GANYU"}),
        ("bureau", ZONES),
        ("bureau2", ZONES),
        ("leader", ZONES),
        ("specialist", set()),
        ("dept", set()),
        ("sysadmin", set()),
        ("secadmin", set()),
        ("auditor", set()),
    ],
)
def test_links_and_contacts_are_seen_within_reach(
    world: World, known: dict[str, Company], login: str, sees: set[str | None]
) -> None:
    actor, company = world.actor(login), known["company"]
    assert {row.zone_code for row in queries.links(actor, [company.id])} == sees
    ids = {world.zone(code).id if code else None for code in sees}
    assert {row.zone_id for row in queries.contacts(actor, company.id)} == ids
    for link in db.session.query(CompanyLink).filter_by(company_id=company.id):
        if link.zone_id in ids:
            assert queries.link(actor, link.id) is link
        else:
            with pytest.raises(NotFound):
                queries.link(actor, link.id)
    for contact in db.session.query(Contact).filter_by(company_id=company.id):
        found = [row.id for row in queries.contacts_by_phone(actor, contact.phone or "")]
        tail = [row.id for row in queries.contacts_by_phone(actor, (contact.phone or "")[-4:])]
        assert found == tail == ([contact.id] if contact.zone_id in ids else [])
        if contact.zone_id not in ids:
            with pytest.raises(NotFound):
                queries.contact(actor, contact.id)


@pytest.mark.parametrize("login", ["specialist", "dept"])
def test_an_assigned_role_reaches_the_links_behind_its_projects_only(
    world: World, known: dict[str, Company], login: str
) -> None:
    actor, company = world.actor(login), known["company"]
    project = world.project("LYG-ETDZ", investor=company)
    world.project("LYG-XUWEI", investor=company)
    assert queries.links(actor, [company.id]) == []
    _grant(world, project.id, login)
    assert [row.zone_code for row in queries.links(actor, [company.id])] == ["LYG-ETDZ"]
    assert [row.name for row in queries.contacts(actor, company.id)] == ["人0"]
    other = world.company("另一家有限公司", zone_code="LYG-ETDZ")
    assert queries.links(actor, [other.id]) == []


def test_administrators_do_not_read_the_register(world: World, known: dict[str, Company]) -> None:
    for login in ("sysadmin", "secadmin", "auditor"):
        with pytest.raises(NotFound):
            queries.find(world.actor(login), known["company"].id)
        with pytest.raises(Forbidden):
            queries.page(world.actor(login), Filters(), "name", Window())


def test_the_register_is_read_by_every_business_role(world: World, known: dict[str, Company]) -> None:
    for login in ("officer", "officer2", "specialist", "chief", "county", "dept", "bureau", "leader"):
        assert queries.find(world.actor(login), known["company"].id) is known["company"]
        assert known["company"].name in _names(world.actor(login))


def test_a_merged_company_leads_to_the_one_that_took_it_over(world: World) -> None:
    kept, gone = world.company("留下有限公司"), world.company("并入有限公司")
    gone.merged_into_id = kept.id
    db.session.flush()
    assert queries.find(world.actor("officer"), gone.id) is kept
    assert _names(world.actor("officer")) == ["留下有限公司"]


@pytest.mark.parametrize(
    "query",
    [
        "澄崖光电",
        "崖光",
        "cygd",
        "chengya",
        "光电 连云",
        "澄崖老厂",
        "sz.300750",
        "300750",
        "91320700",
        "ＣＹＧＤ",
    ],
)
def test_a_company_is_found_by_whatever_it_is_known_by(world: World, query: str) -> None:
    officer = world.actor("officer")
    draft = CompanyDraft(
        "连云港澄崖光电有限公司",
        code="91320700MA1ABCDE1" + _digit("91320700MA1ABCDE1"),
        short_name="澄崖光电",
        listed_code="300750.SZ",
        aliases=("澄崖老厂",),
    )
    company, _ = actions.register(officer, draft)
    world.company("硕岑硅材有限公司")
    if query != "sz.300750":
        assert _names(officer, q=query) == [company.name]
        assert [hit.id for hit in queries.lookup(officer, query)] == [company.id]


def _digit(body: str) -> str:
    from stdnum.cn import uscc

    return str(uscc.calc_check_digit(body))


def test_filters_narrow_and_link_filters_look_at_ones_own_links(world: World) -> None:
    officer, other = world.actor("officer"), world.actor("officer2")
    one = world.company("甲化工有限公司", region="江苏", city="连云港", industry="化工", zone_code="LYG-ETDZ")
    world.company("乙化工有限公司", region="江苏", city="南通", industry="化工", zone_code="LYG-XUWEI")
    world.company("丙贸易有限公司", region="浙江", industry="贸易")
    assert (
        _names(officer, region="江苏") == ["甲化工有限公司", "乙化工有限公司"]
        or len(_names(officer, region="江苏")) == 2
    )
    assert _names(officer, city="南通") == ["乙化工有限公司"]
    assert _names(officer, industry="贸易") == ["丙贸易有限公司"]
    assert _names(officer, linked=True) == [one.name]
    link = queries.link_of(one.id, officer.zone_id)
    assert link is not None
    nodes = queries.all_nodes()
    actions.edit_link(officer, link, LinkDraft(LinkProgress.TALKING, officer.user_id, "", (nodes[0].id,)))
    for filters in (
        {"progress": LinkProgress.TALKING},
        {"owner_id": officer.user_id},
        {"node": nodes[0].code},
        {"node": nodes[0].chain_code},
    ):
        assert _names(officer, **filters) == [one.name]
        assert _names(other, **filters) == [], "another zone's link shows in no filter"
    assert queries.progress_counts(officer) == {LinkProgress.TALKING: 1}
    assert queries.progress_counts(other) == {LinkProgress.UNTOUCHED: 1}


@pytest.mark.parametrize("sort", ["name", "-name", "updated", "-updated"])
def test_pages_follow_each_other_without_gap_or_repeat(world: World, sort: str) -> None:
    officer = world.actor("officer")
    ids = {world.company(f"翻页{n % 4}有限公司").id for n in range(11)}
    seen: list[int] = []
    after, pages = None, 0
    while True:
        page = queries.page(officer, Filters(), sort, Window(per_page=3, after=after))
        seen += [row.id for row in page.items]
        pages += 1
        after = page.next_token
        if after is None:
            break
    assert (pages, page.total) == (4, 11)
    assert len(seen) == len(set(seen)) and set(seen) == ids
    whole = [row.id for row in queries.page(officer, Filters(), sort, Window(per_page=50)).items]
    assert seen == whole
    second = queries.page(officer, Filters(), sort, Window(per_page=3, page=2))
    assert [row.id for row in second.items] == whole[3:6]


def test_an_unknown_order_or_place_is_refused_in_words(world: World) -> None:
    with pytest.raises(RuleBroken, match="排序"):
        queries.page(world.actor("officer"), Filters(), "phone", Window())
    with pytest.raises(RuleBroken, match="翻页"):
        queries.page(world.actor("officer"), Filters(), "updated", Window(after="bm90IGEgdG9rZW4"))


def test_a_list_takes_four_statements_at_any_size(world: World, count_queries) -> None:
    officer = world.actor("officer")
    for n in range(3):
        world.company(f"计数{n}有限公司", zone_code="LYG-ETDZ")
    with count_queries() as few:
        queries.page(officer, Filters(), "name", Window())
    for n in range(40):
        world.company(f"计数又{n}有限公司", zone_code="LYG-ETDZ")
    with count_queries() as many:
        queries.page(officer, Filters(), "name", Window())
    assert len(few) == len(many) == 4


def test_the_lookup_puts_ones_own_first_then_what_begins_with_the_words(world: World) -> None:
    officer = world.actor("officer")
    world.company("江苏澄崖化工有限公司")
    begins = world.company("澄崖国际贸易有限公司")
    own = world.company("连云港澄崖新材料股份有限公司", zone_code="LYG-ETDZ")
    world.company("澄崖贸易有限公司", zone_code="LYG-XUWEI")
    hits = queries.lookup(officer, "澄崖")
    assert hits[0].id == own.id and "已建联系" in hits[0].note
    assert begins.id in [hit.id for hit in hits[1:3]]
    assert all("已建联系" not in hit.note for hit in hits[1:]), "another zone's link is not told"
    assert queries.lookup(officer, "澄") == [] and queries.lookup(officer, " ") == []


def test_the_lookup_finds_a_contact_by_the_tail_in_the_own_zone_only(world: World) -> None:
    company = world.company("启澜储能有限公司")
    actions.add_contact(world.actor("officer"), company, ContactDraft("罗知衡", phone="13800002605"))
    hits = queries.lookup(world.actor("officer"), "2605")
    assert [(hit.id, hit.note) for hit in hits] == [(company.id, "罗知衡 138****2605")]
    assert queries.lookup(world.actor("officer2"), "2605") == []
    assert [hit.id for hit in queries.lookup(world.actor("bureau"), "138 0000 2605")] == [company.id]


# --- matching ---------------------------------------------------------------------------------------


def test_many_rows_are_matched_in_few_statements(world: World, count_queries) -> None:
    bureau = world.actor("bureau")
    ids = actions.insert_many(
        bureau, [CompanyDraft(f"批量{n}号材料有限公司", short_name=f"批{n}材") for n in range(1500)]
    )
    rows = [Wanted(f"批量{n}号材料有限公司") for n in range(1500)]
    rows += [Wanted("批7材"), Wanted("没有这家有限公司"), Wanted("")]
    with count_queries() as statements:
        found = queries.match_many(rows)
    assert [found[n] for n in range(1500)] == ids
    assert found[1500] == ids[7]
    assert 1501 not in found and 1502 not in found
    assert len(statements) == 6, "three for each thousand"


def test_codes_match_before_names(world: World) -> None:
    one = "91320700MA1ABCDE1" + _digit("91320700MA1ABCDE1")
    two = "91320700MA1ABCDE2" + _digit("91320700MA1ABCDE2")
    a, b = (
        world.company("恒达贸易有限公司", uscc=one),
        world.company("恒达商贸有限公司", old_reg_no="320700000000001"),
    )
    rows = [
        Wanted("随便什么", uscc=one),
        Wanted("恒达贸易有限公司", uscc=two),
        Wanted("恒达商行", old_reg_no="320700000000001"),
        Wanted("恒达贸易有限公司"),
    ]
    assert queries.match_many(rows) == {0: a.id, 2: b.id, 3: a.id}


@pytest.mark.parametrize(
    ("name", "code", "reason"),
    [
        ("随便什么有限公司", "91320700MA1ABCDE1", "信用代码相同"),
        ("盛澜石化", "", "名称相同"),
        ("盛澜石化（集团）有限公司", "", "名称相同"),
        ("东方盛澜", "", "别名相同"),
        ("盛蓝石化有限公司", "", "读音相同"),
        ("圣澜石化有限公司", "", "读音相同"),
        ("盛和石化有限公司", "", "名称相近"),
        ("盛澜炼化石化有限公司", "", "名称相近"),
    ],
)
def test_possible_duplicates_say_why(world: World, name: str, code: str, reason: str) -> None:
    body = "91320700MA1ABCDE1"
    draft = CompanyDraft("江苏盛澜石化有限公司", code=body + _digit(body), aliases=("东方盛澜",))
    company, _ = actions.register(world.actor("officer2"), draft)
    world.company("恒达贸易有限公司")
    found = queries.possible_duplicates(name, code + _digit(code) if code else "")
    assert [(item.id, item.reason) for item in found] == [(company.id, reason)]
    assert queries.possible_duplicates(name, "", other_than=company.id) == []


def test_nothing_is_like_an_empty_name(world: World) -> None:
    world.company("恒达贸易有限公司")
    assert queries.possible_duplicates("", "") == []
    assert queries.possible_duplicates("圆", "短") == []


def test_a_likeness_is_looked_for_in_a_fixed_number_of_statements(world: World, count_queries) -> None:
    for n in range(30):
        world.company(f"盛澜石化{n}有限公司")
    with count_queries() as statements:
        found = queries.possible_duplicates("盛澜石化有限公司")
    assert len(found) == 8
    assert len(statements) == 5
