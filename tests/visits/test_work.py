"""Days on station, figures that lead to their lists, and the officers' cards."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from crm.core import clock
from crm.core.db import db
from crm.core.errors import Forbidden, NotFound, RuleBroken
from crm.core.paging import Window
from crm.pipeline.queries import cards
from crm.projects.rules import Capital, Stage, Tier
from crm.units.rules import LeaderLevel
from crm.visits import queries
from crm.visits.actions import stations
from crm.visits.models import StationDay, VisitOurs
from crm.visits.queries import By, Filters, StationFilters
from crm.visits.rules import Mode
from crm.visits.rules.card import Item
from crm.visits.rules.occasions import StationDraft
from tests import factories
from tests.factories import World

As = Callable[[str], FlaskClient]
TODAY = clock.today()
MONTH = TODAY.replace(day=1)


# --- stations -----------------------------------------------------------------------------------------


def test_a_day_on_station_told_twice_is_corrected_and_counts_the_visits_of_that_day(world: World) -> None:
    actor, investor = world.actor("officer"), world.company()
    for _ in range(2):
        factories.visit(world.users["officer"], investor, mode=Mode.STATIONED)
    stations.sign_in(actor, StationDraft(TODAY, "上海"), TODAY)
    stations.sign_in(actor, StationDraft(TODAY, "上海", leads=2, referrals=1), TODAY)
    (row,) = queries.list_station_days(actor, StationFilters(), Window()).items
    assert (row.station, row.companies, row.leads, row.referrals) == ("上海", 1, 2, 1)
    assert queries.station_sums(actor, StationFilters())[world.users["officer"].id].days == 1


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (StationDraft(TODAY + timedelta(days=1), "上海"), "day"),
        (StationDraft(TODAY, " "), "station"),
        (StationDraft(TODAY, "上海", leads=-1), "leads"),
        (StationDraft(TODAY, "上海", referrals=1000), "referrals"),
        (StationDraft(TODAY, "上海", station_id=999_999), "station_id"),
    ],
)
def test_a_wrong_day_on_station_is_refused_beside_its_field(
    world: World, draft: StationDraft, field: str
) -> None:
    with pytest.raises(RuleBroken) as refused:
        stations.sign_in(world.actor("officer"), draft, TODAY)
    assert refused.value.field == field


def test_a_day_is_taken_back_by_its_owner_alone(world: World) -> None:
    day = stations.sign_in(world.actor("officer"), StationDraft(TODAY, "上海"), TODAY)
    with pytest.raises(Forbidden):
        stations.take_back(world.actor("chief"), day)
    with pytest.raises(NotFound):
        queries.own_station_day(world.actor("chief"), day.id)
    stations.take_back(world.actor("officer"), day)
    assert db.session.scalars(select(StationDay)).all() == []


def test_the_page_signs_in_without_script_and_says_what_is_wrong(world: World, as_: As) -> None:
    client = as_("officer")
    wrong = client.post("/visits/stations", data={"day": TODAY.isoformat(), "leads": "一些"})
    assert wrong.status_code == 422 and "请填整数" in wrong.text
    form = {"day": TODAY.isoformat(), "station": "深圳", "leads": "3", "referrals": "", "work": "拜访两家"}
    assert client.post("/visits/stations", data=form).status_code == 303
    page = client.get("/visits/stations").text
    assert "深圳" in page and "拜访两家" in page
    assert "深圳" not in as_("officer2").get("/visits/stations").text
    assert as_("leader").post("/visits/stations", data=form).status_code == 403


# --- figures --------------------------------------------------------------------------------------------


def _led(visit: Any, leader: Any) -> None:
    db.session.add(
        VisitOurs(visit_id=visit.id, leader_id=leader.id, name=leader.name, level=leader.level, leads=True)
    )


def _some(world: World) -> None:
    leader = factories.leader("LYG-ETDZ", "演示主任", "主任", LeaderLevel.COUNTY_MAIN)
    for n, mode in enumerate((Mode.OUTBOUND, Mode.OUTBOUND, Mode.INBOUND, Mode.PHONE)):
        visit = factories.visit(
            world.users["officer"],
            world.company(f"第{n % 3}家有限公司") if n < 3 else world.company(),
            mode=mode,
            happened_on=TODAY - timedelta(days=n),
        )
        if n < 2:
            _led(visit, leader)
    factories.visit(world.users["chief"], world.company(), happened_on=TODAY)
    factories.visit(world.users["officer2"], world.company(), zone_code="LYG-XUWEI", happened_on=TODAY)
    db.session.commit()


@pytest.mark.parametrize("by", list(By))
def test_every_figure_is_the_length_of_the_list_it_leads_to(world: World, as_: As, by: By) -> None:
    _some(world)
    client = as_("bureau")
    since = (TODAY - timedelta(days=20)).isoformat()
    page = client.get(f"/visits/figures?by={by.value}&since={since}&until={TODAY.isoformat()}").text
    table = page[page.index("<table") : page.index("</table>")]
    row_of = re.findall(r"<tr>(.*?)</tr>", table, re.S)[1:]
    seen = 0
    for row in row_of:
        cells = re.findall(r'<td class="num"><a href="([^"]+)">(\d+)</a></td>', row)
        # 家次 and 人次 are counted on the visits of the first link; every other figure is a list of its own.
        for url, figure in [cells[0], *[c for c in cells if "mode=" in c[0] or "led=" in c[0]]]:
            listed = client.get(unescape(url)).text
            assert re.search(rf"<b>{figure}</b><span class=\"u\">次", listed), (url, figure)
            seen += 1
    assert seen >= 2


def test_the_whole_counts_a_company_once_and_growth_on_nothing_is_a_dash(world: World, as_: As) -> None:
    _some(world)
    filters = Filters(since=TODAY - timedelta(days=20), until=TODAY)
    lines = queries.figures(world.actor("officer"), filters, By.OFFICER)
    whole = queries.whole(world.actor("officer"), filters)
    assert [line.visits for line in lines] == [4, 1]
    assert whole.visits == 5 and whole.led == 2
    page = as_("officer").get("/visits/figures").text
    assert "—" in page
    # The export has the days that stand above the figures.
    assert f"since={TODAY.year}-01-01&amp;until={TODAY}&amp;list=visits" in page


def test_figures_take_one_statement_at_any_size(world: World, count_queries: Any) -> None:
    _some(world)
    actor, filters = world.actor("bureau"), Filters(since=TODAY - timedelta(days=20), until=TODAY)
    for by in By:
        queries.figures(actor, filters, by)
        with count_queries() as seen:
            queries.figures(actor, filters, by)
        assert len(seen) == 1


# --- cards ----------------------------------------------------------------------------------------------


def _card_of(world: World, login: str, actor: str = "chief") -> Any:
    of = cards.month_of(world.actor(actor), MONTH, world.zone("LYG-ETDZ").id)
    return next(card for card in of.cards if card.user_id == world.users[login].id)


def test_a_card_counts_visits_receptions_projects_days_and_leaders_of_the_month(world: World) -> None:
    officer = world.users["officer"]
    leader = factories.leader("LYG-ETDZ", "演示主任", "主任")
    led = factories.visit(officer, world.company(), mode=Mode.OUTBOUND, happened_on=MONTH)
    _led(led, leader)
    factories.visit(officer, world.company(), mode=Mode.INBOUND, happened_on=MONTH)
    joined = factories.visit(world.users["chief"], world.company(), mode=Mode.OUTBOUND, happened_on=MONTH)
    db.session.add(VisitOurs(visit_id=joined.id, user_id=officer.id, name=officer.name))
    factories.visit(officer, world.company(), happened_on=MONTH - timedelta(days=1))
    world.project(owner_id=officer.id, total="60000", tier=Tier.T5)
    world.project(owner_id=officer.id, total="10000", tier=Tier.T1)
    factories.station_day(officer, MONTH)
    db.session.flush()
    card = _card_of(world, "officer")
    assert {item: card.of(item).value for item in Item} == {
        Item.STATION_DAYS: 1,
        Item.VISITS: 2,
        Item.RECEPTIONS: 1,
        Item.PROJECTS: 2,
        Item.GOOD_PROJECTS: 1,
        Item.LED: 1,
        Item.FOREIGN: 0,
        Item.ABSENCES: 0,
    }
    assert (card.total, card.place) == (Decimal("70.00"), 1)


def test_a_foreign_signing_of_the_month_gives_its_points_to_its_owner(world: World) -> None:
    project = world.project(owner_id=world.users["officer"].id, stage=Stage.SIGNED, capital=Capital.FOREIGN)
    factories.recognised(project, MONTH, capital=Capital.FOREIGN)
    home = world.project(owner_id=world.users["officer"].id, stage=Stage.SIGNED)
    factories.recognised(home, MONTH)
    assert _card_of(world, "officer").of(Item.FOREIGN).points == 20


def test_an_absence_takes_points_off_until_it_is_withdrawn_and_is_never_ones_own(world: World) -> None:
    chief, officer = world.actor("chief"), world.users["officer"]
    for _ in range(2):
        factories.visit(officer, world.company(), mode=Mode.INBOUND, happened_on=MONTH)
        factories.visit(officer, world.company(), mode=Mode.OUTBOUND, happened_on=MONTH)
    absence = stations.note_absence(chief, officer.id, MONTH, "电话查岗", TODAY)
    assert _card_of(world, "officer").of(Item.ABSENCES).points == -10
    assert _card_of(world, "officer").total == 10
    for who, user_id, field in (
        ("chief", world.users["chief"].id, "user"),
        ("chief", world.users["officer2"].id, "user"),
    ):
        with pytest.raises(RuleBroken) as refused:
            stations.note_absence(world.actor(who), user_id, MONTH, "", TODAY)
        assert refused.value.field == field
    with pytest.raises(RuleBroken):
        stations.note_absence(chief, officer.id, TODAY + timedelta(days=1), "", TODAY)
    with pytest.raises(RuleBroken):
        stations.withdraw_absence(chief, absence, " ")
    stations.withdraw_absence(chief, absence, "已请假")
    assert _card_of(world, "officer").total == 20


def test_the_cards_explain_themselves_and_lead_to_what_they_count(world: World, as_: As) -> None:
    officer = world.users["officer"]
    factories.visit(officer, world.company(), mode=Mode.OUTBOUND, happened_on=MONTH)
    db.session.commit()
    client = as_("chief")
    page = client.get("/visits/cards").text
    assert "陈思远" in page and f"person={officer.id}" in page
    one = client.get(f"/visits/cards/{officer.id}").text
    assert "本人1 ÷ 本组最高1 × 10分 = 10.00分" in one
    noted = client.post(
        f"/visits/cards/{officer.id}/absences", data={"day": MONTH.isoformat(), "note": "查岗"}
    )
    assert noted.status_code == 303
    assert "查岗" in client.get(noted.location).text
    tomorrow = (TODAY + timedelta(days=1)).isoformat()
    wrong = client.post(f"/visits/cards/{officer.id}/absences", data={"day": tomorrow})
    assert wrong.status_code == 422 and "日期晚于今天" in wrong.text
    assert (
        as_("officer")
        .post(f"/visits/cards/{officer.id}/absences", data={"day": MONTH.isoformat()})
        .status_code
        == 403
    )
    assert as_("specialist").get("/visits/cards").status_code == 403


def test_a_card_opened_from_the_citys_list_keeps_the_citys_group(world: World, as_: As) -> None:
    officer, other = world.users["officer"], world.users["officer2"]
    factories.visit(officer, world.company(), mode=Mode.OUTBOUND, happened_on=MONTH)
    for _ in range(2):
        factories.visit(other, world.company(), mode=Mode.OUTBOUND, happened_on=MONTH)
    db.session.commit()
    bureau = as_("bureau")
    found = re.search(rf'href="(/visits/cards/{officer.id}\?[^"]+)"', bureau.get("/visits/cards").text)
    assert found is not None
    assert "本人1 ÷ 本组最高2 × 10分 = 5.00分" in bureau.get(unescape(found[1])).text
    assert "本人1 ÷ 本组最高1 × 10分" in bureau.get(f"/visits/cards/{officer.id}").text
    assert "本人1 ÷ 本组最高1 × 10分" in as_("chief").get(f"/visits/cards/{officer.id}?group=all").text


def test_cards_take_a_fixed_number_of_statements(world: World, count_queries: Any) -> None:
    actor, zone_id = world.actor("chief"), world.zone("LYG-ETDZ").id

    def statements() -> int:
        with count_queries() as seen:
            cards.month_of(actor, MONTH, zone_id)
        return len(seen)

    factories.visit(world.users["officer"], world.company(), happened_on=MONTH)
    statements()
    few = statements()
    for n in range(5):
        factories.account(
            factories.Person(f"more{n}", f"专员{n}", world.actor("officer").role, "LYG-ETDZ", "专员")
        )
        factories.visit(world.users["officer"], world.company(), happened_on=MONTH)
    assert statements() == few


@pytest.mark.parametrize("month", ["9999-12", "0001-01", "abc", "2026-13", "2024-02"])
def test_an_odd_month_or_period_is_no_error(world: World, as_: As, month: str) -> None:
    assert as_("chief").get(f"/visits/cards?month={month}").status_code == 200
    day = f"{month}-29"
    assert as_("officer").get(f"/visits/figures?since={day}&until={day}").status_code == 200
    assert as_("officer").get(f"/visits/occasions/trip?since={day}").status_code == 200


def test_the_year_before_29_february_ends_on_the_28th() -> None:
    from crm.visits.views.counting import year_before

    before = year_before(Filters(since=date(2024, 2, 29), until=date(2024, 3, 1)))
    assert (before.since, before.until) == (date(2023, 2, 28), date(2023, 3, 1))
