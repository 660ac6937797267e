"""Pages of settings and of the calendar."""

from typing import ClassVar

import pytest

from crm.core import clock
from crm.core.db import db
from crm.settings import actions, queries, rules


def _fields(**changed: str) -> dict[str, str]:
    """The tiers form as the page shows it."""
    data = {
        f"value-{at}-{key}": row[key]
        for at, row in enumerate(rules.SETTINGS["tiers"].default)
        for key in ("label", "threshold", "threshold_usd")
    }
    return {**data, "source": "市政府办公室通知", "version": "0", **changed}


@pytest.mark.parametrize(("login", "may"), [("bureau", True), ("sysadmin", False)])
def test_both_keepers_read_all_values_and_change_their_own(world, as_, login, may) -> None:
    page = as_(login).get("/admin/settings").get_data(as_text=True)
    assert "在谈多少天未联系为红灯" in page
    assert "密码最短" in page
    assert ("保存修改" in as_(login).get("/admin/settings/light_contact_red").get_data(as_text=True)) is may
    assert ("保存修改" in as_(login).get("/admin/settings/password_length").get_data(as_text=True)) is not may


@pytest.mark.parametrize("login", ["officer", "chief", "leader", "secadmin", "auditor"])
def test_nobody_else_sees_them(world, as_, login) -> None:
    for address in ("/admin/settings", "/admin/settings/tiers", "/admin/calendar"):
        assert as_(login).get(address).status_code == 403


def test_a_value_is_changed_with_its_source(world, as_) -> None:
    browser = as_("bureau")
    data = {"value": "45", "source": "会议纪要 3 号", "version": "0"}
    assert browser.post("/admin/settings/light_contact_red", data=data).status_code == 303
    page = browser.get("/admin/settings/light_contact_red").get_data(as_text=True)
    assert "会议纪要 3 号" in page
    assert "周若岚" in page
    assert queries.value("light_contact_red") == 45


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"value": "45", "source": "", "version": "0"}, "依据没有填"),
        ({"value": "45", "source": "无", "version": "0"}, "依据只有“无”一个字"),
        ({"value": "不少", "source": "通知", "version": "0"}, "这里填数字"),
        ({"value": "0", "source": "通知", "version": "0"}, "超出允许的范围"),
    ],
)
def test_a_refusal_stands_beside_its_field(world, as_, data, said) -> None:
    answer = as_("bureau").post("/admin/settings/light_contact_red", data=data)
    assert answer.status_code == 422
    assert said in answer.get_data(as_text=True)


def test_the_wrong_keeper_is_refused_also_by_post(world, as_) -> None:
    data = {"value": "12", "source": "会议纪要 3 号", "version": "0"}
    assert as_("bureau").post("/admin/settings/password_length", data=data).status_code == 403


def test_two_people_see_both_versions(world, as_) -> None:
    actions.change(world.actor("bureau2"), "light_contact_red", "50", "通报", 0, clock.now())
    db.session.commit()
    data = {"value": "45", "source": "会议纪要 3 号", "version": "0"}
    answer = as_("bureau").post("/admin/settings/light_contact_red", data=data)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "罗知衡" in page
    assert "50 天" in page
    version = queries.find("light_contact_red").version
    assert f'name="version" value="{version}"' in page
    again = as_("bureau").post("/admin/settings/light_contact_red", data={**data, "version": str(version)})
    assert again.status_code == 303
    assert queries.value("light_contact_red") == 45


def test_tiers_are_changed_as_a_table(world, as_) -> None:
    data = _fields(**{"value-1-threshold": "600000", "value-1-label": "一级 60–100亿"})
    assert as_("bureau").post("/admin/settings/tiers", data=data).status_code == 303
    assert queries.value("tiers")[1]["threshold"] == "600000"
    assert "一级 60–100亿" in as_("bureau").get("/admin/settings/tiers").get_data(as_text=True)


def test_tiers_that_do_not_fall_are_refused_and_what_was_typed_stays(world, as_) -> None:
    answer = as_("bureau").post("/admin/settings/tiers", data=_fields(**{"value-1-threshold": "2000000"}))
    assert answer.status_code == 422
    assert "从大到小" in answer.get_data(as_text=True)
    assert 'value="2000000"' in answer.get_data(as_text=True)


def test_a_form_with_missing_rows_is_refused_not_broken(world, as_) -> None:
    answer = as_("bureau").post("/admin/settings/tiers", data={"source": "通知", "version": "0"})
    assert answer.status_code == 422


def test_an_unknown_setting_is_404(world, as_) -> None:
    assert as_("bureau").get("/admin/settings/nothing").status_code == 404


class TestCalendar:
    DATA: ClassVar[dict[str, str]] = {
        "lines": "2039-01-01至2039-01-03 休 元旦\n2039-01-08 班",
        "source": "国办通知",
    }

    def test_lines_are_pasted_shown_and_given_back(self, world, as_) -> None:
        browser = as_("sysadmin")
        answer = browser.post("/admin/calendar", data=self.DATA)
        assert answer.location == "/admin/calendar?year=2039"
        page = browser.get("/admin/calendar?year=2039").get_data(as_text=True)
        assert "元旦" in page
        assert "4天" in page
        assert browser.post("/admin/calendar/2039-01-08/drop").status_code == 303
        assert len(queries.days_of(2039)) == 3
        assert browser.post("/admin/calendar/2039-01-08/drop").status_code == 404
        assert browser.post("/admin/calendar/whenever/drop").status_code == 404

    def test_a_line_that_cannot_be_read_is_named(self, world, as_) -> None:
        answer = as_("sysadmin").post("/admin/calendar", data={"lines": "明天休息", "source": "国办通知"})
        assert answer.status_code == 422
        assert "第1行读不出来" in answer.get_data(as_text=True)

    def test_the_bureau_reads_and_does_not_write(self, world, as_) -> None:
        assert "由系统管理员维护" in as_("bureau").get("/admin/calendar").get_data(as_text=True)
        assert as_("bureau").post("/admin/calendar", data=self.DATA).status_code == 403

    def test_a_missing_year_is_warned_of_on_both_pages(self, world, as_, monkeypatch) -> None:
        monkeypatch.setattr(queries, "missing_years", lambda today: [2039])
        for address in ("/admin/settings", "/admin/calendar"):
            assert "2039年的放假安排还没有录入" in as_("sysadmin").get(address).get_data(as_text=True)

    def test_a_year_out_of_the_calendar_is_404(self, world, as_) -> None:
        assert as_("bureau").get("/admin/calendar?year=99999").status_code == 404
