"""Trips, receptions and events: written down once, counted as the bureaus count, with their visits in one table."""

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from crm.audit.models import AuditEvent
from crm.core import clock, phones
from crm.core.db import db
from crm.core.errors import Forbidden, NotFound, RuleBroken
from crm.core.paging import Window
from crm.units.rules import LeaderLevel
from crm.visits import actions, queries
from crm.visits.actions import occasions
from crm.visits.models import Occasion, Visit
from crm.visits.queries import OccasionFilters
from crm.visits.rules import Draft, Mode, OccasionDraft, OccasionKind, Ours, tally
from tests import factories
from tests.factories import World

As = Callable[[str], FlaskClient]
TODAY = clock.today()


def _draft(kind: OccasionKind = OccasionKind.TRIP, **values: Any) -> OccasionDraft:
    given: dict[str, Any] = {
        "client_id": str(uuid.uuid4()),
        "kind": kind,
        "title": "赴深圳拜访储能企业",
        "place": "深圳",
        "starts_on": TODAY - timedelta(days=3),
        "ends_on": TODAY,
        "ours": (Ours("陈思远"), Ours("王明", level=LeaderLevel.CITY_CHARGE)),
    }
    return OccasionDraft(**(given | values))


def _record(world: World, login: str = "officer", **values: Any) -> Occasion:
    return occasions.record(world.actor(login), _draft(**values), TODAY).occasion


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": " "}, "title"),
        ({"place": ""}, "place"),
        ({"starts_on": TODAY + timedelta(days=1), "ends_on": None}, "starts_on"),
        ({"ends_on": TODAY + timedelta(days=1)}, "ends_on"),
        ({"ends_on": TODAY - timedelta(days=9)}, "ends_on"),
        ({"starts_on": TODAY - timedelta(days=90)}, "ends_on"),
        ({"client_id": "abc"}, "client_id"),
        ({"starts_at": "9点"}, "starts_at"),
        ({"kind": OccasionKind.EVENT, "guests": -1}, "guests"),
        ({"kind": OccasionKind.EVENT, "signed_amount": Decimal(1)}, "signed_count"),
    ],
)
def test_what_is_wrong_is_refused_beside_its_field(world: World, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(RuleBroken) as refused:
        occasions.record(world.actor("officer"), _draft(**changes), TODAY)
    assert refused.value.field == field


def test_the_same_form_sent_twice_is_one_trip_and_somebody_elses_id_is_refused(world: World) -> None:
    draft = _draft()
    first = occasions.record(world.actor("officer"), draft, TODAY)
    again = occasions.record(world.actor("officer"), draft, TODAY)
    assert (first.created, again.created, first.occasion.id) == (True, False, again.occasion.id)
    with pytest.raises(RuleBroken):
        occasions.record(world.actor("officer2"), draft, TODAY)


def test_the_leader_leads_whoever_stands_first(world: World) -> None:
    row = queries.show_occasion(world.actor("officer"), _record(world).id)
    assert row.leader is not None and row.leader.name == "王明"
    assert [person.name for person in row.ours] == ["陈思远", "王明"]


def test_a_trip_keeps_nothing_of_an_event(world: World) -> None:
    trip = _record(world, guests=9, organiser="市商务局", signed_count=2, signed_amount=Decimal(100))
    assert (trip.guests, trip.organiser, trip.signed_count, trip.signed_amount) == (None, "", None, None)
    event = _record(world, kind=OccasionKind.EVENT, guests=9, signed_count=2, signed_amount=Decimal(100))
    assert (event.guests, event.signed_count, event.signed_amount) == (9, 2, 100)


def _visit(world: World, trip: Occasion, days: int, name: str = "") -> Visit:
    investor = world.company(name, zone_code="LYG-ETDZ")
    on = trip.starts_on + timedelta(days=days)
    return factories.visit(world.users["officer"], investor, occasion_id=trip.id, happened_on=on)


def test_batches_companies_people_and_days_are_those_of_the_visits(world: World) -> None:
    trip = _record(world)
    first = _visit(world, trip, 0)
    _visit(world, trip, 1)
    factories.visit(
        world.users["officer"],
        queries.company(first.company_id),  # type: ignore[arg-type]
        occasion_id=trip.id,
        happened_on=trip.starts_on,
    )
    _record(world, ours=(Ours("陈思远"),), ends_on=TODAY - timedelta(days=3))
    _record(world, "officer2")
    facts = queries.facts_of_occasions(world.actor("officer"), OccasionFilters(kind=OccasionKind.TRIP))
    assert tally.whole(facts) == tally.Tally(batches=2, companies=2, people=3, days=5)
    by_level = tally.tally(facts, lambda one: one.level)
    assert by_level[LeaderLevel.CITY_CHARGE].batches == 1 and by_level[None].batches == 1
    page = queries.list_occasions(world.actor("officer"), OccasionFilters(kind=OccasionKind.TRIP), Window())
    assert page.total == 2
    assert sum(row.companies for row in page.items) == 2
    city = queries.facts_of_occasions(world.actor("bureau"), OccasionFilters())
    assert tally.whole(city).batches == 3


def test_the_filter_by_rank_leads_to_what_the_figure_counts(
    world: World, as_: Callable[[str], FlaskClient]
) -> None:
    led = _record(world)
    alone = _record(world, ours=(Ours("陈思远"),))
    for wanted, found in (
        (OccasionFilters(level=LeaderLevel.CITY_CHARGE), led),
        (OccasionFilters(unled=True), alone),
    ):
        page = queries.list_occasions(world.actor("officer"), wanted, Window())
        assert [row.id for row in page.items] == [found.id]
        assert len(queries.facts_of_occasions(world.actor("officer"), wanted)) == 1
    db.session.commit()
    page = as_("officer").get(f"/visits/occasions/trip?level=none&since={alone.starts_on}").text
    assert "未注明领导" in page and f"/visits/occasions/{alone.id}" in page
    assert f"/visits/occasions/{led.id}" not in page


def test_a_list_takes_the_same_number_of_statements_at_any_size(world: World, count_queries: Any) -> None:
    def statements() -> int:
        with count_queries() as seen:
            queries.list_occasions(world.actor("officer"), OccasionFilters(), Window())
        return len(seen)

    _visit(world, _record(world), 0)
    few = statements()
    for _ in range(8):
        _visit(world, _record(world), 1)
    assert statements() == few


def test_a_visit_belongs_only_to_an_occasion_of_its_zone_and_days(world: World) -> None:
    trip, other = _record(world), _record(world, "officer2")
    draft = Draft(
        client_id=str(uuid.uuid4()),
        happened_on=TODAY,
        mode=Mode.OUTBOUND,
        summary="谈了选址",
        company_id=world.company().id,
        no_next_step_reason="礼节性拜访",
        occasion_id=trip.id,
    )
    actor = world.actor("officer")
    assert actions.log(actor, draft, TODAY).visit.occasion_id == trip.id
    for changes, field in (
        ({"occasion_id": other.id}, "occasion"),
        ({"occasion_id": 999_999}, "occasion"),
        ({"happened_on": TODAY - timedelta(days=9)}, "happened_on"),
    ):
        with pytest.raises(RuleBroken) as refused:
            actions.log(actor, replace(draft, client_id=str(uuid.uuid4()), **changes), TODAY)
        assert refused.value.field == field


def test_days_that_would_leave_a_visit_outside_are_refused(world: World) -> None:
    trip = _record(world)
    _visit(world, trip, 2)
    with pytest.raises(RuleBroken) as refused:
        occasions.edit(
            world.actor("officer"), trip, _draft(ends_on=trip.starts_on, client_id=trip.client_id), TODAY
        )
    assert refused.value.field == "starts_on"
    occasions.edit(world.actor("chief"), trip, _draft(title="改了名", client_id=trip.client_id), TODAY)
    assert trip.title == "改了名"
    with pytest.raises(Forbidden):
        occasions.edit(world.actor("specialist"), trip, _draft(), TODAY)


def test_single_visits_are_gathered_and_stay_when_the_trip_is_removed(world: World) -> None:
    trip = _record(world)
    lone = factories.visit(world.users["officer"], world.company("独行有限公司"), happened_on=TODAY)
    late = factories.visit(world.users["officer"], world.company(), happened_on=TODAY - timedelta(days=30))
    actor = world.actor("officer")
    assert [words for _, words in queries.lone_visits(actor, trip)] == [
        f"{TODAY:%m-%d} 外出拜访 独行有限公司"
    ]
    with pytest.raises(RuleBroken):
        occasions.gather(actor, trip, [late.id])
    assert occasions.gather(actor, trip, [lone.id]) == 1
    with pytest.raises(RuleBroken):
        occasions.remove(actor, trip, " ")
    occasions.remove(actor, trip, "记重了")
    db.session.expire_all()
    assert db.session.get_one(Visit, lone.id).occasion_id is None
    with pytest.raises(NotFound):
        queries.show_occasion(actor, trip.id)
    codes = set(db.session.scalars(select(AuditEvent.code)))
    assert {"occasion.recorded", "occasion.gathered", "occasion.removed"} <= codes


# --- pages -------------------------------------------------------------------------------------------


def _form(**values: Any) -> dict[str, Any]:
    return {
        "client_id": str(uuid.uuid4()),
        "title": "赴上海",
        "place": "上海",
        "starts_on": TODAY.isoformat(),
        "ends_on": "",
        "ours-0": "陈思远、王明（市分管）",
    } | values


def _count(model: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_a_trip_and_its_visits_are_written_down_without_script(world: World, as_: As) -> None:
    client, form = as_("officer"), _form()
    answer = client.post("/visits/occasions/trip/new", data=form)
    assert answer.status_code == 303
    assert client.post("/visits/occasions/trip/new", data=form).location == answer.location
    sheet = {
        "client_id": str(uuid.uuid4()),
        "rows-0-happened_on": TODAY.isoformat(),
        "rows-0-company": "甲储能有限公司",
        "rows-0-theirs": "张三 总经理 13800000000、李四 副总",
        "rows-0-summary": "愿意来看地，回电13912345678",
        "rows-0-next_what": "发邀请",
        "rows-0-next_due": (TODAY + timedelta(days=7)).isoformat(),
        "rows-1-company": "乙储能有限公司",
        "rows-1-summary": "先建立联系",
        "rows-2-company": "",
    }
    assert "用一张表记走访" in client.get(answer.location).text
    first = client.post(answer.location, data=sheet)
    assert first.status_code == 303
    said = client.get(f"{answer.location}").text
    assert "已记 2 次走访" in said and phones.WARNING in said
    again = client.post(answer.location, data=sheet, follow_redirects=True).text
    assert "2 次走访已经保存过，没有重复记" in again and "没有填企业" not in again
    assert (_count(Occasion), _count(Visit)) == (1, 2)
    trip = db.session.scalars(select(Occasion)).one()
    page = client.get(f"/visits/occasions/{trip.id}").text
    assert "甲储能有限公司" in page and "王明" in page
    # Saving the form of a correction again loses no rank that only this record knows.
    assert "王明（市分管" in client.get(f"/visits/occasions/{trip.id}/edit").text
    row = queries.show_occasion(world.actor("officer"), trip.id)
    assert (row.visits, row.companies, row.people, row.days) == (2, 2, 2, 1)


def test_a_wrong_row_is_told_in_its_cell_and_nothing_of_the_table_is_saved(world: World, as_: As) -> None:
    trip = factories.occasion(world.users["officer"])
    db.session.commit()
    answer = as_("officer").post(
        f"/visits/occasions/{trip.id}/visits",
        data={
            "client_id": str(uuid.uuid4()),
            "rows-0-company": "甲有限公司",
            "rows-0-summary": "好",
            "rows-1-company": "乙有限公司",
            "rows-1-happened_on": (TODAY - timedelta(days=40)).isoformat(),
            "rows-1-summary": "也好",
        },
    )
    assert answer.status_code == 422
    assert "第2行没有保存" in answer.text and "乙有限公司" in answer.text
    assert 'id="rows-1-happened_on-err"' in answer.text
    assert _count(Visit) == 0


def test_a_name_like_one_of_the_register_is_asked_about_before_it_stands_there_twice(
    world: World, as_: As
) -> None:
    trip = factories.occasion(world.users["officer"])
    world.company("岱峪制药有限公司")
    db.session.commit()
    sheet = {"client_id": str(uuid.uuid4()), "rows-0-company": "岱峪制药", "rows-0-summary": "好"}
    url = f"/visits/occasions/{trip.id}/visits"
    asked = as_("officer").post(url, data=sheet)
    assert (
        asked.status_code == 422 and "名录里有相近的：岱峪制药有限公司" in asked.text and _count(Visit) == 0
    )
    assert as_("officer").post(url, data=sheet | {"rows-0-new_company": "y"}).status_code == 303
    assert _count(Visit) == 1


@pytest.mark.parametrize("kind", ["trip", "reception", "event"])
def test_every_kind_has_its_list_its_form_and_an_empty_state(world: World, as_: As, kind: str) -> None:
    assert "没有" in as_("officer").get(f"/visits/occasions/{kind}").text
    page = as_("officer").get(f"/visits/occasions/{kind}/new").text
    assert ("参会客商数" in page) == (kind == "event")
    assert as_("officer").get("/visits/occasions/party").status_code == 404


def test_a_refused_trip_says_so_beside_its_field_and_keeps_what_was_typed(world: World, as_: As) -> None:
    late = (TODAY + timedelta(days=5)).isoformat()
    answer = as_("officer").post("/visits/occasions/trip/new", data=_form(starts_on=late))
    assert answer.status_code == 422
    assert "日期晚于今天" in answer.text and late in answer.text and "赴上海" in answer.text


def test_an_old_version_is_not_written_over(world: World, as_: As) -> None:
    trip = factories.occasion(world.users["officer"])
    db.session.commit()
    url = f"/visits/occasions/{trip.id}/edit"
    assert as_("officer").post(url, data=_form(version="0")).status_code == 422
    answer = as_("officer").post(url, data=_form(version=str(trip.version), title="新名字"))
    assert answer.status_code == 303
    db.session.expire_all()
    assert db.session.scalars(select(Occasion.title)).one() == "新名字"


def test_a_visit_of_a_trip_starts_from_its_team_place_and_day(world: World, as_: As) -> None:
    trip = factories.occasion(world.users["officer"], title="赴苏州", place="苏州")
    db.session.commit()
    page = as_("officer").get(f"/visits/new?occasion={trip.id}").text
    assert f'<option selected value="{trip.id}">' in page
    assert 'value="苏州"' in page
    assert as_("officer2").get(f"/visits/new?occasion={trip.id}").status_code == 404
