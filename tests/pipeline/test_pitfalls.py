"""What officers try first (rules.md §14), and bad input, over the API: a clear answer, nothing lost, all of it in the audit."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from crm.audit.models import AuditEvent
from crm.companies.models import Company
from crm.core.db import db
from crm.dashboard import queries
from crm.followups.models import Followup
from crm.followups.rules import DutyState
from crm.notices.models import Notice
from crm.pipeline import queries as pipeline
from crm.pipeline.models import Adjustment
from crm.projects.models import Project
from crm.projects.rules import Capital, Stage
from tests.factories import World, quota_plan, visit
from tests.pipeline.test_actions import TODAY
from tests.pipeline.test_api import signing

Call = Any
LAST = TODAY.replace(day=1) - timedelta(days=1)
LAST_MONTH = f"{LAST:%Y-%m}"
FIRST = TODAY.replace(day=1)


@pytest.fixture(autouse=True)
def plan(world: World) -> None:
    quota_plan(LAST.year, last_year=TODAY.year)
    db.session.commit()


def path_of(project: Project) -> str:
    return f"/projects/{project.code}/milestones/signed"


def talking(world: World, zone: str | None = "LYG-ETDZ", **values: Any) -> Project:
    project = world.project(zone, stage=Stage.INTENT, **values)
    db.session.commit()
    return project


def line(call: Call, zone: str, **args: str) -> dict[str, Any]:
    """The zone's line of the board as the bureau reads it, of this year or of the year of `as_of`."""
    year = args.get("as_of", TODAY.isoformat())[:4]
    query = "&".join(f"{k}={v}" for k, v in ({"year": year, "zone": zone} | args).items())
    found: dict[str, Any] = call("bureau", "get", f"/quotas?{query}").json["lines"][0]
    return found


def counted_by_now(call: Call, zone: str) -> Decimal:
    """Of the running year and last month's together: in January what the old year counted the new one does not count again."""
    return sum(
        (Decimal(line(call, zone, year=str(y))["counted"]) for y in {LAST.year, TODAY.year}), Decimal()
    )


def submitted(call: Call, project: Project, who: str = "officer", **values: Any) -> dict[str, Any]:
    answer = call(who, "put", path_of(project), signing(project, **values))
    assert answer.status_code == 200, answer.json
    found: dict[str, Any] = answer.json
    return found


def recognise(call: Call, project: Project, on: date = TODAY, who: str = "bureau") -> dict[str, Any]:
    answer = call(who, "post", f"{path_of(project)}/recognise", {"recognised_on": on.isoformat()})
    assert answer.status_code == 200, answer.json
    found: dict[str, Any] = answer.json
    return found


def lock(call: Call, month: str = LAST_MONTH) -> None:
    assert call("bureau", "post", f"/periods/{month}/lock").status_code == 200


def codes() -> list[str]:
    return list(db.session.scalars(select(AuditEvent.code).order_by(AuditEvent.id)))


class TestPitfalls:
    def test_1_a_framework_agreement_never_raises_the_signed_numbers(self, world: World, call: Call) -> None:
        project = talking(world, total="1200000")
        refused = call("officer", "put", path_of(project), signing(project, agreement_kind="framework"))
        assert refused.status_code == 422
        assert "不算签约" in refused.json["errors"][0]["message"]
        assert call("bureau", "post", f"{path_of(project)}/recognise", {}).status_code == 409
        board = line(call, "LYG-ETDZ")
        assert (board["counted"], board["pending"]) == ("0", "0")
        assert [p["reason"] for p in board["projects"]] == ["框架协议不算签约"]

    def test_2_just_below_a_hundred_is_not_a_hundred_and_a_hundred_is(self, world: World, call: Call) -> None:
        for total, counted, tier in (("999999", "0", "t50"), ("1000000", "1", "t100")):
            project = talking(world, total=total)
            submitted(call, project)
            assert recognise(call, project)["counted"]["tier"] == tier
            assert line(call, "LYG-ETDZ")["counted"] == counted
        below = next(p for p in line(call, "LYG-ETDZ")["projects"] if not p["counted"])
        assert below["reason"] == "金额99.9999亿元低于100亿元"

    def test_3_a_dollar_project_is_held_against_the_dollar_threshold(self, world: World, call: Call) -> None:
        for usd, counted in (("99999", "0"), ("100000", "1")):
            project = talking(world, total="20", capital=Capital.FOREIGN, total_investment_usd=Decimal(usd))
            submitted(call, project)
            recognise(call, project)
            assert line(call, "LYG-ETDZ")["counted"] == counted

    def test_5_a_date_edited_after_the_month_is_locked_becomes_an_adjustment(
        self, world: World, call: Call
    ) -> None:
        project = talking(world, total="1200000")
        real = LAST - timedelta(days=9)
        body = signing(project, happened_on=real.isoformat())
        assert call("officer", "put", path_of(project), body).status_code == 200
        recognise(call, project, LAST)
        lock(call)
        reported = line(call, "LYG-ETDZ", as_of=LAST.isoformat())["counted"]
        assert reported == "1"
        moved = real - timedelta(days=5)
        changed = call("officer", "put", path_of(project), {**body, "happened_on": moved.isoformat()}).json
        assert changed["needs_again"] and changed["counted"]["recognised_on"] == LAST.isoformat()
        again = recognise(call, project, LAST, "bureau2")
        assert again["counted"]["recognised_on"] == FIRST.isoformat()
        assert again["counted"]["asked_on"] == LAST.isoformat()
        assert line(call, "LYG-ETDZ", as_of=LAST.isoformat())["counted"] == reported
        assert counted_by_now(call, "LYG-ETDZ") == 1
        kept = call("bureau", "get", f"/adjustments?month={LAST_MONTH}").json["items"]
        assert [(a["field"], a["before"], a["after"], a["dated_in"]) for a in kept] == [
            ("实际日期", real.isoformat(), moved.isoformat(), f"{FIRST:%Y-%m}")
        ]
        assert "period.adjusted" in codes()

    def test_18_a_120_project_counts_for_a_zone_that_owes_50(self, world: World, call: Call) -> None:
        lines = call("bureau", "get", f"/quotas?year={TODAY.year}").json["lines"]
        zone = next(item["zone"] for item in lines if item["threshold"] == "500000")
        project = talking(world, zone, total="1200000")
        submitted(call, project, "bureau2")
        recognise(call, project)
        board = line(call, zone)
        assert (board["threshold"], board["counted"]) == ("500000", "1")


class TestShares:
    def _share(
        self, call: Call, project: Project, *shares: tuple[str, str], on: date = FIRST, **more: Any
    ) -> Any:
        lines = [{"zone": zone, "share": share, **more} for zone, share in shares]
        body = {"effective_on": on.isoformat(), "shares": lines}
        return call("bureau", "put", f"/projects/{project.code}/credits", body)

    def test_4_a_transferred_project_is_counted_once_in_the_city_total(
        self, world: World, call: Call
    ) -> None:
        project = talking(world, total="1200000")
        submitted(call, project, happened_on=TODAY.isoformat())
        recognise(call, project)
        alone = [line(call, zone)["counted"] for zone in ("LYG-ETDZ", "LYG-XUWEI")]
        assert alone == ["1", "0"]
        shared = self._share(call, project, ("LYG-ETDZ", "0.4"), ("LYG-XUWEI", "0.6"))
        assert shared.status_code == 200, shared.json
        board = call("bureau", "get", f"/quotas?year={TODAY.year}").json["lines"]
        counted = {row["zone"]: Decimal(row["counted"]) for row in board if Decimal(row["counted"])}
        assert counted == {"LYG-ETDZ": Decimal("0.4"), "LYG-XUWEI": Decimal("0.6")}
        assert sum(counted.values()) == 1

    @pytest.mark.parametrize(
        "shares",
        [
            (("LYG-ETDZ", "0.5"), ("LYG-XUWEI", "0.49")),
            (("LYG-ETDZ", "0.5"), ("LYG-XUWEI", "0.500001")),
            (("LYG-ETDZ", "0.333333"), ("LYG-XUWEI", "0.333333"), ("LYG-GANYU", "0.333333")),
            (("LYG-ETDZ", "1.1"),),
            (("LYG-ETDZ", "1"), ("LYG-XUWEI", "0")),
            (("LYG-ETDZ", "0.5"), ("LYG-ETDZ", "0.5")),
            (("LYG-ETDZ", "1.5"), ("LYG-XUWEI", "-0.5")),
            (("LYG-NOWHERE", "1"),),
            (),
        ],
    )
    def test_19_shares_that_do_not_sum_to_one_are_refused_and_nothing_changes(
        self, world: World, call: Call, shares: tuple[tuple[str, str], ...]
    ) -> None:
        project = talking(world, total="1200000")
        assert self._share(call, project, ("LYG-ETDZ", "0.5"), ("LYG-XUWEI", "0.5")).status_code == 200
        refused = self._share(call, project, *shares)
        assert refused.status_code == 422
        assert [e["field"] for e in refused.json["errors"]] == ["shares"]
        kept = call("bureau", "get", f"/projects/{project.code}").json["credits"]
        assert {(c["zone"], c["share"]) for c in kept} == {("LYG-ETDZ", "0.5"), ("LYG-XUWEI", "0.5")}
        assert codes().count("project.credits_set") == 1

    def test_19_one_indicator_off_by_a_hair_refuses_the_whole_set(self, world: World, call: Call) -> None:
        project = talking(world, total="1200000")
        body = {
            "effective_on": FIRST.isoformat(),
            "shares": [
                {"zone": "LYG-ETDZ", "share": "1"},
                {"zone": "LYG-ETDZ", "share": "0.5", "indicator": "tax"},
                {"zone": "LYG-XUWEI", "share": "0.499999", "indicator": "tax"},
            ],
        }
        answer = call("bureau", "put", f"/projects/{project.code}/credits", body)
        assert answer.status_code == 422 and "税收" in answer.json["errors"][0]["message"]
        assert call("officer", "put", f"/projects/{project.code}/credits", body).status_code == 403

    def test_19_the_page_says_what_the_sum_is_and_keeps_what_was_typed(self, world: World, as_: Any) -> None:
        project = talking(world, total="1200000")
        zones = {code: str(world.zone(code).id) for code in ("LYG-ETDZ", "LYG-XUWEI")}
        sent = {
            "effective_on": FIRST.isoformat(),
            "shares-0-zone_id": zones["LYG-ETDZ"],
            "shares-0-share": "50",
            "shares-1-zone_id": zones["LYG-XUWEI"],
            "shares-1-share": "49.99",
        }
        answer = as_("bureau").post(f"/projects/{project.code}/credits", data=sent)
        text = answer.get_data(as_text=True)
        assert answer.status_code == 422
        assert "合计是 0.9999" in text and 'value="49.99"' in text


class TestClosedMonths:
    """Whatever would change a closed month becomes an adjustment in the open one, both values kept."""

    def recognised_last_month(self, world: World, call: Call) -> Project:
        project = talking(world, total="1200000")
        body = signing(project, happened_on=LAST.isoformat())
        assert call("officer", "put", path_of(project), body).status_code == 200
        recognise(call, project, LAST)
        return project

    def test_a_revoked_milestone_that_a_report_used_stays_in_the_closed_month(
        self, world: World, call: Call
    ) -> None:
        project = self.recognised_last_month(world, call)
        lock(call)
        gone = call("bureau2", "post", f"{path_of(project)}/revoke", {"reason": "协议未盖章"})
        assert (gone.json["state"], gone.json["project"]["stage"]) == ("revoked", "intent")
        assert gone.json["recognitions"][0]["ended"]["on"] == FIRST.isoformat()
        assert line(call, "LYG-ETDZ", as_of=LAST.isoformat())["counted"] == "1"
        now = line(call, "LYG-ETDZ")
        assert now["counted"] == "0"
        assert now["projects"][0]["reason"] == "已撤销认定：协议未盖章"
        one = db.session.scalars(select(Adjustment)).one()
        assert (one.month, one.dated_in, one.field) == (LAST_MONTH, f"{FIRST:%Y-%m}", "amount")
        assert (one.before, one.after) == ("1200000", None)

    def test_a_revocation_before_the_closing_never_counted(self, world: World, call: Call) -> None:
        project = self.recognised_last_month(world, call)
        call("bureau2", "post", f"{path_of(project)}/revoke", {"reason": "协议未盖章"})
        assert line(call, "LYG-ETDZ", as_of=LAST.isoformat())["counted"] == "0"
        assert db.session.scalars(select(Adjustment)).all() == []

    def test_a_corrected_statistical_date_keeps_the_closed_month_and_both_dates(
        self, world: World, call: Call
    ) -> None:
        project = self.recognised_last_month(world, call)
        lock(call)
        body = {"recognised_on": TODAY.isoformat(), "reason": "统计口径核对"}
        done = call("bureau", "post", f"{path_of(project)}/redate", body)
        assert done.json["counted"]["recognised_on"] == TODAY.isoformat()
        assert line(call, "LYG-ETDZ", as_of=LAST.isoformat())["counted"] == "1"
        assert counted_by_now(call, "LYG-ETDZ") == 1
        item = call("bureau", "get", "/adjustments").json["items"][0]
        assert (item["field"], item["before"], item["after"]) == (
            "统计日期",
            LAST.isoformat(),
            TODAY.isoformat(),
        )
        again = call("bureau", "post", f"{path_of(project)}/redate", body)
        assert again.status_code == 422 and "没有变" in again.json["errors"][0]["message"]

    def test_a_corrected_date_of_an_open_month_leaves_nothing_behind(self, world: World, call: Call) -> None:
        project = self.recognised_last_month(world, call)
        body = {"recognised_on": TODAY.isoformat(), "reason": "统计口径核对"}
        assert call("bureau", "post", f"{path_of(project)}/redate", body).status_code == 200
        assert line(call, "LYG-ETDZ", as_of=LAST.isoformat())["counted"] == "0"
        assert line(call, "LYG-ETDZ")["counted"] == "1"
        assert db.session.scalars(select(Adjustment)).all() == []

    def test_a_supplement_replaces_from_the_open_month_and_the_closed_one_stays(
        self, world: World, call: Call
    ) -> None:
        project = self.recognised_last_month(world, call)
        lock(call)
        body = signing(project, happened_on=LAST.isoformat(), agreement={"total_investment": "800000"})
        assert call("officer", "put", path_of(project), body).json["needs_again"]
        recognise(call, project, LAST)
        assert line(call, "LYG-ETDZ", as_of=LAST.isoformat())["counted"] == "1"
        assert line(call, "LYG-ETDZ")["counted"] == "0"
        kept = {a.field: (a.before, a.after) for a in db.session.scalars(select(Adjustment))}
        assert kept["amount"] == ("1200000", "800000") and kept["tier"] == ("t100", "t50")
        history = call("bureau", "get", f"/projects/{project.code}/milestones").json["items"][0][
            "recognitions"
        ]
        assert [(r["total_investment"], r["tier"]) for r in history] == [
            ("800000", "t50"),
            ("1200000", "t100"),
        ]

    def test_a_termination_dated_in_a_closed_month_takes_effect_in_the_open_one(
        self, world: World, call: Call
    ) -> None:
        from crm.projects.rules import AttachmentKind
        from tests.factories import attachment

        project = self.recognised_last_month(world, call)
        lock(call)
        attachment(project, AttachmentKind.TERMINATION)
        db.session.commit()
        body = {"to": "terminated", "reason": "双方解除", "effective_on": LAST.isoformat()}
        assert call("bureau", "post", f"/projects/{project.code}/status", body).status_code == 200
        assert line(call, "LYG-ETDZ", as_of=LAST.isoformat())["counted"] == "1"
        assert line(call, "LYG-ETDZ")["counted"] == "0"
        one = db.session.scalars(select(Adjustment)).one()
        assert (one.field, one.before, one.after) == ("amount", "1200000", None)
        back = {"to": "active", "reason": "误办"}
        assert call("bureau", "post", f"/projects/{project.code}/status", back).status_code == 200
        assert counted_by_now(call, "LYG-ETDZ") == 1

    def test_a_recognition_asked_for_in_a_closed_month_is_noted_there(self, world: World, call: Call) -> None:
        project = talking(world, total="1200000")
        assert (
            call(
                "officer", "put", path_of(project), signing(project, happened_on=LAST.isoformat())
            ).status_code
            == 200
        )
        lock(call)
        recognise(call, project, LAST)
        assert line(call, "LYG-ETDZ", as_of=LAST.isoformat())["counted"] == "0"
        one = db.session.scalars(select(Adjustment)).one()
        assert (one.field, one.before, one.after) == (
            "statistical_on",
            LAST.isoformat(),
            FIRST.isoformat(),
        )


class TestBadInput:
    def test_a_submission_without_evidence_is_kept_and_says_what_is_missing(
        self, world: World, call: Call
    ) -> None:
        project = talking(world)
        answer = call("officer", "put", path_of(project), {"happened_on": TODAY.isoformat()}).json
        assert (answer["state"], answer["project"]["stage"]) == ("draft", "intent")
        assert {m["field"] for m in answer["missing"]} == {"evidence", "fair_competition"}

    def test_an_agreement_without_its_review_cannot_be_recognised(self, world: World, call: Call) -> None:
        project = talking(world)
        body = signing(project)
        body["fair_competition"]["conclusion"] = ""
        assert call("officer", "put", path_of(project), body).json["state"] == "draft"
        assert call("bureau", "post", f"{path_of(project)}/recognise", {}).status_code == 409

    def test_the_second_of_two_bureau_staff_gets_a_conflict(self, world: World, call: Call) -> None:
        project = talking(world)
        version = submitted(call, project)["version"]
        recognise(call, project)
        second = call("bureau2", "post", f"{path_of(project)}/recognise", {}, If_Match=f'"{version}"')
        assert second.status_code == 409 and "请" in second.json["detail"]

    def test_ones_own_submission_is_refused_and_waits_for_another(self, world: World, call: Call) -> None:
        project = talking(world)
        submitted(call, project, "bureau")
        refused = call("bureau", "post", f"{path_of(project)}/recognise", {})
        assert refused.status_code == 403 and "另一位同事" in refused.json["detail"]
        recognise(call, project, who="bureau2")

    def test_a_date_before_the_previous_milestone_needs_a_reason(self, world: World, call: Call) -> None:
        from crm.pipeline.rules import MilestoneKind
        from tests.pipeline.test_actions import evidence

        project = talking(world)
        submitted(call, project)
        files = list(evidence(project, MilestoneKind.REGISTERED))
        db.session.commit()
        path = f"/projects/{project.code}/milestones/registered"
        body = {"happened_on": (TODAY - timedelta(days=30)).isoformat(), "evidence": files}
        refused = call("officer", "put", path, body)
        assert refused.status_code == 422 and refused.json["errors"][0]["field"] == "order_reason"
        done = call("officer", "put", path, {**body, "order_reason": "增资扩产，企业早已注册"})
        assert (done.json["state"], done.json["order_reason"]) == ("pending", "增资扩产，企业早已注册")

    def test_an_agreement_that_ends_before_it_begins_is_refused(self, world: World, call: Call) -> None:
        project = talking(world)
        terms = {"total_investment": "50000", "start_by": "2027-03-01", "complete_by": "2027-02-01"}
        refused = call("officer", "put", path_of(project), signing(project, agreement=terms))
        assert refused.status_code == 422
        assert refused.json["errors"][0]["field"] == "agreement_complete_by"

    def test_the_agreement_keeps_land_schedule_and_obligations(self, world: World, call: Call) -> None:
        project = talking(world)
        terms = {
            "total_investment": "50000",
            "land_mu": "120.5",
            "start_by": "2027-03-01",
            "complete_by": "2028-12-31",
            "obligations": "亩均税收不低于20万元",
        }
        kept = submitted(call, project, agreement=terms)["agreement"]
        assert {key: kept[key] for key in terms} == terms


# --- pitfall 7: 搁置 stops the clocks, coming back restores what remained ---------------------------


def _light(project: Project) -> Any:
    db.session.expire_all()
    return pipeline.lights_of([project.id], TODAY)[project.id]


def test_pitfall_7_a_hold_stops_the_clock_and_coming_back_restores_what_remained(
    world: World, call: Call
) -> None:
    """Fifty of sixty days had gone when it was held; twenty days on hold later fifty have still gone, and ten remain."""
    project = talking(world, owner_id=world.users["officer"].id)
    investor = db.session.get_one(Company, project.company_id)
    visit(world.users["officer"], investor, [project], happened_on=TODAY - timedelta(days=70))
    db.session.commit()
    assert _light(project).state == "bad"
    url = f"/projects/{project.code}/status"
    hold = {"to": "on_hold", "reason": "等集团批复", "review_on": (TODAY + timedelta(days=20)).isoformat()}
    project.status_since = TODAY - timedelta(days=90)
    db.session.commit()
    held = call("chief", "post", url, {**hold, "effective_on": (TODAY - timedelta(days=20)).isoformat()})
    assert (held.status_code, held.json["status"], held.json["change"]["approved"]) == (200, "on_hold", True)
    assert (_light(project).state, "暂停" in _light(project).reason) == ("off", True)
    assert call("chief", "post", url, {"to": "active", "reason": " "}).status_code == 422
    early = {"to": "active", "reason": "恢复", "effective_on": (TODAY - timedelta(days=21)).isoformat()}
    assert call("chief", "post", url, early).status_code == 422, "a hold cannot end before it began"
    assert call("chief", "post", url, {"to": "active", "reason": "集团已批复"}).json["status"] == "active"
    found = _light(project)
    assert (found.state, found.reason) == ("warn", "50天未联系，60天红灯")


def test_pitfall_7_a_hold_is_somebodys_duty_and_its_review_shows(world: World, call: Call) -> None:
    project = talking(world, owner_id=world.users["officer"].id)
    url = f"/projects/{project.code}/status"
    body = {"to": "on_hold", "reason": "等批复", "review_on": (TODAY + timedelta(days=9)).isoformat()}
    proposed = call("officer", "post", url, body).json
    assert proposed["change"]["approved"] is None
    told = db.session.scalars(select(Notice.text).where(Notice.user_id == world.users["chief"].id)).all()
    assert any(project.code in text and "等您批准" in text for text in told)
    assert queries.badges(world.actor("chief"))["recognition"] == (1, True)
    assert queries.badges(world.actor("officer"))["recognition"][0] == 0
    change = proposed["change"]["id"]
    assert call("officer", "post", f"{url}/{change}/decide", {"approve": True}).status_code == 403
    assert call("chief", "post", f"{url}/{change}/decide", {"approve": True}).json["status"] == "on_hold"
    (duty,) = db.session.scalars(select(Followup).where(Followup.project_id == project.id))
    assert (duty.owner_id, duty.state) == (world.users["officer"].id, DutyState.OPEN)
    assert duty.due_on >= TODAY + timedelta(days=9)
    later = {"to": "on_hold", "reason": "集团推迟开会", "review_on": (TODAY + timedelta(days=40)).isoformat()}
    assert call("chief", "post", url, later).status_code == 200, "the review is put off with a reason"
    duties = db.session.scalars(
        select(Followup).where(Followup.project_id == project.id).order_by(Followup.id)
    ).all()
    assert [d.state for d in duties] == [DutyState.DONE, DutyState.OPEN]
    assert call("chief", "post", url, {"to": "active", "reason": "已批复"}).status_code == 200
    db.session.expire_all()
    assert {d.state for d in duties} == {DutyState.DONE}
    codes = db.session.scalars(select(AuditEvent.code).where(AuditEvent.project_id == project.id)).all()
    assert codes.count("status.changed") == 3 and "status.proposed" in codes
