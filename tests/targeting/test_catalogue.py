"""The guidance catalogue: rows from live data, what a release freezes, whom it names, what it never tells."""

import io
from datetime import date

import openpyxl
import pytest
from docx import Document
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from crm.audit.models import AuditEvent
from crm.chains import actions as chain_actions
from crm.chains import queries as chains
from crm.chains.rules import Assessment, ChainAction, NodeState, Position
from crm.companies.models import Company
from crm.companies.rules import LinkProgress
from crm.core import clock
from crm.core.db import db
from crm.core.errors import Conflict, RuleBroken
from crm.targeting import actions, sheets
from crm.targeting.models import CatalogueRelease, Target
from crm.targeting.queries import catalogue as queries
from crm.targeting.queries import releases
from crm.targeting.rules import catalogue as rules
from crm.targeting.rules.catalogue import EntryDraft, Row, Whom
from tests import factories

NODE = "FIBER-0201"
TODAY = clock.today()

words = st.text(alphabet="甲乙丙丁abc", max_size=5)
rows = st.builds(
    Row,
    chain_code=st.just("FIBER"),
    chain=st.just("高性能纤维"),
    node_code=st.sampled_from(["A", "B", "C", "D"]),
    node=words,
    position=st.sampled_from(Position),
    products=st.lists(words, max_size=3).map(tuple),
    state=st.one_of(st.none(), st.sampled_from(NodeState)),
    action=st.one_of(st.none(), st.sampled_from(ChainAction)),
    local=st.lists(words, max_size=3).map(tuple),
    direction=words,
    targets=st.lists(st.builds(Whom, words, words, words, words), max_size=3).map(tuple),
    land=words,
    energy=words,
    environment=words,
    zones=st.lists(words, max_size=2).map(tuple),
    department=words,
    priority=st.one_of(st.none(), st.integers(1, 5)),
    updated_on=st.one_of(st.none(), st.dates()),
)
catalogues = st.lists(rows, max_size=4, unique_by=lambda row: row.node_code)


@given(rows)
def test_a_frozen_row_thaws_as_it_was(row: Row) -> None:
    assert rules.thawed(rules.frozen(row)) == row


@given(catalogues, catalogues)
def test_the_same_catalogue_has_no_changes_and_every_link_that_came_or_went_is_told(one, other) -> None:
    assert rules.changes(one, one) == []
    told = rules.changes(one, other)
    before, after = ({row.node_code for row in each} for each in (one, other))
    assert sum(line.startswith("新增") for line in told) == len(after - before)
    assert sum(line.startswith("去掉") for line in told) == len(before - after)


def _row(**values) -> Row:
    plain = {
        "chain_code": "FIBER", "chain": "高性能纤维", "node_code": NODE, "node": "碳纤维", "position": Position.MIDSTREAM,
        "products": ("T700",), "state": NodeState.WEAK, "action": ChainAction.FILL, "local": ("中复",), "direction": "引进龙头",
        "targets": (Whom("甲公司", "上海", "上市公司", "市商务局 周某"),), "land": "50 亩", "energy": "", "environment": "",
        "zones": ("市开发区",), "department": "市工信局", "priority": 1, "updated_on": date(2026, 11, 1),
    }  # fmt: skip
    return Row(**(plain | values))


def test_changes_are_told_in_words() -> None:
    later = _row(action=ChainAction.BUILD, targets=(Whom("乙公司"),), land="")
    assert rules.changes([_row()], [later]) == [
        "高性能纤维“碳纤维”：类别由“补链”改为“建链”；要求由“用地：50 亩”改为“空”；靶向企业增加 乙公司；靶向企业去掉 甲公司"
    ]


def test_the_thirteen_columns_stand_in_the_order_of_the_field() -> None:
    assert len(rules.COLUMNS) + 1 == 13
    (line,) = rules.cells([_row()])
    assert line == [
        "1", "高性能纤维", "中游", "碳纤维：T700", "补链", "薄弱；中复", "引进龙头", "甲公司（上海，上市公司） 市商务局 周某",
        "用地：50 亩", "市开发区", "市工信局", "1 级", "2026-11-01",
    ]  # fmt: skip


# --- the sheet and the document -----------------------------------------------------------------------


def test_the_workbook_is_ready_for_paper_and_text_stays_text() -> None:
    file = io.BytesIO()
    sheets.write_xlsx([_row(direction="=引进")], "第 1 版", file)
    sheet = openpyxl.load_workbook(io.BytesIO(file.getvalue())).active
    assert sheet["A1"].value == rules.TITLE
    assert {str(merged) for merged in sheet.merged_cells.ranges} == {"A1:M1", "A2:M2"}
    assert (sheet.page_setup.orientation, str(sheet.page_setup.paperSize)) == ("landscape", "9")
    assert sheet.print_title_rows == "$1:$3"
    (cell,) = [c for row in sheet.iter_rows() for c in row if c.value == "=引进"]
    assert cell.data_type == "s"


def test_the_document_is_a4_landscape_with_an_east_asian_font_and_headings_on_every_page() -> None:
    file = io.BytesIO()
    sheets.write_docx([_row(), _row(node="第二个\x0b")], "第 1 版", file)
    book = Document(io.BytesIO(file.getvalue()))
    section = book.sections[0]
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (297, 210)
    xml = book.element.xml
    assert 'w:eastAsia="宋体"' in xml
    assert "w:tblHeader" in xml
    assert 'w:eastAsia="仿宋"' in book.styles.element.xml
    table = book.tables[0]
    assert [cell.text for cell in table.rows[0].cells][:3] == ["序号", "产业链", "环节"]
    assert table.rows[1].cells[7].text == "甲公司（上海，上市公司） 市商务局 周某"
    assert table.rows[1].cells[2].text == "中游"


# --- live data ----------------------------------------------------------------------------------------


def _target(name: str, zone: str | None, **values) -> Target:
    firm = factories.company(name)
    made = Target(
        company_id=firm.id,
        node_id=chains.node_by_code(NODE).id,
        zone_id=factories.zone(zone).id if zone else None,
        progress_on=TODAY,
        **values,
    )
    db.session.add(made)
    db.session.flush()
    return made


def _names(actor, **asked) -> list[str]:
    return [one.name for row in queries.draft(actor, **asked) for one in row.targets]


def _assess(world, gap: str = "缺 T1000") -> None:
    node = chains.node_by_code(NODE)
    said = Assessment(NodeState.WEAK, TODAY, gap=gap, priority=2)
    chain_actions.assess(world.actor("bureau"), node, said, TODAY)


def test_a_row_takes_the_gap_until_a_direction_is_written(world) -> None:
    _assess(world)
    bureau, node = world.actor("bureau"), chains.node_by_code(NODE)
    (row,) = queries.draft(bureau)
    assert (row.direction, row.action, row.priority) == ("缺 T1000", ChainAction.FILL, 2)
    assert "市开发区" in row.zones
    actions.write_entry(bureau, node, EntryDraft("引进龙头", "50 亩", zone_codes=("LYG-XUWEI",)))
    (row,) = queries.draft(bureau)
    assert (row.direction, row.requirements, row.zones) == ("引进龙头", "用地：50 亩", ("徐圩新区",))
    with pytest.raises(RuleBroken, match="没有代码为 NOPE 的开发区"):
        actions.write_entry(bureau, node, EntryDraft(zone_codes=("NOPE",)))


def test_a_zones_draft_has_its_own_targets_alone(world) -> None:
    _target("徐圩的靶向有限公司", "LYG-XUWEI")
    _target("市级的靶向有限公司", None)
    _target("开发区的靶向有限公司", "LYG-ETDZ")
    assert _names(world.actor("officer")) == ["开发区的靶向有限公司"]
    assert _names(world.actor("county")) == []
    assert len(_names(world.actor("bureau"))) == 3


def test_the_citys_document_names_its_own_targets_and_those_that_the_bureau_names(world) -> None:
    bureau, node = world.actor("bureau"), chains.node_by_code(NODE)
    zone = _target("徐圩的靶向有限公司", "LYG-XUWEI")
    city = _target("市级的靶向有限公司", None)
    _target("放弃的有限公司", None, progress=LinkProgress.GIVEN_UP, given_up_reason="无意")
    assert _names(bureau, release=True) == ["市级的靶向有限公司"]
    for target, wanted in ((zone, True), (city, False)):
        company = db.session.get_one(Company, target.company_id)
        actions.name(bureau, node, company, wanted, clock.now())
    assert _names(bureau, release=True) == ["徐圩的靶向有限公司"]


def test_the_investor_of_a_confidential_project_is_never_named(world, as_) -> None:
    bureau, node = world.actor("bureau"), chains.node_by_code(NODE)
    target = _target("机密投资方有限公司", None)
    company = db.session.get_one(Company, target.company_id)
    factories.project("LYG-XUWEI", investor=company, confidential=True)
    db.session.flush()
    actions.name(bureau, node, company, False, clock.now())
    with pytest.raises(RuleBroken, match="保密项目的投资方"):
        actions.name(bureau, node, company, True, clock.now())
    _assess(world)
    made = actions.release(bureau, "会议审定", clock.now(), seen=0)
    assert "机密" not in str(made.rows)
    db.session.commit()
    for login in ("officer", "leader", "bureau"):
        assert "机密" not in as_(login).get("/chains/catalogue").get_data(as_text=True), login


def test_the_draft_takes_a_fixed_number_of_statements(world, count_queries) -> None:
    actor = world.actor("bureau")
    counts = []
    for n in range(2):
        for m in range(1 + 9 * n):
            _target(f"第{n}{m}家有限公司", None)
        with count_queries() as statements:
            queries.draft(actor)
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 9


# --- releases -----------------------------------------------------------------------------------------


def test_a_release_stays_as_it_was_and_the_next_says_what_changed(world) -> None:
    bureau, node = world.actor("bureau"), chains.node_by_code(NODE)
    _assess(world)
    first = actions.release(bureau, "第一次会议", clock.now(), seen=0)
    kept = list(first.rows)
    with pytest.raises(RuleBroken, match="没有差别"):
        actions.release(bureau, "再来", clock.now(), seen=1)
    actions.write_entry(bureau, node, EntryDraft("引进龙头"))
    with pytest.raises(Conflict, match="第 1 版刚刚"):
        actions.release(bureau, "抢先", clock.now(), seen=0)
    second = actions.release(bureau, "第二次会议", clock.now(), seen=1)
    assert (first.number, second.number) == (1, 2)
    assert first.changes == []
    assert second.changes == ["高性能纤维及复合材料“碳纤维(T300–T1100)”：招引方向由“缺 T1000”改为“引进龙头”"]
    db.session.expire_all()
    assert releases.numbered(1).rows == kept


def test_a_release_needs_a_reason_and_something_to_release(world) -> None:
    bureau = world.actor("bureau")
    with pytest.raises(RuleBroken, match="发布说明没有填"):
        actions.release(bureau, " ", clock.now(), seen=0)
    with pytest.raises(RuleBroken, match="还没有内容"):
        actions.release(bureau, "会议", clock.now(), seen=0)


# --- pages --------------------------------------------------------------------------------------------


def test_from_the_first_word_to_the_release_on_the_pages(world, as_) -> None:
    _assess(world)
    target = _target("徐圩的靶向有限公司", "LYG-XUWEI")
    db.session.commit()
    bureau = as_("bureau")
    page = bureau.get(f"/chains/catalogue/nodes/{NODE}").get_data(as_text=True)
    assert "徐圩的靶向有限公司" in page
    answer = bureau.post(
        f"/chains/catalogue/nodes/{NODE}",
        data={
            "version": "0",
            "direction": "引进龙头",
            "zone_codes": ["LYG-ETDZ"],
            "lead_department": "市工信局",
        },
    )
    assert answer.status_code == 303
    stale = bureau.post(f"/chains/catalogue/nodes/{NODE}", data={"version": "0", "direction": "别的"})
    assert stale.status_code == 409
    bureau.post(
        f"/chains/catalogue/nodes/{NODE}/naming", data={"company_id": target.company_id, "named": "1"}
    )
    assert "首版" in bureau.get("/chains/catalogue/release").get_data(as_text=True)
    bad = bureau.post("/chains/catalogue/release", data={"note": "", "seen": "0"})
    assert (bad.status_code, "发布说明没有填" in bad.get_data(as_text=True)) == (422, True)
    answer = bureau.post("/chains/catalogue/release", data={"note": "会议审定", "seen": "0"})
    assert answer.headers["Location"].endswith("/chains/catalogue/releases/1")
    shown = as_("officer").get("/chains/catalogue/releases/1").get_data(as_text=True)
    assert "引进龙头" in shown
    assert "徐圩的靶向有限公司" in shown
    assert as_("officer").get("/chains/catalogue/releases/2").status_code == 404
    assert as_("officer").get("/chains/catalogue/release").status_code == 403
    assert db.session.scalars(select(CatalogueRelease)).one().by_name == world.users["bureau"].name


@pytest.mark.parametrize("kind", ["xlsx", "docx"])
def test_draft_and_release_leave_as_files_and_are_in_the_audit(world, as_, kind) -> None:
    _assess(world)
    actions.release(world.actor("bureau"), "会议审定", clock.now(), seen=0)
    db.session.commit()
    for number in ("", "1"):
        answer = as_("officer").post("/chains/catalogue/export", data={"format": kind, "number": number})
        assert answer.status_code == 200
        assert answer.data[:2] == b"PK"
    notes = db.session.scalars(select(AuditEvent.note).where(AuditEvent.code == "catalogue.exported")).all()
    assert notes == [f"{kind}，1 个环节"] * 2
    assert as_("officer").post("/chains/catalogue/export", data={"number": "x"}).status_code == 404
    assert as_("dept").post("/chains/catalogue/export", data={}).status_code == 403
