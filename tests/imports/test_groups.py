"""A company list says who belongs to whom: found, told in words, set, taken back; nobody comes to stand above himself."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from crm.companies import actions as companies
from crm.companies import queries
from crm.companies.models import Company
from crm.companies.rules import CompanyDraft
from crm.core import clock
from crm.core.db import db
from crm.imports import actions
from crm.imports.actions import grouping
from crm.imports.models import ImportBatch
from crm.imports.rules import RowAction
from crm.imports.rules.rows import ReadRow
from tests.factories import World
from tests.imports.conftest import staged
from tests.imports.sheets import csv

Preview = Callable[..., list[ReadRow]]
Bring = Callable[..., ImportBatch]
HEAD = "企业名称,所属集团"
CODE = "91350100M000100Y43"


def _told(row: ReadRow) -> tuple[str, str]:
    """(kind, words) at the cell of the parent."""
    return next((p.kind, p.message) for p in row.problems if p.field == "parent")


def _group(world: World) -> Company:
    made, _ = companies.register(
        world.actor("officer"), CompanyDraft("启澜控股集团有限公司", code=CODE, aliases=("蓝鲸集团有限公司",))
    )
    return made


def _parents() -> dict[str, str | None]:
    names = queries.names(db.session.scalars(select(Company.id)))
    rows = db.session.execute(select(Company.name, Company.parent_id))
    return {name: names.get(parent_id or 0) for name, parent_id in rows}


def test_the_preview_says_under_whom_each_row_will_stand(world: World, preview: Preview) -> None:
    _group(world)
    found = preview(
        csv(
            HEAD, f"云帆储能（海州）有限公司,{CODE}", "云帆光电有限公司,启澜控股集团有限公司",
            "云帆材料有限公司,蓝鲸集团有限公司", "远帆半导体有限公司,远帆集团有限公司", "远帆集团有限公司,",
            "望舒投资有限公司,没有这家集团", "羲和有限公司,羲和有限公司",
        ), "a.csv", "companies", "officer",
    )  # fmt: skip
    assert [_told(row)[0] for row in found if row.fields["name"] != "远帆集团有限公司"] == [
        *["parent_read"] * 4, "parent_open", "left_out"
    ]  # fmt: skip
    for row in found[:3]:
        assert _told(row)[1] == "归到“启澜控股集团有限公司”名下"
    assert _told(found[3])[1] == "归到“远帆集团有限公司”名下（本表第 6 行）"
    assert "名录和本表里都没有“没有这家集团”" in _told(found[5])[1]
    assert {row.action for row in found} == {RowAction.NEW}, "an open question keeps nothing out"


def test_the_commit_sets_parents_and_the_undo_takes_them_back(world: World, bring: Bring) -> None:
    group, known = _group(world), world.company("云帆光电有限公司")
    db.session.commit()
    before = (known.parent_id, group.parent_id)
    batch = bring(
        csv(HEAD, "云帆光电有限公司,启澜控股集团有限公司", "远帆半导体有限公司,远帆集团有限公司",
            "远帆集团有限公司,启澜控股集团有限公司", "望舒投资有限公司,没有这家集团", "云帆电气有限公司,"),
        "a.csv", "companies", "officer",
    )  # fmt: skip
    parents = _parents()
    assert parents["云帆光电有限公司"] == parents["远帆集团有限公司"] == "启澜控股集团有限公司"
    assert parents["远帆半导体有限公司"] == "远帆集团有限公司"
    assert parents["望舒投资有限公司"] is None and "没有这家集团" not in parents, "never made up silently"
    assert batch.counts["placed"] == 3 and batch.counts["open_parents"] == {"没有这家集团": 1}
    undone = actions.undo(world.actor("officer"), batch, clock.now())
    db.session.expire_all()
    assert undone.left_count == 0
    assert (known.parent_id, group.parent_id) == before
    assert not {"远帆集团有限公司", "望舒投资有限公司"} & _parents().keys()


def test_blanks_erase_nothing_and_another_parent_waits_for_a_person(
    world: World, preview: Preview, bring: Bring
) -> None:
    group, known = _group(world), world.company("云帆光电有限公司")
    other = world.company("远帆集团有限公司")
    known.parent_id = other.id
    db.session.commit()
    bring(csv(HEAD, "云帆光电有限公司,"), "a.csv", "companies", "officer")
    assert known.parent_id == other.id
    lines = (HEAD, "云帆光电有限公司,启澜控股集团有限公司")
    (row,) = preview(csv(*lines), "a.csv", "companies", "officer")
    kind, words = _told(row)
    assert kind == "parent_differs" and "是“远帆集团有限公司”，表里是“启澜控股集团有限公司”" in words
    bring(csv(*lines), "a.csv", "companies", "officer")
    db.session.refresh(known)
    assert known.parent_id == other.id
    batch = bring(csv(*lines), "a.csv", "companies", "officer", confirmed=frozenset({f"{row.place}!{kind}"}))
    db.session.refresh(known)
    assert known.parent_id == group.id
    actions.undo(world.actor("officer"), batch, clock.now())
    db.session.refresh(known)
    assert known.parent_id == other.id


def test_a_circle_is_said_and_the_rows_come_in_without_it(
    world: World, preview: Preview, bring: Bring
) -> None:
    group, child = _group(world), world.company("云帆光电有限公司")
    child.parent_id = group.id
    db.session.commit()
    content = csv(
        HEAD, "启澜控股集团有限公司,云帆光电有限公司", "甲帆有限公司,乙帆有限公司", "乙帆有限公司,丙帆有限公司",
        "丙帆有限公司,甲帆有限公司",
    )  # fmt: skip
    rows = preview(content, "a.csv", "companies", "officer")
    assert [_told(row)[0] for row in rows] == ["parent_circle", "parent_read", "parent_read", "parent_circle"]
    assert "就是这家企业或它的下级" in _told(rows[0])[1]
    bring(content, "a.csv", "companies", "officer")
    parents = _parents()
    assert parents["启澜控股集团有限公司"] is None
    assert [parents[f"{name}帆有限公司"] for name in "甲乙丙"] == ["乙帆有限公司", "丙帆有限公司", None]


def test_a_name_of_a_known_group_is_told_and_one_like_a_sister_is_asked_about(
    world: World, preview: Preview
) -> None:
    group, sister = _group(world), world.company("启澜储能科技有限公司")
    sister.parent_id = group.id
    db.session.flush()
    rows = preview(
        csv(HEAD, "启澜医疗（海州）有限公司,", "启澜储能装备有限公司,启澜控股集团有限公司", "望舒投资有限公司,"),
        "a.csv", "companies", "officer",
    )  # fmt: skip
    said = [
        [(p.kind, p.message) for p in row.problems if p.kind in ("kin_read", "company_alike")] for row in rows
    ]
    assert said[0][0][0] == "kin_read" and "“启澜控股集团有限公司”同一集团" in said[0][0][1]
    assert said[1][0][0] == "company_alike" and "“启澜储能科技有限公司”，同一集团，名称相近" in said[1][0][1]
    assert said[2] == []


def test_a_former_name_in_the_list_is_asked_about_in_lists_of_targets_too(
    world: World, preview: Preview
) -> None:
    world.company("蓝鲸储能有限公司")
    for kind in ("companies", "targets"):
        (row,) = preview(
            csv("企业名称,曾用名", "启澜新材料有限公司,蓝鲸储能有限公司"), "a.csv", kind, "officer"
        )
        assert any("“蓝鲸储能有限公司”，别名、曾用名相同" in p.message for p in row.problems), kind


def test_a_long_list_goes_on_where_its_placing_was_broken_off(world: World, monkeypatch: Any) -> None:
    """A parent that stands last, rows by hundreds, an end between the two: nothing is set twice, all is taken back."""
    monkeypatch.setattr(grouping, "_CHUNK", 3)
    lines = [f"第{number}号望舒投资有限公司,望舒集团有限公司" for number in range(8)]
    batch = staged(world)(csv(HEAD, *lines, "望舒集团有限公司,"), "officer")
    actor = world.actor("officer")
    actions.claim(batch)
    db.session.commit()
    steps = actions.commit_in_steps(actor, batch, clock.now(), clock.today(), db.session.commit)
    next(steps)
    next(steps)
    steps.close()
    assert batch.counts["so_far"]["placed"]["count"] == 3
    list(actions.commit_in_steps(actor, batch, clock.now(), clock.today(), db.session.commit))
    assert batch.counts["placed"] == 8
    assert list(_parents().values()).count("望舒集团有限公司") == 8
    assert actions.undo(actor, batch, clock.now()).removed == 9
