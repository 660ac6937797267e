"""Two entries of one company: merged with everything that hangs on them, and apart again."""

from datetime import UTC, datetime
from decimal import Decimal
from random import Random

import pytest
from sqlalchemy import func, select

from crm.audit.models import AuditEvent
from crm.chains.models import ChainNode
from crm.companies import actions, naming, queries, rules
from crm.companies.models import Company, CompanyAlias, CompanyLink, Contact, LinkNode
from crm.companies.rules import CompanyDraft, ContactDraft, LinkProgress
from crm.core.db import db
from crm.core.errors import Conflict, Forbidden, NotFound, RuleBroken
from crm.demo.firms import uscc
from crm.followups.models import Followup
from crm.projects.models import Project
from crm.visits.models import Visit
from tests.factories import World

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
CODE = "91350100M000100Y43"


def _entry(world: World, login: str, name: str, **values: object) -> Company:
    company, _ = actions.register(world.actor(login), CompanyDraft(name, **values))  # type: ignore[arg-type]
    return company


@pytest.fixture
def pair(world: World) -> tuple[Company, Company]:
    """(kept, gone): ETDZ has a link to both, XUWEI to the second only; a project and contacts hang on the second."""
    kept = _entry(world, "officer", "启澜储能科技有限公司", short_name="启澜储能", region="江苏")
    gone = _entry(
        world, "officer2", "启澜储能（连云港）科技有限公司", code=CODE, short_name="启澜", city="连云港"
    )
    actions.link(world.actor("officer"), gone)
    actions.add_contact(world.actor("officer"), kept, ContactDraft("罗知衡", main=True))
    actions.add_contact(world.actor("officer"), gone, ContactDraft("许方舟", phone="13900001234", main=True))
    link = queries.link_of(gone.id, world.actor("officer").zone_id)
    assert link is not None
    link.progress, link.notes = LinkProgress.TALKING, "已谈两次"
    node = db.session.scalars(select(ChainNode.id).order_by(ChainNode.id).limit(1)).one()
    db.session.add(LinkNode(link_id=link.id, node_id=node))
    world.project("LYG-ETDZ", name="储能电池项目", investor=gone)
    db.session.commit()
    return kept, gone


def _merge(world: World, pair: tuple[Company, Company]) -> int:
    made = actions.merge(world.actor("bureau"), *pair, "同一信用代码", NOW)
    db.session.commit()
    return made.id


def test_everything_that_points_at_the_merged_entry_follows(world: World, pair) -> None:
    kept, gone = pair
    _merge(world, pair)
    assert gone.merged_into_id == kept.id and queries.find(world.actor("officer"), gone.id) is kept
    assert db.session.scalar(select(Project.company_id).where(Project.name == "储能电池项目")) == kept.id
    people = db.session.scalars(select(Contact).where(Contact.company_id == kept.id)).all()
    assert {p.name: p.main for p in people} == {"罗知衡": True, "许方舟": False}


def test_no_foreign_key_is_left_pointing_at_the_merged_entry(world: World, pair) -> None:
    """Whatever feature comes later: what may follow has followed, what stays met a row of the kept entry."""
    _, gone = pair
    _merge(world, pair)
    for column in queries.columns_to("companies"):
        left = db.session.scalar(select(func.count()).select_from(column.table).where(column == gone.id))
        assert left == (1 if str(column) == "company_links.company_id" else 0), column


def test_whatever_a_merge_moves_has_a_word_of_its_own(world: World) -> None:
    assert not [c for c in queries.columns_to("companies") if rules.moved_label(str(c)) == "其他记录"]
    named = {str(c) for table in db.metadata.sorted_tables for c in table.c if c.name.endswith("company_id")}
    told = {"audit_events.company_id"}
    assert named - {str(c) for c in queries.columns_to("companies")} == told, (
        "a foreign key, so that it moves"
    )


def test_links_of_one_zone_are_folded_and_other_zones_links_follow(world: World, pair) -> None:
    kept, gone = pair
    zone, other = (world.actor(login).zone_id for login in ("officer", "officer2"))
    _merge(world, pair)
    link = queries.link_of(kept.id, zone)
    assert link is not None and link.progress is LinkProgress.TALKING and "已谈两次" in link.notes
    assert queries.nodes([link.id])[link.id]
    assert queries.link_of(kept.id, other) is not None and queries.link_of(gone.id, other) is None
    assert queries.link_of(gone.id, zone) is not None, "the folded link stays on the merged entry"


def test_blank_facts_are_filled_and_the_code_moves(world: World, pair) -> None:
    kept, gone = pair
    _merge(world, pair)
    assert (kept.uscc, gone.uscc, kept.city, kept.region) == (CODE, None, "连云港", "江苏")


def test_the_kept_entry_is_found_by_the_names_of_the_other(world: World, pair) -> None:
    kept, gone = pair
    _merge(world, pair)
    assert {a.alias for a in queries.aliases(kept.id)} >= {gone.name, "启澜储能", "启澜"}
    assert queries.match_many([naming.Wanted("启澜储能（连云港）科技有限公司")]) == {0: kept.id}
    assert [hit.id for hit in queries.lookup(world.actor("officer"), "启澜储能连云港")] == [kept.id]
    edited = actions.draft_of(kept, queries.aliases(kept.id))
    actions.edit(world.actor("bureau"), kept, edited)
    assert {a.alias for a in queries.aliases(kept.id)} >= {gone.name, "启澜"}, "an edit keeps them"


def test_the_kept_company_tells_what_happened_to_the_merged_one(world: World, pair) -> None:
    kept, _ = pair
    _merge(world, pair)
    told = [event.title for event in queries.events(world.actor("bureau"), kept.id, [])]
    assert told.count("登记企业") == 2 and "合并进一家企业" in told
    codes = set(db.session.scalars(select(AuditEvent.code).where(AuditEvent.code.like("company.merged%"))))
    assert codes == {"company.merged", "company.merged_away"}


def _picture() -> dict[str, object]:
    """The rows a merge touches, without what the passing of time changes."""
    skip = {"updated_at", "version"}
    found: dict[str, object] = {}
    for model in (Company, CompanyAlias, CompanyLink, LinkNode, Contact, Project, Visit, Followup):
        table = model.__table__
        columns = [c for c in table.c if c.name not in skip]
        found[table.name] = sorted(map(str, db.session.execute(select(*columns)).all()))
    return found


def test_an_undo_brings_everything_back(world: World, pair) -> None:
    before = _picture()
    made = queries.merge(_merge(world, pair))
    assert _picture() != before
    undone = actions.undo_merge(world.actor("bureau"), made, NOW)
    db.session.commit()
    assert not undone.left
    assert _picture() == before
    assert made.undone_at == NOW


def test_an_undo_leaves_what_was_saved_since_and_says_so(world: World, pair) -> None:
    kept, gone = pair
    made = queries.merge(_merge(world, pair))
    project = db.session.scalars(select(Project).where(Project.name == "储能电池项目")).one()
    project.name = "储能电池二期"
    link = queries.link_of(kept.id, world.actor("officer").zone_id)
    assert link is not None
    link.notes = "合并后写的"
    kept.city = "南京"
    db.session.commit()
    undone = actions.undo_merge(world.actor("bureau"), made, NOW)
    db.session.commit()
    assert undone.left == {"项目": 1, "板块联系": 1, "城市": 1}
    assert project.company_id == kept.id and link.notes == "合并后写的"
    assert (kept.uscc, gone.uscc, kept.city) == (None, CODE, "南京")


def test_a_merge_of_a_merge_is_taken_back_in_order(world: World, pair) -> None:
    kept, gone = pair
    third = _entry(world, "bureau", "硕岑新材料有限公司")
    first = queries.merge(_merge(world, pair))
    second = queries.merge(_merge(world, (third, kept)))
    assert gone.merged_into_id == third.id and queries.taken_in(third.id) == [kept.id, gone.id]
    with pytest.raises(Conflict, match="先撤销后来的"):
        actions.undo_merge(world.actor("bureau"), first, NOW)
    assert not actions.undo_merge(world.actor("bureau"), second, NOW).left
    assert gone.merged_into_id == kept.id and kept.merged_into_id is None
    assert not actions.undo_merge(world.actor("bureau"), first, NOW).left
    assert gone.uscc == CODE and gone.merged_into_id is None
    with pytest.raises(Conflict, match="已经撤销"):
        actions.undo_merge(world.actor("bureau"), first, NOW)


def test_refusals_say_why(world: World, pair) -> None:
    kept, gone = pair
    bureau = world.actor("bureau")
    with pytest.raises(RuleBroken, match="同一条档案"):
        actions.merge(bureau, kept, kept, "重复", NOW)
    with pytest.raises(RuleBroken, match="合并原因"):
        actions.merge(bureau, kept, gone, " ", NOW)
    other = _entry(world, "bureau", "砚洲半导体有限公司", code=uscc(Random(7)))
    with pytest.raises(RuleBroken, match="信用代码不同"):
        actions.merge(bureau, other, gone, "重复", NOW)
    with pytest.raises(Forbidden):
        actions.merge(world.actor("chief"), kept, gone, "重复", NOW)
    _merge(world, pair)
    with pytest.raises(Conflict, match="已经并入"):
        actions.merge(bureau, other, gone, "重复", NOW)


def test_a_parent_however_far_up_is_no_second_entry(world: World) -> None:
    top, middle, low = (_entry(world, "bureau", f"{name}集团有限公司") for name in ("启澜", "硕岑", "砚洲"))
    low.parent_id, middle.parent_id = middle.id, top.id
    db.session.flush()
    for both in ((top, low), (low, top)):
        with pytest.raises(RuleBroken, match="上级企业"):
            actions.merge(world.actor("bureau"), *both, "重复", NOW)


def test_an_undo_leaves_no_company_above_itself(world: World, pair) -> None:
    """While it was merged, its old parent came to stand below its old child."""
    kept, gone = pair
    parent, child, own = (_entry(world, "bureau", f"{name}集团有限公司") for name in ("硕岑", "砚洲", "铭屿"))
    kept.parent_id, gone.parent_id, child.parent_id = own.id, parent.id, gone.id
    made = queries.merge(_merge(world, pair))
    actions.edit(world.actor("bureau"), parent, CompanyDraft(parent.name, parent_id=child.id))
    undone = actions.undo_merge(world.actor("bureau"), made, NOW)
    assert undone.left["上级企业"] == 1
    assert (gone.parent_id, child.parent_id, parent.parent_id) == (None, gone.id, child.id)


def test_features_above_may_object(world: World, pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crm.companies.queries.merges._objecting", [])
    queries.object_by(lambda kept, gone: f"“{gone.name}”有生效的报备，不能合并。")
    with pytest.raises(RuleBroken, match="生效的报备"):
        _merge(world, pair)


@pytest.mark.parametrize(
    ("kept", "gone", "filled"),
    [
        (
            {},
            {"region": "江苏", "city": "苏州", "address": "一路"},
            {"region": "江苏", "city": "苏州", "address": "一路"},
        ),
        ({"region": "上海"}, {"region": "江苏", "city": "苏州", "address": "一路"}, {}),
        ({"region": "江苏", "city": "南京"}, {"region": "江苏", "city": "苏州", "address": "一路"}, {}),
        (
            {"city": "苏州"},
            {"region": "江苏", "city": "苏州", "address": "一路"},
            {"region": "江苏", "address": "一路"},
        ),
        (
            {"registered_capital": Decimal(1)},
            {"registered_capital": Decimal(2), "registered_capital_text": "2"},
            {},
        ),
        ({"uscc": None, "website": ""}, {"uscc": CODE, "website": "a.cn"}, {"uscc": CODE, "website": "a.cn"}),
    ],
)
def test_facts_are_filled_in_groups_that_agree(kept, gone, filled) -> None:
    assert rules.taken_over(kept, gone) == filled


# --- pages --------------------------------------------------------------------------------------------


def test_the_pages_lead_from_the_company_to_the_merge_and_back(as_, world: World, pair) -> None:
    kept, gone = pair
    browser = as_("bureau")
    assert f"/companies/{kept.id}/merge" in browser.get(f"/companies/{kept.id}").get_data(as_text=True)
    choose = browser.get(f"/companies/{kept.id}/merge").get_data(as_text=True)
    assert "另一家企业" in choose and gone.name in choose
    by_name = browser.get(f"/companies/{kept.id}/merge", query_string={"other": gone.name})
    page = by_name.get_data(as_text=True)
    assert "补入" in page and CODE in page and "项目" in page and "合成一条" in page
    form = {"other_id": gone.id, "keep": "this", "reason": "同一家", "seen": _seen(page)}
    stale = browser.post(f"/companies/{kept.id}/merge", data=form | {"seen": "1.1-2.2"})
    assert stale.status_code == 409 and "有了变化" in stale.get_data(as_text=True)
    assert browser.post(f"/companies/{kept.id}/merge", data=form | {"reason": ""}).status_code == 422
    done = browser.post(f"/companies/{kept.id}/merge", data=form)
    assert done.status_code == 303
    assert "撤销合并" in browser.get(done.location).get_data(as_text=True)
    assert gone.name in browser.get("/companies/merges").get_data(as_text=True)
    assert browser.get(f"/companies/{gone.id}").location == f"/companies/{kept.id}"
    undone = browser.post(f"{done.location}/undo", follow_redirects=True).get_data(as_text=True)
    assert "已撤销合并" in undone
    again = browser.post(f"{done.location}/undo", follow_redirects=True).get_data(as_text=True)
    assert "已经撤销" in again


def _seen(page: str) -> str:
    return page.split('name="seen"', 1)[1].split('value="', 1)[1].split('"', 1)[0]


def test_the_other_one_may_be_kept_instead(as_, pair) -> None:
    kept, gone = pair
    url = f"/companies/{kept.id}/merge"
    page = as_("bureau").get(url, query_string={"other_id": gone.id, "keep": "other"}).get_data(as_text=True)
    assert f"“{kept.name}”并入“{gone.name}”" in page
    form = {"other_id": gone.id, "keep": "other", "reason": "同一家", "seen": _seen(page)}
    assert as_("bureau").post(url, data=form).status_code == 303
    db.session.expire_all()
    assert kept.merged_into_id == gone.id


@pytest.mark.parametrize("login", ["officer", "chief", "county", "dept", "leader"])
def test_merging_is_the_bureaus(as_, pair, login: str) -> None:
    kept, _ = pair
    browser = as_(login)
    for url in (f"/companies/{kept.id}/merge", "/companies/merges", "/companies/duplicates"):
        assert browser.get(url).status_code == 403
    assert "合并企业" not in browser.get(f"/companies/{kept.id}").get_data(as_text=True)


def test_the_api_merges_and_undoes(client, world: World, pair) -> None:
    kept, gone = pair
    headers = world.token("bureau")
    body = {"into": kept.id, "reason": "同一家"}
    url = f"/api/v1/companies/{gone.id}/merge"
    assert client.post(url, json=body, headers=world.token("chief")).status_code == 403
    assert client.post(url, json=body | {"into": 0}, headers=headers).status_code == 422
    done = client.post(url, json=body, headers=headers)
    assert done.status_code == 201 and done.json["company"]["id"] == kept.id
    assert done.json["moved"]["项目"] == 1 and "uscc" in done.json["filled"]
    assert client.post(url, json=body, headers=headers).status_code == 409
    undo = f"/api/v1/companies/merges/{done.json['id']}/undo"
    assert client.post(undo, headers=headers).json["left"] == {}
    assert client.post(undo, headers=headers).status_code == 409
    with pytest.raises(NotFound):
        queries.merge(0)
