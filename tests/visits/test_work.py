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
from crm.visits.models import Absence, StationDay, VisitOurs
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
        for url, figure in cells:
            assert _rows(client, url) == int(figure), (url, figure)
            seen += 1
    assert seen >= 2


def _rows(client: FlaskClient, url: str) -> int:
    """How many rows the list behind a figure has: that of a page, or a panel of it."""
    page = client.get(unescape(url)).text
    if "#" in url:
        panel = page[page.index(f'id="{url.partition("#")[2]}"') :]
        return panel[: panel.index("</section>")].count('<li><span class="t">')
    total = re.search(r'class="total"><b>(\d+)</b>', page)
    assert total is not None, url
    return int(total[1])


def test_one_visit_a_company_never_tells_whom_a_hidden_visit_was_to(world: World) -> None:
    chief, officer = world.users["chief"], world.users["officer"]
    both, secret = world.company(), world.company()
    told = factories.visit(officer, both)
    hidden = [factories.visit(chief, investor, confidential=True) for investor in (both, secret, secret)]

    def shown(login: str, **more: Any) -> set[int]:
        return {v.id for v in queries.listing(world.actor(login), Filters(**more), Window()).items}

    assert shown("officer") == {told.id, *(visit.id for visit in hidden)}
    assert shown("officer", each=True) == {told.id, hidden[2].id}
    assert shown("chief", each=True) == {hidden[0].id, hidden[2].id}


def test_what_belongs_to_no_zone_or_to_nobody_is_a_line_that_leads_to_its_list(world: World) -> None:
    city = factories.visit(world.users["bureau"], world.company(), zone_code=None)
    city.created_by = None
    factories.visit(world.users["officer"], world.company())
    bureau = world.actor("bureau")
    for by, narrowed in ((By.ZONE, Filters(zone_id=0)), (By.OFFICER, Filters(author_id=0))):
        assert {line.key: line.visits for line in queries.figures(bureau, Filters(), by)}["0"] == 1
        assert [v.id for v in queries.listing(bureau, narrowed, Window()).items] == [city.id]


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


def _worked(world: World) -> None:
    """A month of two zones, with what a reader of one of them must not count."""
    _some(world)
    officer, other = world.users["officer"], world.users["officer2"]
    for user in (officer, other):
        investor = world.company()
        joined = factories.visit(world.users["chief"], investor, mode=Mode.INBOUND, happened_on=MONTH)
        db.session.add(VisitOurs(visit_id=joined.id, user_id=user.id, name=user.name))
    for zone_code, user in (("LYG-ETDZ", officer), ("LYG-XUWEI", other), ("LYG-XUWEI", officer)):
        for n, (total, tier) in enumerate((("60000", Tier.T5), ("200000", Tier.T10), ("3000", Tier.BELOW))):
            made = world.project(zone_code, owner_id=user.id, total=total, tier=tier)
            # The month begins in the city, hours before it begins elsewhere.
            made.created_at = clock.midnight(MONTH) - timedelta(seconds=n % 2)
        chief, zone_id = world.users["chief"].id, world.zone(zone_code).id
        db.session.add(Absence(user_id=user.id, zone_id=zone_id, day=MONTH, checked_by=chief))
    factories.station_day(officer, MONTH)
    factories.station_day(officer, MONTH - timedelta(days=1))
    if TODAY > MONTH:
        factories.station_day(officer, TODAY, zone_code="LYG-XUWEI")
    foreign = world.project(owner_id=officer.id, stage=Stage.SIGNED, capital=Capital.FOREIGN)
    factories.recognised(foreign, MONTH, capital=Capital.FOREIGN)
    gone = stations.note_absence(world.actor("chief"), officer.id, MONTH, "电话查岗", TODAY)
    stations.withdraw_absence(world.actor("chief"), gone, "已请假")
    db.session.commit()


@pytest.mark.parametrize("reader", ["officer", "chief", "bureau"])
def test_every_count_of_every_card_is_the_length_of_the_list_it_leads_to(
    world: World, as_: As, reader: str
) -> None:
    _worked(world)
    client = as_(reader)
    group = client.get("/visits/cards").text
    rows = [row for row in re.findall(r"<tr>.*?</tr>", group, re.S) if "/visits/cards/" in row]
    seen: dict[str, int] = {}
    for row in rows:
        one = client.get(unescape(re.findall(r'<th scope="row"><a href="([^"]+)"', row)[0])).text
        counts = re.findall(r'<span class="under"><a href="([^"]+)">(\d+)</a>', row)
        # The officer's own page has the same counts with the same links.
        assert re.findall(r'<td class="num"><a href="([^"]+)">(\d+)</a>', one) == counts
        for url, figure in counts:
            assert _rows(client, url) == int(figure), (url, figure)
            seen[unescape(url).partition("?")[0]] = seen.get(unescape(url).partition("?")[0], 0) + int(figure)
    officer = world.users["officer"].id
    assert seen["/visits"] >= 3 and seen["/visits/stations"] >= 1
    # What another zone registered and noted is the city's to count.
    assert seen["/projects"] == (10 if reader == "bureau" else 4)
    assert seen[f"/visits/cards/{officer}"] == (3 if reader == "bureau" else 2)


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
