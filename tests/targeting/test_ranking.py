"""The register ranked for a link: within one's reach, in a fixed number of statements, on page, as a sheet and by command."""

import io
import json
from datetime import timedelta

import openpyxl
import pytest
from sqlalchemy import select

from crm.chains import actions as chain_actions
from crm.chains import queries as chains
from crm.chains.rules import Assessment, NodeState
from crm.companies.models import Contact
from crm.companies.rules import LinkProgress
from crm.core import clock, memo
from crm.core.db import db
from crm.settings import actions as settings_actions
from crm.settings import queries as settings
from crm.targeting.models import Target, TargetSignal
from crm.targeting.queries import ranking
from crm.targeting.rules.score import PartCode
from crm.targeting.rules.targets import EntryKind
from tests import factories

NODE = "FIBER-0201"
TODAY = clock.today()


def _firm(name: str, industry: str = "化纤", **values):
    firm = factories.company(name)
    firm.industry, firm.listed_code = industry, values.pop("listed", "600001")
    firm.region, firm.city = values.pop("region", "江苏"), values.pop("city", "")
    for key, value in values.items():
        setattr(firm, key, value)
    db.session.flush()
    return firm


def _target(firm, zone: str | None, **values) -> Target:
    made = Target(
        company_id=firm.id,
        node_id=chains.node_by_code(values.pop("node", NODE)).id,
        zone_id=factories.zone(zone).id if zone else None,
        progress_on=TODAY,
        **values,
    )
    db.session.add(made)
    db.session.flush()
    return made


def _signal(target: Target, what: str, days: int = 0) -> None:
    db.session.add(TargetSignal(target_id=target.id, happened_on=TODAY - timedelta(days=days), what=what))
    db.session.flush()


def _of(found: ranking.Ranking, firm) -> ranking.Ranked:
    return next(row for row in found.rows if row.company.id == firm.id)


def test_the_fitting_stand_before_the_unknown_and_the_unfitting_are_left_out(world) -> None:
    near = _firm("远洋碳纤维股份有限公司")
    far = _firm("平安银行股份有限公司", "银行")
    unknown = _firm("某某股份有限公司", "")
    found = ranking.rank(world.actor("officer"), ranking.node(NODE), TODAY)
    order = [row.company.id for row in found.rows]
    assert order.index(near.id) < order.index(unknown.id)
    assert far.id not in order
    assert found.left_out >= 1
    part = _of(found, unknown).part(PartCode.FIT)
    assert (part.known, part.points) == (False, 50)


def test_a_merged_company_is_not_ranked(world) -> None:
    kept, gone = _firm("甲碳纤维股份有限公司"), _firm("乙碳纤维股份有限公司", listed="600002")
    gone.merged_into_id = kept.id
    db.session.flush()
    found = ranking.rank(world.actor("officer"), ranking.node(NODE), TODAY)
    assert gone.id not in [row.company.id for row in found.rows]


def test_a_zone_sees_only_its_own_ways_in_signals_and_targets(world) -> None:
    firm = _firm("远洋碳纤维股份有限公司")
    theirs = _target(
        firm,
        "LYG-XUWEI",
        progress=LinkProgress.TALKING,
        entry_kind=EntryKind.TOWNSFOLK,
        entry_note="别家乡贤",
    )
    _signal(theirs, "别家知道的扩产")
    db.session.add(Contact(company_id=firm.id, zone_id=factories.zone("LYG-XUWEI").id, name="张三"))
    db.session.flush()
    own = _of(ranking.rank(world.actor("officer2"), ranking.node(NODE), TODAY), firm)
    assert own.part(PartCode.REACH).words == "正在洽谈、乡贤（别家乡贤）、联系人 1 位"
    assert own.target is not None
    for login in ("officer", "chief", "county", "specialist", "dept"):
        row = _of(ranking.rank(world.actor(login), ranking.node(NODE), TODAY), firm)
        assert not row.part(PartCode.REACH).known, login
        assert not row.part(PartCode.SIGNALS).known, login
        assert row.target is None, login


def test_the_bureau_may_look_with_one_zones_eyes(world) -> None:
    firm, bureau = _firm("远洋碳纤维股份有限公司"), world.actor("bureau")
    _target(firm, "LYG-XUWEI", progress=LinkProgress.TALKING)
    node = ranking.node(NODE)
    assert _of(ranking.rank(bureau, node, TODAY), firm).part(PartCode.REACH).points == 95
    elsewhere = ranking.rank(bureau, node, TODAY, zone_id=factories.zone("LYG-ETDZ").id)
    assert not _of(elsewhere, firm).part(PartCode.REACH).known


def test_a_confidential_visit_tells_no_way_in_to_who_may_not_know(world) -> None:
    firm = _firm("远洋碳纤维股份有限公司")
    factories.visit(world.users["chief"], firm, happened_on=TODAY, confidential=True)
    node = ranking.node(NODE)
    assert not _of(ranking.rank(world.actor("officer"), node, TODAY), firm).part(PartCode.REACH).known
    assert _of(ranking.rank(world.actor("chief"), node, TODAY), firm).part(PartCode.REACH).points == 80


def test_a_sister_in_this_city_is_a_way_in(world) -> None:
    group = factories.company("远洋集团有限公司")
    elsewhere = _firm("远洋碳纤维股份有限公司", parent_id=group.id)
    local = factories.company("远洋连云港新材料有限公司")
    local.city, local.parent_id = "连云港市", group.id
    db.session.flush()
    part = _of(ranking.rank(world.actor("officer"), ranking.node(NODE), TODAY), elsewhere).part(
        PartCode.REACH
    )
    assert part.points == 75
    assert "在本市" in part.words


def test_one_sign_told_of_two_targets_counts_once(world) -> None:
    firm, bureau = _firm("远洋碳纤维股份有限公司"), world.actor("bureau")
    for zone in ("LYG-ETDZ", "LYG-XUWEI"):
        _signal(_target(firm, zone), "扩产公告")
    assert _of(ranking.rank(bureau, ranking.node(NODE), TODAY), firm).part(PartCode.SIGNALS).points == 80


def test_a_score_follows_its_parts_at_once(world) -> None:
    """Nothing is stored that could be older than what it is made of."""
    firm, bureau, node = _firm("远洋碳纤维股份有限公司"), world.actor("bureau"), chains.node_by_code(NODE)
    before = _of(ranking.rank(bureau, ranking.node(NODE), TODAY), firm).total
    chain_actions.assess(bureau, node, Assessment(NodeState.MISSING, TODAY, priority=1), TODAY)
    assessed = _of(ranking.rank(bureau, ranking.node(NODE), TODAY), firm).total
    _target(firm, None, progress=LinkProgress.TALKING)
    known = _of(ranking.rank(bureau, ranking.node(NODE), TODAY), firm).total
    line = settings.find("target_weights")
    rows = [row | {"weight": "0"} for row in line.value]
    settings_actions.change(bureau, "target_weights", rows, "市级会议", line.version, clock.now())
    assert before < assessed < known
    assert _of(ranking.rank(bureau, ranking.node(NODE), TODAY), firm).total == 100


@pytest.mark.parametrize("number", [1, 30])
def test_the_statements_do_not_grow_with_the_companies(world, count_queries, number) -> None:
    for n in range(number):
        _target(_firm(f"第{n}碳纤维股份有限公司", listed=f"6{n:05d}"), "LYG-ETDZ")
    node, actor = ranking.node(NODE), world.actor("bureau")
    for rank in (lambda: ranking.rank(actor, node, TODAY), lambda: ranking.rank_targets(actor, TODAY)):
        memo.begin()
        with count_queries() as statements:
            rank()
        memo.end()
        assert len(statements) <= 11


def test_ones_own_targets_are_ranked_over_all_links_without_the_given_up(world) -> None:
    firm, other = _firm("远洋碳纤维股份有限公司"), _firm("海丰化纤股份有限公司", listed="600002")
    _target(firm, "LYG-ETDZ", progress=LinkProgress.TALKING)
    _target(other, "LYG-ETDZ", progress=LinkProgress.GIVEN_UP, given_up_reason="无意")
    _target(other, "LYG-XUWEI")
    found = ranking.rank_targets(world.actor("officer"), TODAY)
    assert [row.company.id for row in found.rows] == [firm.id]


# --- the page -----------------------------------------------------------------------------------------


def test_the_page_tells_each_part_and_why_the_first_is_first(world, as_) -> None:
    _firm("远洋碳纤维股份有限公司")
    db.session.commit()
    page = as_("officer").get(f"/targets/rank?node={NODE}").get_data(as_text=True)
    for words in (
        "为何排第一",
        "远洋碳纤维股份有限公司",
        "名称或主营有“碳纤维”",
        "按不清楚计",
        "列为靶向企业",
    ):
        assert words in page
    assert "调整权重" not in page
    assert "调整权重" in as_("bureau").get(f"/targets/rank?node={NODE}").get_data(as_text=True)


def test_an_unknown_link_is_not_found_and_an_unknown_zone_narrows_nothing(world, as_) -> None:
    assert as_("officer").get("/targets/rank?node=NOPE").status_code == 404
    assert as_("officer").get(f"/targets/rank?node={NODE}&zone=LYG-XUWEI&page=9999").status_code == 200


def test_an_empty_register_says_what_to_do(world, as_) -> None:
    page = as_("officer").get("/targets/rank?node=FIBER-0301").get_data(as_text=True)
    assert "没有能排的企业" in page
    assert "还没有靶向企业" in as_("officer").get("/targets/rank").get_data(as_text=True)


def test_a_ranked_company_is_put_on_ones_own_list_once(world, as_) -> None:
    firm = _firm("远洋碳纤维股份有限公司")
    db.session.commit()
    for _ in range(2):
        answer = as_("officer").post("/targets/rank/add", data={"node": NODE, "company_id": firm.id})
        assert answer.status_code == 303
    (made,) = db.session.scalars(select(Target).where(Target.company_id == firm.id)).all()
    assert made.zone_id == world.actor("officer").zone_id
    assert (
        as_("leader").post("/targets/rank/add", data={"node": NODE, "company_id": firm.id}).status_code == 403
    )
    assert as_("officer").post("/targets/rank/add", data={"node": NODE, "company_id": "x"}).status_code == 404


def test_the_sheet_has_every_part_in_words(world, as_) -> None:
    _firm("远洋碳纤维股份有限公司")
    db.session.commit()
    answer = as_("officer").post(f"/exports/new?list=target_ranking&node={NODE}", data={"format": "xlsx"})
    rows = list(openpyxl.load_workbook(io.BytesIO(answer.data)).active.iter_rows(values_only=True))
    line = next(dict(zip(rows[0], row, strict=True)) for row in rows if row[1] == "远洋碳纤维股份有限公司")
    assert line["适配说明"] == "名称或主营有“碳纤维”，上市公司"
    assert line["可达 分"] == "不清楚"


# --- the command --------------------------------------------------------------------------------------


def test_the_command_prints_json_alone(world) -> None:
    _firm("远洋碳纤维股份有限公司")
    db.session.commit()
    runner = world.app.test_cli_runner()
    told = json.loads(runner.invoke(args=["targets", "rank", NODE, "--limit", "3", "--json"]).output)
    assert told["node"] == NODE
    assert len(told["items"]) <= 3
    (first, *_) = told["items"]
    assert [part["part"] for part in first["parts"]] == [code.value for code in PartCode]
    assert told["why"]
    words = runner.invoke(args=["targets", "rank", NODE, "--as", "officer", "--zone", "LYG-ETDZ"]).output
    assert "为何排第一" in words


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["NOPE"], "没有代码为 NOPE 的产业链环节"),
        ([NODE, "--as", "nobody"], "没有登录名为 nobody 的在岗账号"),
        ([NODE, "--zone", "X"], "没有代码为 X 的开发区"),
        ([NODE, "--as", "officer", "--zone", "LYG-XUWEI"], "不在您的范围内"),
        ([NODE, "--as", "auditor"], "当前岗位没有这项权限"),
    ],
)
def test_bad_input_ends_the_command_with_one_line(world, args, said) -> None:
    result = world.app.test_cli_runner().invoke(args=["targets", "rank", *args])
    assert result.exit_code != 0
    assert said in result.output
    assert result.output.count("\n") == 1
