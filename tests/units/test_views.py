from datetime import date
from pathlib import Path

import pytest

from crm.core.db import db
from crm.units import actions, queries
from crm.units.models import Leader
from crm.units.rules import LeaderDraft, LeaderLevel
from crm.zones import queries as zones
from tests import factories


def _id(code: str) -> int:
    return factories.unit(code).id


def test_the_tree_shows_every_unit_with_a_way_to_edit_it(world) -> None:
    text = world.client("sysadmin").get("/admin/units").text
    assert "赣榆海洋经济开发区" in text and f"/admin/units/{_id('LYG-GYMARINE')}" in text


def test_a_new_zone_in_the_tree_is_a_zone_with_an_alias_at_once(world) -> None:
    data = {"code": "LYG-NEW", "name": "江苏新设经济开发区", "short_name": "新设开发区", "kind": "zone"}
    answer = world.client("sysadmin").post(f"/admin/units/{_id('LYG-C-GANYU')}/children", data=data)
    assert answer.status_code in (302, 303)
    found = zones.resolve("新设开发区").zone
    assert found is not None and found.county_id == _id("LYG-C-GANYU")


def test_a_kind_that_may_not_stand_there_is_not_offered_and_not_taken(world) -> None:
    data = {"code": "X1", "name": "组", "kind": "group"}
    answer = world.client("sysadmin").post(f"/admin/units/{_id('LYG')}/children", data=data)
    assert answer.status_code == 422 and queries.by_code("X1") is None


def test_two_people_renaming_one_unit_see_both_versions(world) -> None:
    unit = factories.unit("LYG-ETDZ")
    data = {"name": "甲名", "short_name": "甲", "version": unit.version - 1}
    answer = world.client("sysadmin").post(f"/admin/units/{unit.id}/edit", data=data)
    assert answer.status_code == 409 and "甲名" in answer.text and "市开发区" in answer.text


def test_a_renamed_zone_is_renamed_in_the_lists_too(world) -> None:
    unit = factories.unit("LYG-ETDZ")
    data = {"name": "连云港国家级经开区", "short_name": "国家级经开区", "version": unit.version}
    world.client("sysadmin").post(f"/admin/units/{unit.id}/edit", data=data)
    assert zones.by_code("LYG-ETDZ").short_name == "国家级经开区"


def test_a_move_below_itself_is_refused_beside_the_field(world) -> None:
    unit = factories.unit("LYG-C-GANYU")
    data = {"parent": _id("LYG-GANYU"), "version": unit.version}
    answer = world.client("sysadmin").post(f"/admin/units/{unit.id}/move", data=data)
    assert answer.status_code == 422 and "下级" in answer.text


def test_a_unit_with_people_is_not_stopped(world) -> None:
    browser = world.client("sysadmin")
    browser.post(f"/admin/units/{_id('LYG-D-STHJ')}/active", data={"on": 0})
    assert "在任岗位" in browser.get(f"/admin/units/{_id('LYG-D-STHJ')}").text
    assert factories.unit("LYG-D-STHJ").active
    browser.post(f"/admin/units/{_id('LYG-D-CZJ')}/active", data={"on": 0})
    db.session.expire_all()
    assert not factories.unit("LYG-D-CZJ").active


def _leader(world, unit: str = "LYG-ETDZ") -> Leader:
    draft = LeaderDraft("孙五", "主任", LeaderLevel.COUNTY_MAIN, _id(unit), 50, date(2024, 1, 1))
    leader = actions.add_leader(world.actor("sysadmin"), draft)
    db.session.commit()
    return leader


def test_a_chief_sees_all_leaders_and_edits_his_own_zones(world) -> None:
    mine, other = _leader(world), _leader(world, "LYG-XUWEI")
    browser = world.client("chief")
    assert browser.get(f"/leaders/{mine.id}").status_code == 200
    assert browser.get(f"/leaders/{other.id}").status_code == 404
    text = browser.get("/leaders").text
    assert f"/leaders/{mine.id}" in text and f"/leaders/{other.id}" not in text


def test_a_leader_is_entered_by_form_and_found_by_the_type_ahead(world) -> None:
    browser = world.client("bureau")
    data = {
        "name": "赵二", "title": "副市长", "level": "city_charge", "unit": _id("LYG"), "rank_no": 5,
        "starts_on": "2024.1.5",
    }  # fmt: skip
    assert browser.post("/leaders/new", data=data).status_code in (302, 303)
    assert browser.get("/leaders/lookup?q=zhao").json == [
        {"id": queries.lookup_leaders("赵二", date(2026, 1, 1))[0].id, "label": "赵二", "note": "副市长"}
    ]


def test_two_people_editing_one_leader_see_both_versions(world) -> None:
    leader = _leader(world)
    data = {
        "name": "孙五", "title": "书记", "level": "county_main", "unit": leader.unit_id, "rank_no": 50,
        "starts_on": "2024-01-01", "version": 0,
    }  # fmt: skip
    answer = world.client("sysadmin").post(f"/leaders/{leader.id}", data=data)
    assert answer.status_code == 409 and "书记" in answer.text and "主任" in answer.text


@pytest.mark.parametrize("login", ["officer", "chief", "bureau", "secadmin", "auditor"])
def test_the_tree_editor_is_closed_to_everybody_else(world, login: str) -> None:
    assert world.client(login).get("/admin/units").status_code == 403


def test_units_come_by_file(world, tmp_path: Path) -> None:
    from crm.units.commands import units

    file = tmp_path / "机构.csv"
    head = "机构代码,名称,简称,类型,上级代码\n"
    file.write_text(
        head + "GY-X,赣榆新区,新区,开发区,LYG-C-GANYU\nGY-X1,招商组,,招商组,GY-X\n", encoding="utf-8-sig"
    )
    runner = world.app.test_cli_runner()
    done = runner.invoke(units, ["import", str(file)])
    assert done.exit_code == 0, done.output
    assert zones.by_code("GY-X") is not None and factories.unit("GY-X1").zone_id == _id("GY-X")
    file.write_text(head + "GY-Y,二,二,火箭,LYG-C-GANYU\n", encoding="utf-8")
    assert "火箭" in runner.invoke(units, ["import", str(file)]).output
