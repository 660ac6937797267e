import json
import re
from decimal import Decimal

import pytest

from crm.reference import load
from crm.reference.files import read
from crm.zones import actions, queries
from tests import factories


def _county(code: str) -> int:
    return factories.unit(code).id


@pytest.mark.parametrize(
    ("name", "county", "zone"),
    [
        ("经开区", "LYG-C-GANYU", "LYG-GANYU"),
        ("经开区", "LYG-C-HAIZHOU", "LYG-HAIZHOU"),
        ("经开区", "LYG-B-ETDZ", "LYG-ETDZ"),
        ("高新区", "LYG-C-DONGHAI", "LYG-DHHT"),
        ("临港产业区", "LYG-C-GANYU", "LYG-GYMARINE"),
        ("临港产业区", "LYG-C-GUANYUN", "LYG-GYLG"),
        ("徐圩", None, "LYG-XUWEI"),
        ("连云港经济技术开发区", "LYG-C-GANYU", "LYG-ETDZ"),
        ("上合组织（连云港） 国际物流园", None, "LYG-SCO"),
        ("lyg-chem", None, "LYG-CHEM"),
        ("堆沟", None, "LYG-CHEM"),
    ],
)
def test_a_name_means_the_zone_of_the_senders_county_first(
    world, name: str, county: str | None, zone: str
) -> None:
    county_id = _county(county) if county else None
    for resolution in (queries.resolve(name, county_id), queries.resolver().resolve(name, county_id)):
        assert resolution.zone is not None and resolution.zone.code == zone


@pytest.mark.parametrize("name", ["经开区", "高新区", "临港产业区"])
def test_a_name_of_several_zones_is_asked_about_where_no_county_decides(world, name: str) -> None:
    resolution = queries.resolve(name)
    assert resolution.zone is None and len(resolution.candidates) > 1
    assert queries.resolver().resolve(name) == resolution


@pytest.mark.parametrize("name", ["", " ", "火星开发区", "开发"])
def test_an_unknown_name_is_neither_guessed_nor_offered(world, name: str) -> None:
    assert queries.resolve(name) == queries.resolver().resolve(name)
    assert queries.resolve(name).zone is None and queries.resolve(name).candidates == ()


def test_a_whole_file_is_resolved_with_two_queries(world, count_queries) -> None:
    with count_queries() as statements:
        resolver = queries.resolver()
        for _ in range(50):
            resolver.resolve("徐圩")
    assert len(statements) == 2


def test_a_stopped_zone_is_no_longer_meant(world) -> None:
    factories.unit("LYG-XUWEI").active = False
    assert queries.resolve("徐圩").zone is None


@pytest.mark.parametrize(("q", "code"), [("徐", "LYG-XUWEI"), ("xwxq", "LYG-XUWEI"), ("板桥", "LYG-LIANYUN")])
def test_the_type_ahead_finds_by_alias_and_initials(world, q: str, code: str) -> None:
    assert code in [z.code for z in queries.lookup(q)]


def test_item_13_of_the_plan_stands_in_the_quotas_exactly(world) -> None:
    plan = queries.plan_of_year(2024)
    assert plan is not None and plan.code == "LYG-2022-2025"
    rows = {r.zone_code: r for r in queries.quotas(plan.id, 2024)}
    assert len(rows) == 15
    hundred, fifty = Decimal(1_000_000), Decimal(500_000)
    for code in ("LYG-ETDZ", "LYG-XUWEI"):
        assert (rows[code].target, rows[code].threshold) == (2, hundred)
    for code in ("LYG-LIANYUN", "LYG-GYMARINE"):
        assert (rows[code].target, rows[code].threshold) == (1, hundred)
    none = {code for code, r in rows.items() if r.id is None}
    assert none == {"LYG-CBZ", "LYG-SCO"}
    others = [r for r in rows.values() if r.id is not None and r.threshold != hundred]
    assert len(others) == 9 and {(r.target, r.threshold) for r in others} == {(1, fifty)}
    assert [r.zone_code for r in rows.values() if r.to_confirm] == ["LYG-DHHT"]
    assert all(r.source for r in rows.values() if r.id is not None)


def test_a_year_without_a_plan_has_none(world) -> None:
    assert queries.plan_of_year(2031) is None


def test_lists_take_a_fixed_number_of_queries(world, count_queries) -> None:
    plan = queries.plan_of_year(2022)
    for read_list in (queries.rows, queries.plans, queries.all_names, lambda: queries.quotas(plan.id, 2022)):
        with count_queries() as statements:
            assert read_list()
        assert len(statements) == 1


@pytest.mark.once
@pytest.mark.parametrize("name", ["zones.json", "chains.json", "plans.json", "units.json"])
def test_every_source_is_a_plain_chinese_note(name: str) -> None:
    text = json.dumps(read(name), ensure_ascii=False)
    sources = re.findall(r'"source": "([^"]*)"', text)
    for source in sources:
        assert not re.search(r"\b(same|mirror|own|seed|stored|confirm|signature|med|low)\b|S:", source), (
            source
        )
        assert source == "" or re.search(r"[\u4e00-\u9fff]", source), source


def test_loading_again_never_overwrites_what_somebody_edited(world) -> None:
    bureau, zone = world.actor("bureau"), queries.by_code("LYG-XUWEI")
    alias = next(a for a in queries.aliases_of(zone.id) if a.alias == "徐圩")
    actions.remove_alias(bureau, zone, alias)
    plan = queries.plan_of_year(2022)
    row = queries.quota(plan.id, 2022, zone.id)
    actions.drop_quota(bureau, plan, zone, 2022, seen=row.version)
    load.everything()
    assert queries.resolve("徐圩").zone is None
    assert queries.quota(plan.id, 2022, zone.id) is None
