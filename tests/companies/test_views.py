"""Pages of the register."""

import re

import pytest
from sqlalchemy import select

from crm.audit.models import AuditEvent
from crm.companies import actions, queries
from crm.companies.models import Company, CompanyLink, Contact
from crm.companies.rules import CompanyDraft, ContactDraft
from crm.core.db import db
from tests.factories import World

NUMBER = "13800002605"


@pytest.fixture
def known(world: World) -> Company:
    """A company linked by ETDZ and by XUWEI, each with a contact and notes of its own."""
    company, _ = actions.register(
        world.actor("officer"), CompanyDraft("启澜储能科技有限公司", short_name="启澜储能")
    )
    actions.register(world.actor("officer2"), CompanyDraft("启澜储能科技有限公司"))
    for login, name, phone in (("officer", "罗知衡", NUMBER), ("officer2", "许方舟", "13900001234")):
        actor = world.actor(login)
        link = queries.link_of(company.id, actor.zone_id)
        assert link is not None
        link.notes = f"{login}的备注"
        actions.add_contact(actor, company, ContactDraft(name, "董事长", phone, main=True))
    db.session.commit()
    return company


def _contact(name: str) -> Contact:
    return db.session.scalars(select(Contact).where(Contact.name == name)).one()


def test_the_list_shows_the_register_and_ones_own_link(as_, world: World, known: Company) -> None:
    world.company("未建联系有限公司")
    page = as_("officer").get("/companies").get_data(as_text=True)
    assert "启澜储能科技有限公司" in page and "未建联系有限公司" in page
    assert "未接触" in page and "陈思远" in page
    assert "officer的备注" not in page


def test_filters_stand_in_the_address_and_can_be_taken_off(as_, world: World, known: Company) -> None:
    world.company("硕岑硅材有限公司", region="江苏")
    page = as_("officer").get("/companies?q=启澜&linked=1").get_data(as_text=True)
    assert "启澜储能科技有限公司" in page and "硕岑硅材有限公司" not in page
    assert 'href="/companies?linked=1"' in page
    empty = as_("officer").get("/companies?q=没有这家").get_data(as_text=True)
    assert "没有符合条件的企业" in empty and "登记企业" in empty


def test_an_empty_register_says_what_to_do_next(as_) -> None:
    assert "导入企业名单" in as_("officer").get("/companies").get_data(as_text=True)
    assert "导入企业名单" not in as_("leader").get("/companies").get_data(as_text=True)


def test_the_list_pages_forward_by_keyset(as_, world: World) -> None:
    for n in range(53):
        world.company(f"翻页{n:02d}有限公司")
    first = as_("officer").get("/companies").get_data(as_text=True)
    following = re.search(r'href="(/companies\?[^"]*after=[^"]*)" rel="next"', first)
    assert following and "1–50，共53家" in first
    second = as_("officer").get(following[1].replace("&amp;", "&")).get_data(as_text=True)
    assert "51–53，共53家" in second and "翻页52有限公司" in second


@pytest.mark.parametrize(
    ("login", "sees", "not_sees"),
    [
        ("officer", ["officer的备注", "罗知衡", "138****2605"], ["officer2的备注", "许方舟"]),
        ("officer2", ["officer2的备注", "许方舟"], ["officer的备注", "罗知衡", "138****2605"]),
        ("bureau", ["officer的备注", "officer2的备注", "罗知衡", "许方舟"], []),
        ("leader", ["officer的备注", "罗知衡"], ["查看号码", "修改联系情况"]),
        ("county", [], ["officer的备注", "罗知衡", "登记企业"]),
        ("dept", [], ["officer的备注", "罗知衡"]),
    ],
)
def test_the_record_shows_what_is_within_reach(
    as_, known: Company, login: str, sees: list[str], not_sees: list[str]
) -> None:
    answer = as_(login).get(f"/companies/{known.id}")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200 and known.name in page
    for words in sees:
        assert words in page
    for words in [*not_sees, NUMBER, "13900001234"]:
        assert words not in page


def test_a_confidential_project_does_not_give_its_investor_away(as_, world: World, known: Company) -> None:
    open_one = world.project("LYG-ETDZ", name="公开的项目", investor=known)
    secret = world.project("LYG-ETDZ", name="保密的项目", investor=known, confidential=True)
    for project in (open_one, secret):
        db.session.add(
            AuditEvent(
                code="project.created",
                zone_id=project.zone_id,
                project_id=project.id,
                company_id=known.id,
                subject_label=project.code,
                subject_type="project",
                actor_name="某人",
            )
        )
    db.session.commit()
    officer = as_("officer").get(f"/companies/{known.id}").get_data(as_text=True)
    assert "公开的项目" in officer and "保密的项目" not in officer
    assert officer.count("新建项目，") + officer.count(">新建项目<") >= 1
    assert secret.code not in officer
    assert "保密的项目" in as_("chief").get(f"/companies/{known.id}").get_data(as_text=True)


def test_the_record_takes_a_fixed_number_of_statements(
    as_, world: World, known: Company, count_queries
) -> None:
    browser = as_("officer")
    browser.get(f"/companies/{known.id}")
    db.session.expire_all()
    with count_queries() as few:
        browser.get(f"/companies/{known.id}")
    officer = world.actor("officer")
    for n in range(12):
        actions.add_contact(officer, known, ContactDraft(f"人{n}", phone=f"138000011{n:02d}"))
        world.project("LYG-ETDZ", investor=known)
    db.session.commit()
    with count_queries() as many:
        browser.get(f"/companies/{known.id}")
    assert len(few) == len(many) <= 20


def test_a_company_is_registered_by_its_form(as_, world: World) -> None:
    answer = as_("officer").post(
        "/companies/new",
        data={
            "name": "硕岑硅材有限公司",
            "aliases": "硕岑、硕岑硅\n硕岑老厂",
            "registered_capital": "5000万",
        },
    )
    company = db.session.scalars(select(Company)).one()
    assert answer.status_code == 302 and answer.location == f"/companies/{company.id}"
    assert {a.alias for a in queries.aliases(company.id)} == {"硕岑", "硕岑硅", "硕岑老厂"}
    assert company.registered_capital == 5000
    again = as_("officer2").post("/companies/new", data={"name": "硕岑硅材有限公司"}, follow_redirects=True)
    assert "这家企业名录里已有" in again.get_data(as_text=True)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"name": ""}, "企业名称没有填"),
        ({"name": "甲有限公司", "uscc": "91320700MA1ABCDE19"}, "校验位不对"),
        ({"name": "甲有限公司", "founded_on": "2099-01-01"}, "成立日期不能晚于今天"),
        ({"name": "甲有限公司", "registered_capital": "-5"}, "不能为负"),
        ({"name": "甲有限公司", "parent": "没选的"}, "请从列表里选上级企业"),
        ({"name": "甲有限公司", "website": "javascript:alert(1)"}, "网址应以"),
    ],
)
def test_a_refusal_stands_beside_its_field_and_nothing_is_written(
    as_, data: dict[str, str], words: str
) -> None:
    answer = as_("officer").post("/companies/new", data=data)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422 and words in page
    assert "input-bad" in page
    assert db.session.scalars(select(Company)).all() == []


def test_a_name_being_typed_is_compared_with_the_register(as_, known: Company) -> None:
    page = as_("officer2").get("/companies/similar?name=启澜储能科技股份").get_data(as_text=True)
    assert known.name in page and "市开发区" not in page and "陈思远" not in page
    assert known.name not in as_("officer").get(
        f"/companies/similar?name=启澜储能&except={known.id}"
    ).get_data(as_text=True)
    assert known.name in as_("officer").get("/companies/new?name=启澜储能").get_data(as_text=True)


def test_a_group_another_name_and_ones_own_contacts_number_are_compared_too(
    as_, known: Company, world: World
) -> None:
    head, sister = world.company("沐峤集团有限公司"), world.company("启澜光伏有限公司")
    sister.parent_id = head.id
    actions.add_contact(world.actor("officer"), sister, ContactDraft("王总", phone="13957812046"))
    db.session.commit()
    officer = as_("officer")

    def shown(**asked: object) -> str:
        return officer.get("/companies/similar", query_string=asked).get_data(as_text=True)

    assert "像是同一集团" in shown(name="沐峤氢能有限公司")
    assert "名称相近，同一集团" in shown(name="启澜光伏电站有限公司", parent_id=head.id)
    assert "别名、曾用名相同" in shown(name="云杉有限公司", aliases="甲\n启澜光伏有限公司")
    for login, found in (("officer", True), ("officer2", False)):
        page = as_(login).post("/companies/similar", data={"contact_phone": "139 5781 2046"})
        assert ("联系电话相同" in page.get_data(as_text=True)) is found
        assert "13957812046" not in page.get_data(as_text=True)


def test_a_company_comes_with_its_contact_and_its_parent_by_name(as_, known: Company, world: World) -> None:
    """Without script a parent is named, not chosen."""
    form = {"name": "云杉有限公司", "parent": known.name, "contact": "王总", "contact_phone": "13957812046"}
    officer = as_("officer")
    for wrong, words in (({"contact": ""}, "请填联系人的姓名"), ({"contact_phone": "12"}, "电话")):
        answer = officer.post("/companies/new", data=form | wrong)
        assert answer.status_code == 422 and words in answer.get_data(as_text=True)
    assert officer.post("/companies/new", data=form).status_code == 302
    made = db.session.scalars(select(Company).where(Company.name == "云杉有限公司")).one()
    (person,) = queries.contacts(world.actor("officer"), made.id)
    assert (made.parent_id, person.name, person.phone_mask) == (known.id, "王总", "139****2046")
    again = officer.post(
        f"/companies/{known.id}/edit",
        data={"name": known.name, "parent": made.name, "version": known.version},
    )
    assert again.status_code == 422 and "不能是自己或自己的下级" in again.get_data(as_text=True)


def test_the_lookup_answers_the_type_ahead(as_, known: Company) -> None:
    assert as_("officer").get("/companies/lookup?q=qlcn").get_json() == [
        {"id": known.id, "label": known.name, "note": "已建联系"}
    ]
    assert as_("officer2").get("/companies/lookup?q=2605").get_json() == []


def test_two_people_saving_one_company_see_both_versions(as_, known: Company) -> None:
    form = as_("officer").get(f"/companies/{known.id}/edit").get_data(as_text=True)
    version = re.search(r'name="version"[^>]*value="(\d+)"', form)
    assert version
    mine = {"name": known.name, "short_name": "启澜", "industry": "储能", "version": version[1]}
    theirs = {"name": known.name, "short_name": "启澜储能", "industry": "新能源", "version": version[1]}
    assert as_("bureau").post(f"/companies/{known.id}/edit", data=theirs).status_code == 302
    answer = as_("officer").post(f"/companies/{known.id}/edit", data=mine)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "储能" in page and "新能源" in page and "用我填的保存" in page
    assert "周若岚" not in page, "another unit's people are not named"
    db.session.expire_all()
    assert db.session.get_one(Company, known.id).industry == "新能源"
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page))
    assert as_("officer").post(f"/companies/{known.id}/edit", data=hidden).status_code == 302
    db.session.expire_all()
    assert db.session.get_one(Company, known.id).industry == "储能"


def test_facts_the_form_does_not_show_survive_an_edit(as_, known: Company) -> None:
    known.registered_capital_text, known.industry_code = "300万美元", "C38"
    db.session.commit()
    form = as_("officer").get(f"/companies/{known.id}/edit").get_data(as_text=True)
    version = re.search(r'name="version"[^>]*value="(\d+)"', form)
    assert version
    as_("officer").post(
        f"/companies/{known.id}/edit", data={"name": known.name, "version": version[1], "city": "南京"}
    )
    db.session.expire_all()
    company = db.session.get_one(Company, known.id)
    assert (company.city, company.registered_capital_text, company.industry_code) == (
        "南京",
        "300万美元",
        "C38",
    )


def test_a_zone_links_itself_and_says_how_far_it_is(as_, world: World) -> None:
    company = world.company("凌汐海工有限公司")
    db.session.commit()
    browser = as_("officer")
    assert "建立联系" in browser.get(f"/companies/{company.id}").get_data(as_text=True)
    browser.post(f"/companies/{company.id}/link")
    link = db.session.scalars(select(CompanyLink).where(CompanyLink.company_id == company.id)).one()
    address = f"/companies/{company.id}/links/{link.id}"
    form = browser.get(address).get_data(as_text=True)
    assert "钟明远" in form and "许知夏" not in form
    node = queries.all_nodes()[0]
    data = {
        "progress": "talking",
        "owner_id": world.users["chief"].id,
        "nodes-0": node.id,
        "notes": "谈用地",
        "version": link.version,
    }
    assert browser.post(address, data=data).status_code == 302
    page = browser.get(f"/companies/{company.id}").get_data(as_text=True)
    assert "洽谈" in page and node.label in page and "谈用地" in page
    stale = browser.post(address, data={**data, "notes": "另一段"})
    assert stale.status_code == 409 and "谈用地" in stale.get_data(as_text=True)
    assert as_("officer2").get(address).status_code == 404
    assert as_("officer2").post(address, data=data).status_code == 404


def test_a_contact_is_added_changed_and_retired(as_, world: World, known: Company) -> None:
    browser, base = as_("officer"), f"/companies/{known.id}/contacts"
    assert browser.post(f"{base}/new", data={"name": "顾清和", "phone": "0518-85123456"}).status_code == 302
    contact = _contact("顾清和")
    page = browser.get(f"{base}/{contact.id}").get_data(as_text=True)
    assert "0518-****3456" in page and "85123456" not in page
    data = {"name": "顾清和", "post": "总经理", "version": contact.version}
    assert browser.post(f"{base}/{contact.id}", data=data).status_code == 302
    db.session.expire_all()
    assert (_contact("顾清和").post, _contact("顾清和").phone) == ("总经理", "0518-85123456")
    assert browser.post(f"{base}/{contact.id}", data=data).status_code == 409
    assert browser.post(f"{base}/{contact.id}/retire").status_code == 302
    assert "已停用" in browser.get(f"/companies/{known.id}").get_data(as_text=True)
    bad = browser.post(f"{base}/new", data={"name": "某某", "phone": "12345"})
    assert bad.status_code == 422 and "不是电话号码" in bad.get_data(as_text=True)


@pytest.mark.parametrize(
    ("login", "status"),
    [
        ("officer", 200),
        ("chief", 200),
        ("bureau", 200),
        ("officer2", 404),
        ("county", 403),
        ("leader", 403),
        ("dept", 403),
        ("specialist", 404),
    ],
)
def test_a_number_is_shown_by_a_logged_post_to_who_may_see_it(
    as_, known: Company, login: str, status: int
) -> None:
    contact = _contact("罗知衡")
    address = f"/companies/{known.id}/contacts/{contact.id}/reveal"
    answer = as_(login).post(address, headers={"HX-Request": "true"})
    assert answer.status_code == status
    assert (NUMBER in answer.get_data(as_text=True)) is (status == 200)
    logged = db.session.scalars(select(AuditEvent).where(AuditEvent.code == "contact.revealed")).all()
    assert [event.subject_id for event in logged] == ([contact.id] if status == 200 else [])
    assert as_(login).get(address).status_code == 405


def test_a_number_is_shown_without_script_too_and_only_that_one(as_, known: Company) -> None:
    contact = _contact("罗知衡")
    page = as_("bureau").post(f"/companies/{known.id}/contacts/{contact.id}/reveal").get_data(as_text=True)
    assert NUMBER in page and "13900001234" not in page


def test_a_contact_of_another_company_is_not_found_here(as_, world: World, known: Company) -> None:
    other = world.company()
    contact = _contact("罗知衡")
    db.session.commit()
    for method, address in (("get", ""), ("post", "/reveal"), ("post", "/retire")):
        assert (
            as_("officer")
            .open(f"/companies/{other.id}/contacts/{contact.id}{address}", method=method)
            .status_code
            == 404
        )


def test_who_only_reads_is_refused_to_write(as_, known: Company) -> None:
    for login in ("specialist", "county", "dept", "leader"):
        for address in (
            "/companies/new",
            f"/companies/{known.id}/edit",
            f"/companies/{known.id}/contacts/new",
        ):
            assert as_(login).get(address).status_code == 403
        assert as_(login).post(f"/companies/{known.id}/link").status_code == 403


def test_what_people_type_is_escaped(as_, world: World) -> None:
    evil = '<script>alert("x")</script>有限公司'
    as_("officer").post("/companies/new", data={"name": evil})
    company = db.session.scalars(select(Company)).one()
    for address in ("/companies", f"/companies/{company.id}", "/companies/similar?name=scriptalertx"):
        page = as_("officer").get(address).get_data(as_text=True)
        assert "<script>alert" not in page


def test_a_merged_company_sends_its_readers_on(as_, world: World, known: Company) -> None:
    gone = world.company("启澜旧名有限公司", merged_into_id=known.id)
    db.session.commit()
    answer = as_("officer").get(f"/companies/{gone.id}")
    assert (answer.status_code, answer.location) == (302, f"/companies/{known.id}")
