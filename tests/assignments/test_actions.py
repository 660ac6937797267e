"""Assigning leaders and specialists: rules, actions, pages, API."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from crm.assignments import actions, queries, rules
from crm.assignments.rules import AssignmentDraft, AssignmentKind, Candidate, Seat
from crm.core import clock
from crm.core.db import db
from crm.core.errors import Conflict, RuleBroken
from crm.core.paging import Window
from crm.notices.models import Notice
from crm.projects.models import Grant
from crm.projects.rules import GrantLevel, Tier
from crm.units.rules import LeaderLevel
from tests.factories import World, leader

TODAY = clock.today()
DIRECT, LEAD_BY, SPECIALIST = AssignmentKind


def draft(kind: AssignmentKind = DIRECT, on: date = TODAY, **values: Any) -> AssignmentDraft:
    return AssignmentDraft(kind, on, **values)


ZONE, COUNTY, BLOCK = 1, 2, 3
LEADERS = [
    Candidate(10, "县委书记", "", LeaderLevel.COUNTY_MAIN, COUNTY, None, 20),
    Candidate(11, "县长", "", LeaderLevel.COUNTY_MAIN, COUNTY, None, 30),
    Candidate(12, "副县长", "", LeaderLevel.COUNTY_CHARGE, COUNTY, None, 10),
    Candidate(13, "板块主任", "", LeaderLevel.COUNTY_MAIN, BLOCK, None, 15),
    Candidate(14, "开发区副主任", "", LeaderLevel.COUNTY_CHARGE, ZONE, ZONE, 40),
    Candidate(15, "市长", "", LeaderLevel.CITY_MAIN, 9, None, 1),
]


@pytest.mark.parametrize(
    ("kind", "seat", "expected"),
    [
        (DIRECT, Seat(ZONE, COUNTY, False), [10, 11]),
        (DIRECT, Seat(ZONE, BLOCK, True), [13]),
        (LEAD_BY, Seat(ZONE, COUNTY, False), [14]),
        (SPECIALIST, Seat(ZONE, COUNTY, False), []),
    ],
)
def test_decision_12_names_the_direct_leader_by_rank(
    kind: AssignmentKind, seat: Seat, expected: list[int]
) -> None:
    assert [one.id for one in rules.suggested(kind, seat, reversed(LEADERS))] == expected


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        (draft(DIRECT), "leader"),
        (draft(SPECIALIST), "user"),
        (draft(DIRECT, leader_id=1, user_id=2), "user"),
        (draft(SPECIALIST, user_id=1, leader_id=2), "leader"),
        (draft(DIRECT, leader_id=1, ends_on=TODAY - timedelta(days=1)), "ends_on"),
    ],
)
def test_a_draft_that_makes_no_sense_is_refused_at_its_field(wanted: AssignmentDraft, field: str) -> None:
    with pytest.raises(RuleBroken) as broken:
        rules.check(wanted)
    assert broken.value.field == field


def test_a_specialist_gets_a_right_to_work_for_his_term(world: World) -> None:
    project = world.project("LYG-XUWEI")
    chief = world.actor("bureau")
    person = world.users["officer2"]
    made = actions.assign(chief, project, draft(SPECIALIST, user_id=person.id), TODAY)
    right = db.session.scalars(select(Grant).where(Grant.project_id == project.id)).one()
    assert (right.user_id, right.level, right.source, right.source_id) == (
        person.id,
        GrantLevel.WORK,
        "assignment",
        made.id,
    )
    assert db.session.scalars(select(Notice.user_id)).all() == [person.id]
    actions.end(chief, project, made, TODAY)
    assert right.ends_on == TODAY
    with pytest.raises(Conflict):
        actions.end(chief, project, made, TODAY)


def test_somebody_from_another_zone_cannot_be_the_specialist(world: World) -> None:
    project = world.project("LYG-ETDZ")
    with pytest.raises(RuleBroken) as broken:
        actions.assign(
            world.actor("chief"), project, draft(SPECIALIST, user_id=world.users["officer2"].id), TODAY
        )
    assert broken.value.field == "user"


def test_a_new_direct_leader_takes_over_and_the_term_of_the_old_ends_the_day_before(world: World) -> None:
    project = world.project()
    one, two = leader("LYG-B-ETDZ", "甲", "书记"), leader("LYG-B-ETDZ", "乙", "主任", rank_no=20)
    chief = world.actor("chief")
    first = actions.assign(chief, project, draft(leader_id=one.id, on=TODAY - timedelta(days=30)), TODAY)
    with pytest.raises(RuleBroken):
        actions.assign(chief, project, draft(leader_id=one.id), TODAY)
    actions.assign(chief, project, draft(leader_id=two.id), TODAY)
    assert first.ends_on == TODAY - timedelta(days=1)
    assert [row.name for row in queries.of_project(project.id, TODAY)] == ["乙"]
    assert [row.name for row in queries.of_project(project.id, TODAY, past=True)] == ["甲", "乙"]
    with pytest.raises(RuleBroken):
        actions.assign(chief, project, draft(leader_id=one.id, on=TODAY), TODAY)


def test_major_projects_without_a_leader_come_first_and_leaders_by_rank(
    world: World, count_queries: Any
) -> None:
    low, high = (
        leader("LYG-B-ETDZ", "阿一", "主任", rank_no=50),
        leader("LYG-B-ETDZ", "周二", "书记", rank_no=5),
    )
    bureau = world.actor("bureau")
    with_low = world.project(tier=Tier.T100)
    with_high = world.project(tier=Tier.T50)
    without = world.project(tier=Tier.T50)
    world.project(tier=Tier.T10)
    actions.assign(bureau, with_low, draft(leader_id=low.id), TODAY)
    actions.assign(bureau, with_high, draft(leader_id=high.id), TODAY)
    with count_queries() as statements:
        page = queries.overview(bureau, queries.OverviewFilter(), Window(), TODAY)
    assert [row.id for row in page.items] == [without.id, with_high.id, with_low.id]
    assert page.items[0].lacks_leader and page.total == 3
    assert len(statements) == 3
    assert [one.name for one in queries.loads(bureau, TODAY)] == ["周二", "阿一"]
    first = queries.overview(bureau, queries.OverviewFilter(), Window(per_page=1), TODAY)
    second = queries.overview(
        bureau, queries.OverviewFilter(), Window(per_page=1, after=first.next_token), TODAY
    )
    assert [row.id for row in second.items] == [with_high.id]
    only = queries.overview(bureau, queries.OverviewFilter(missing=True), Window(), TODAY)
    assert [row.id for row in only.items] == [without.id]


class TestPages:
    def test_a_chief_assigns_on_the_page(self, world: World, as_: Callable[[str], FlaskClient]) -> None:
        project = world.project(tier=Tier.T100)
        one = leader("LYG-B-ETDZ", "苏明哲", "主要负责人")
        db.session.commit()
        browser = as_("chief")
        assert "安排挂钩领导" in browser.get("/assignments").text
        path = f"/projects/{project.code}/assignments"
        assert "按规定应为" in browser.get(path).text
        refused = browser.post(path, data={"kind": "direct_leader", "starts_on": TODAY.isoformat()})
        assert refused.status_code == 422 and "没有选挂钩领导" in refused.text
        form = {"kind": "direct_leader", "leader": str(one.id), "starts_on": TODAY.isoformat()}
        assert browser.post(path, data=form).status_code == 303
        assert "苏明哲" in as_("officer").get("/assignments").text
        assert "苏明哲" not in as_("officer2").get("/assignments").text
        made = queries.of_project(project.id, TODAY)[0]
        assert browser.post(f"{path}/{made.id}/end", data={"ends_on": TODAY.isoformat()}).status_code == 303
        assert queries.of_project(project.id, TODAY + timedelta(days=1)) == []

    @pytest.mark.parametrize(
        ("login", "index", "form"),
        [("officer", 200, 403), ("chief", 200, 200), ("county", 200, 403), ("bureau", 200, 200), ("leader", 200, 403),
         ("officer2", 200, 403), ("dept", 403, 403), ("specialist", 403, 403), ("auditor", 403, 403)],
    )  # fmt: skip
    def test_the_reach_of_every_role(
        self, world: World, as_: Callable[[str], FlaskClient], login: str, index: int, form: int
    ) -> None:
        project = world.project(tier=Tier.T100)
        db.session.commit()
        browser = as_(login)
        answer = browser.get("/assignments")
        assert answer.status_code == index
        assert (project.name in answer.text) == (login in ("officer", "chief", "bureau", "leader"))
        assert browser.get(f"/projects/{project.code}/assignments").status_code == form

    def test_a_chief_does_not_reach_another_zone(
        self, world: World, as_: Callable[[str], FlaskClient]
    ) -> None:
        project = world.project("LYG-XUWEI")
        db.session.commit()
        assert as_("chief").get(f"/projects/{project.code}/assignments").status_code == 404


class TestApi:
    def test_assigning_listing_and_ending(self, world: World, client: FlaskClient) -> None:
        project = world.project("LYG-ETDZ")
        one = leader("LYG-B-ETDZ", "苏明哲", "主要负责人")
        db.session.commit()
        chief, officer, stranger = world.token("chief"), world.token("officer"), world.token("officer2")
        body = {"project": project.code, "kind": "direct_leader", "leader": one.id}
        made = client.post("/api/v1/assignments", json=body, headers=chief)
        assert made.status_code == 201 and made.json["leader"]["name"] == "苏明哲"
        assert client.post("/api/v1/assignments", json=body, headers=officer).status_code == 403
        assert (
            client.post("/api/v1/assignments", json=body | {"leader": None}, headers=chief).status_code == 422
        )
        specialist = {"project": project.code, "kind": "specialist", "user": "specialist"}
        assert client.post("/api/v1/assignments", json=specialist, headers=chief).status_code == 201
        assert (
            client.post(
                "/api/v1/assignments", json=specialist | {"user": "officer2"}, headers=chief
            ).status_code
            == 422
        )
        listed = client.get(f"/api/v1/assignments?project={project.code}", headers=officer).json
        assert [item["kind"] for item in listed["items"]] == ["direct_leader", "specialist"]
        assert client.get("/api/v1/assignments", headers=stranger).json["total"] == 0
        path = f"/api/v1/assignments/{made.json['id']}/end"
        assert client.post(path, json={}, headers=stranger).status_code == 403
        assert client.post(path, json={}, headers=chief | {"If-Match": '"9"'}).status_code == 409
        ended = client.post(path, json={}, headers=chief)
        assert ended.json["ends_on"] == TODAY.isoformat()
        assert client.post("/api/v1/assignments/999999/end", json={}, headers=chief).status_code == 404
