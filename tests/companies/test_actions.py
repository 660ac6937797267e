"""Registering, editing, linking, contacts."""

from dataclasses import replace

import pytest
from sqlalchemy import func, select

from crm.audit.models import AuditEvent
from crm.companies import actions, queries
from crm.companies.models import Company, CompanyAlias, CompanyLink, Contact
from crm.companies.rules import CompanyDraft, ContactDraft, LinkDraft, LinkProgress
from crm.core import search
from crm.core.db import db
from crm.core.errors import Forbidden, RuleBroken
from tests.factories import World

CODE = "91320700MA1N0QHX52"


def _uscc(world: World) -> str:
    from stdnum.cn import uscc

    body = "91320700MA1ABCDE1"
    return body + uscc.calc_check_digit(body)


def _events(code: str) -> list[AuditEvent]:
    return list(db.session.scalars(select(AuditEvent).where(AuditEvent.code == code).order_by(AuditEvent.id)))


def test_a_new_company_is_registered_and_linked_to_the_own_zone(world: World) -> None:
    officer = world.actor("officer")
    draft = CompanyDraft(
        "连云港澄崖光电有限公司", code=_uscc(world), short_name="澄崖光电", aliases=("澄崖",)
    )
    company, created = actions.register(officer, draft)
    assert created
    assert (company.key, company.loose_key) == ("连云港澄崖光电有限公司", "澄崖光电")
    assert (company.name, company.uscc) == ("连云港澄崖光电有限公司", _uscc(world))
    link = queries.link_of(company.id, officer.zone_id)
    assert link is not None and link.owner_id == officer.user_id
    assert {a.alias for a in queries.aliases(company.id)} == {"澄崖光电", "澄崖"}
    assert [e.company_id for e in _events("company.created")] == [company.id]


def test_a_known_company_gets_a_link_and_is_never_refused(world: World) -> None:
    first, _ = actions.register(
        world.actor("officer"), CompanyDraft("江苏启澜储能科技有限公司", code=_uscc(world))
    )
    for name in ("江苏启澜储能科技有限公司", "江苏 启澜储能科技有限公司", "启澜储能科技"):
        again, created = actions.register(world.actor("officer2"), CompanyDraft(name))
        assert (again.id, created) == (first.id, False)
    renamed, created = actions.register(
        world.actor("bureau"), CompanyDraft("启澜新名有限公司", code=_uscc(world))
    )
    assert (renamed.id, created) == (first.id, False)
    zones = set(db.session.scalars(select(CompanyLink.zone_id).where(CompanyLink.company_id == first.id)))
    assert zones == {world.actor("officer").zone_id, world.actor("officer2").zone_id, None}


def test_a_known_company_takes_a_code_it_lacked(world: World) -> None:
    company, _ = actions.register(world.actor("officer"), CompanyDraft("凌汐海工装备有限公司"))
    same, created = actions.register(
        world.actor("officer2"), CompanyDraft("凌汐海工装备有限公司", code=_uscc(world))
    )
    assert (same.id, created, same.uscc) == (company.id, False, _uscc(world))
    assert _uscc(world).lower() in same.search_text


def test_another_code_under_the_same_name_is_another_company(world: World) -> None:
    officer = world.actor("officer")
    one, _ = actions.register(officer, CompanyDraft("恒达贸易有限公司", code=_uscc(world)))
    other, created = actions.register(officer, CompanyDraft("恒达贸易有限公司", code="320700000123456"))
    assert not created and other.id == one.id, "an old number says nothing against a new code"
    third, created = actions.register(
        officer, CompanyDraft("恒达贸易有限公司", code="91320700MA1ABCDE2" + _check())
    )
    assert created and third.id != one.id


def _check() -> str:
    from stdnum.cn import uscc

    return uscc.calc_check_digit("91320700MA1ABCDE2")


@pytest.mark.parametrize(
    ("draft", "field", "words"),
    [
        (CompanyDraft(" "), "name", "没有填"),
        (CompanyDraft("某某有限公司", code="91320700MA1ABCDE19"), "uscc", "校验位"),
        (CompanyDraft("某某有限公司", code="123"), "uscc", "18 位"),
        (CompanyDraft("某" * 201), "name", "200"),
        (CompanyDraft("某某有限公司", website="javascript:alert(1)"), "website", "http"),
    ],
)
def test_facts_that_cannot_be_are_refused_beside_their_field(
    world: World, draft: CompanyDraft, field: str, words: str
) -> None:
    with pytest.raises(RuleBroken) as refusal:
        actions.register(world.actor("officer"), draft)
    assert refusal.value.field == field
    assert words in refusal.value.message


def test_who_neither_writes_nor_visits_registers_nothing(world: World) -> None:
    with pytest.raises(Forbidden):
        actions.register(world.actor("leader"), CompanyDraft("某某有限公司"))


def test_an_edit_leaves_what_was_in_the_audit_and_is_found_by_the_new_name(world: World) -> None:
    officer = world.actor("officer")
    company, _ = actions.register(officer, CompanyDraft("硕岑硅材有限公司", aliases=("硕岑",)))
    draft = actions.draft_of(company, queries.aliases(company.id))
    actions.edit(officer, company, replace(draft, name="硕岑新材料有限公司", aliases=("硕岑", "硕岑硅材")))
    event = _events("company.edited")[-1]
    assert event.diff["name"] == ["硕岑硅材有限公司", "硕岑新材料有限公司"]
    assert event.diff["aliases"] == ["硕岑", "硕岑、硕岑硅材"]
    assert [hit.id for hit in queries.lookup(officer, "scxcl")] == [company.id]
    assert [hit.id for hit in queries.lookup(officer, "硕岑硅材")] == [company.id]


def test_an_edit_that_changes_nothing_leaves_no_trace(world: World) -> None:
    officer = world.actor("officer")
    company, _ = actions.register(officer, CompanyDraft("华岳新材料有限公司"))
    actions.edit(officer, company, actions.draft_of(company, queries.aliases(company.id)))
    assert _events("company.edited") == []


def test_a_code_of_another_company_is_refused_by_that_companys_name(world: World) -> None:
    officer = world.actor("officer")
    actions.register(officer, CompanyDraft("铭屿叶片有限公司", code=_uscc(world)))
    company, _ = actions.register(officer, CompanyDraft("珩郅精机有限公司"))
    draft = actions.draft_of(company, ())
    with pytest.raises(RuleBroken, match="铭屿叶片有限公司") as refusal:
        actions.edit(officer, company, replace(draft, code=_uscc(world)))
    assert refusal.value.field == "uscc"


def test_a_company_never_stands_above_itself(world: World) -> None:
    officer = world.actor("officer")
    top, middle = world.company("沐峤集团有限公司"), world.company("沐峤氢能有限公司")
    middle.parent_id = top.id
    db.session.flush()
    low = middle
    for number in range(15):
        low, above = world.company(f"沐峤第{number}公司"), low
        low.parent_id = above.id
    merged = world.company("沐峤旧档有限公司")
    merged.merged_into_id = low.id
    db.session.flush()
    for parent in (top, middle, low, merged):
        with pytest.raises(RuleBroken, match="上级企业") as refusal:
            actions.edit(officer, top, replace(actions.draft_of(top, ()), parent_id=parent.id))
        assert refusal.value.field == "parent"
    made, _ = actions.register(officer, CompanyDraft("沐峤新企业有限公司", parent_id=merged.id))
    assert made.parent_id == low.id, "a merged entry stands for the one that has it"


def test_linking_twice_makes_one_link(world: World) -> None:
    company = world.company("朔汀制氢有限公司")
    for login in ("officer", "officer", "bureau", "bureau"):
        actions.link(world.actor(login), company)
    count = select(func.count()).select_from(CompanyLink).where(CompanyLink.company_id == company.id)
    assert db.session.scalar(count) == 2
    assert len(_events("company.linked")) == 2


def test_a_link_holds_progress_owner_notes_and_nodes(world: World) -> None:
    from crm.chains.models import ChainNode

    officer, chief = world.actor("officer"), world.users["chief"]
    company = world.company("东麓复材有限公司", zone_code="LYG-ETDZ")
    link = queries.link_of(company.id, officer.zone_id)
    assert link is not None
    nodes = tuple(db.session.scalars(select(ChainNode.id).order_by(ChainNode.id).limit(2)))
    actions.edit_link(officer, link, LinkDraft(LinkProgress.TALKING, chief.id, "谈到选址", nodes, "展会"))
    row = queries.links(officer, [company.id])[0]
    assert (row.progress, row.owner, row.notes) == (LinkProgress.TALKING, "钟明远", "谈到选址")
    assert {node.id for node in queries.nodes([link.id])[link.id]} == set(nodes)
    assert _events("company.link_edited")[-1].diff["progress"] == ["untouched", "talking"]
    version = link.version
    actions.edit_link(officer, link, LinkDraft(LinkProgress.TALKING, chief.id, "谈到选址", nodes[:1], "展会"))
    assert link.version == version + 1, "a change of nodes alone is a change of the link"


def test_the_owner_of_a_link_holds_a_post_in_the_zone(world: World) -> None:
    officer = world.actor("officer")
    company = world.company("", zone_code="LYG-ETDZ")
    link = queries.link_of(company.id, officer.zone_id)
    assert link is not None
    with pytest.raises(RuleBroken, match="责任人") as refusal:
        actions.edit_link(officer, link, LinkDraft(owner_id=world.users["officer2"].id))
    assert refusal.value.field == "owner_id"


@pytest.mark.parametrize(
    ("before", "at_least", "after"),
    [
        (LinkProgress.UNTOUCHED, LinkProgress.CONTACTED, LinkProgress.CONTACTED),
        (LinkProgress.TALKING, LinkProgress.CONTACTED, LinkProgress.TALKING),
        (LinkProgress.GIVEN_UP, LinkProgress.CONTACTED, LinkProgress.CONTACTED),
    ],
)
def test_a_visit_moves_a_link_forward_and_never_back(
    world: World, before: LinkProgress, at_least: LinkProgress, after: LinkProgress
) -> None:
    officer = world.actor("officer")
    company = world.company("", zone_code="LYG-ETDZ")
    link = queries.link_of(company.id, officer.zone_id)
    assert link is not None
    link.progress = before
    assert actions.ensure_link(officer, company, officer.zone_id, at_least).progress is after


def test_a_contacts_number_is_sealed_masked_and_absent_from_the_audit(world: World) -> None:
    officer = world.actor("officer")
    company = world.company()
    contact = actions.add_contact(
        officer, company, ContactDraft("罗知衡", "董事长", "138 0000 2605", main=True)
    )
    actions.edit_contact(officer, contact, ContactDraft("罗知衡", "董事长", "13900001234"))
    db.session.commit()
    stored = db.session.execute(select(Contact.__table__.c.phone_mask)).scalar_one()
    raw = db.session.connection().exec_driver_sql("SELECT phone FROM contacts").scalar_one()
    assert stored == "139****1234" and "13900001234" not in raw
    everything = "".join(
        str((e.diff, e.note, e.subject_label)) for e in db.session.scalars(select(AuditEvent))
    )
    assert "13800002605" not in everything and "13900001234" not in everything and "1234" not in everything
    assert _events("contact.edited")[-1].diff["phone"] == ["原号码", "新号码"]
    assert actions.reveal_phone(officer, contact) == "13900001234"
    assert [e.subject_id for e in _events("contact.revealed")] == [contact.id]


def test_leaving_the_phone_alone_keeps_it_and_an_empty_one_clears_it(world: World) -> None:
    officer = world.actor("officer")
    contact = actions.add_contact(officer, world.company(), ContactDraft("顾清和", phone="0518-85123456"))
    actions.edit_contact(officer, contact, ContactDraft("顾清和", "总经理", None))
    assert contact.phone == "0518-85123456"
    actions.edit_contact(officer, contact, ContactDraft("顾清和", "总经理", ""))
    assert (contact.phone, contact.phone_mask, contact.phone_hash) == (None, "", None)
    with pytest.raises(RuleBroken, match="没有登记"):
        actions.reveal_phone(officer, contact)


def test_one_main_contact_a_zone(world: World) -> None:
    company = world.company()
    first = actions.add_contact(world.actor("officer"), company, ContactDraft("甲", main=True))
    other_zone = actions.add_contact(world.actor("officer2"), company, ContactDraft("乙", main=True))
    actions.add_contact(world.actor("officer"), company, ContactDraft("丙", main=True))
    db.session.expire_all()
    assert (first.main, other_zone.main) == (False, True)


def test_a_retired_contact_stays_on_record(world: World) -> None:
    officer = world.actor("officer")
    contact = actions.add_contact(officer, world.company(), ContactDraft("丁", phone="13800001111"))
    actions.retire_contact(officer, contact)
    actions.retire_contact(officer, contact)
    assert not contact.active and len(_events("contact.removed")) == 1
    assert queries.contacts_by_phone(officer, "1111") == []


def test_thousands_come_in_a_few_statements_with_keys_and_search(world: World, count_queries) -> None:
    bureau = world.actor("bureau")
    drafts = [
        CompanyDraft(
            f"江苏批量{n}号新材料有限公司", short_name=f"批量{n}号", listed_code="sh.600000" if n == 7 else ""
        )
        for n in range(1200)
    ]
    zone_id = world.actor("officer").zone_id
    with count_queries() as statements:
        ids = actions.insert_many(bureau, drafts, batch_id=None)
        linked = actions.link_many(bureau, zone_id, ids)
    assert len(ids) == len(set(ids)) == 1200 and linked == ids
    assert len(statements) == 10, "five for each thousand: ids, companies, aliases; links there, links made"
    found = db.session.scalars(select(Company).where(Company.id == ids[7])).one()
    assert (found.name, found.loose_key, found.listed_code) == (
        "江苏批量7号新材料有限公司",
        "批量7号新材料",
        "600000",
    )
    assert (found.search_tokens, found.search_text) == search.columns(
        found.name, found.short_name, found.listed_code
    )
    assert db.session.scalar(select(func.count()).select_from(CompanyAlias)) == 1200
    assert actions.link_many(bureau, zone_id, ids[:5]) == []
    more, created = actions.register(bureau, CompanyDraft("批量之后有限公司"))
    assert created and more.id > max(ids)
