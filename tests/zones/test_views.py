import pytest

from crm.core.db import db
from crm.zones import queries

PLAN = "/admin/plans/LYG-2022-2025"


def _row(zone: str = "LYG-ETDZ", year: int = 2023):
    plan = queries.plan_by_code("LYG-2022-2025")
    return queries.quota(plan.id, year, queries.by_code(zone).id)


def _quota(**values) -> dict:
    return {
        "target": "3",
        "threshold": "120亿",
        "threshold_usd": "12",
        "source": "调整通知",
        "version": "",
    } | values


def test_the_quota_table_says_who_is_not_assessed_and_what_waits_for_confirmation(world) -> None:
    text = world.client("bureau").get(f"{PLAN}?year=2023").text
    assert text.count("不单列考核") == 2
    assert "待确认" in text and "每年各引进百亿元以上项目2个" in text and "≥100.00" in text


def test_a_quota_is_edited_in_the_units_people_write(world) -> None:
    browser = world.client("bureau")
    answer = browser.post(f"{PLAN}/quotas/2023/LYG-ETDZ", data=_quota(version=_row().version))
    assert answer.status_code in (302, 303)
    db.session.expire_all()
    row = _row()
    assert (row.target, int(row.threshold), int(row.threshold_usd)) == (3, 1_200_000, 120_000)


def test_the_later_of_two_editors_sees_both_versions_and_may_keep_his(world) -> None:
    old = _row().version
    world.client("bureau").post(f"{PLAN}/quotas/2023/LYG-ETDZ", data=_quota(version=old))
    answer = world.client("bureau2").post(
        f"{PLAN}/quotas/2023/LYG-ETDZ", data=_quota(target="5", version=old)
    )
    assert answer.status_code == 409
    assert "我填的" in answer.text and 'name="target" value="5"' in answer.text
    db.session.expire_all()
    assert _row().target == 3
    mine = _quota(target="5", version=_row().version, choice="mine")
    world.client("bureau2").post(f"{PLAN}/quotas/2023/LYG-ETDZ", data=mine)
    db.session.expire_all()
    assert _row().target == 5


@pytest.mark.parametrize("field", ["target", "threshold", "threshold_usd", "source"])
def test_a_quota_without_its_parts_is_refused_beside_the_field(world, field: str) -> None:
    answer = world.client("bureau").post(
        f"{PLAN}/quotas/2023/LYG-ETDZ", data=_quota(version=_row().version) | {field: ""}
    )
    assert answer.status_code == 422 and f'id="{field}-err"' in answer.text


def test_a_quota_may_be_given_up_and_is_then_not_assessed(world) -> None:
    browser = world.client("bureau")
    browser.post(f"{PLAN}/quotas/2023/LYG-ETDZ/drop", data={"version": _row().version})
    assert _row() is None
    assert browser.get(f"{PLAN}?year=2023").text.count("不单列考核") == 3
    assert browser.post(f"{PLAN}/quotas/2023/LYG-ETDZ/drop", data={"version": 1}).status_code == 409


def test_a_plan_is_copied_with_its_banner(world) -> None:
    browser = world.client("bureau")
    data = {"code": "LYG-2026-2030", "first_year": "2026", "last_year": "2030"}
    assert browser.post(f"{PLAN}/copy", data=data).status_code in (302, 303)
    assert "沿用2022–2025，待市政府确定" in browser.get("/admin/plans/LYG-2026-2030").text
    assert "已有" in browser.post(f"{PLAN}/copy", data=data).text


def test_a_plan_keeps_its_code_when_edited(world) -> None:
    plan = queries.plan_by_code("LYG-2022-2025")
    data = {
        "code": "HACK", "title": "新名称", "first_year": "2022", "last_year": "2025",
        "counting_milestone": "started", "amount_basis": "fixed", "source": "文件", "version": plan.version,
    }  # fmt: skip
    world.client("bureau").post(f"{PLAN}/edit", data=data)
    db.session.expire_all()
    plan = queries.plan_by_code("LYG-2022-2025")
    assert (plan.title, plan.counting_milestone.value) == ("新名称", "started")


def test_every_fact_of_a_zone_stands_beside_its_source(world) -> None:
    text = world.client("bureau").get("/admin/zones/LYG-HTZ").text
    assert "2015（国家级）" in text and "国务院批准升级" in text and "高新区" in text


def test_a_zone_saved_without_a_source_is_refused_beside_that_field(world) -> None:
    zone = queries.by_code("LYG-HTZ")
    data = {"short_name": zone.short_name, "name": zone.name, "name_source": "", "version": zone.version}
    answer = world.client("bureau").post("/admin/zones/LYG-HTZ", data=data)
    assert answer.status_code == 422 and "全称的来源没有填" in answer.text


def test_an_alias_is_added_and_removed(world) -> None:
    browser = world.client("bureau")
    browser.post("/admin/zones/LYG-HTZ/aliases", data={"alias": "花果山高新区", "source": "通行简称"})
    zone = queries.resolve("花果山高新区").zone
    assert zone is not None and zone.code == "LYG-HTZ"
    alias = next(a for a in queries.aliases_of(zone.id) if a.alias == "花果山高新区")
    other = f"/admin/zones/LYG-ETDZ/aliases/{alias.id}/remove"
    assert browser.post(other).status_code == 404
    browser.post(f"/admin/zones/LYG-HTZ/aliases/{alias.id}/remove")
    assert queries.resolve("花果山高新区").zone is None


@pytest.mark.parametrize(
    "path", ["/admin/zones", "/admin/zones/LYG-HTZ", "/admin/plans", PLAN, f"{PLAN}/edit"]
)
@pytest.mark.parametrize("login", ["officer", "chief", "county", "leader", "sysadmin"])
def test_the_bureaus_pages_are_closed_to_everybody_else(world, login: str, path: str) -> None:
    assert world.client(login).get(path).status_code == 403


@pytest.mark.parametrize("path", ["/admin/zones/NOPE", "/admin/plans/NOPE", f"{PLAN}/quotas/2030/LYG-ETDZ"])
def test_what_does_not_exist_is_not_found(world, path: str) -> None:
    assert world.client("bureau").get(path).status_code == 404
