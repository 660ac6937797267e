"""Arbitration in three tiers, over the API with two zones' users and the bureau."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from crm.audit.models import AuditEvent
from crm.companies.models import Company
from crm.core import clock
from crm.core.calendar import WorkCalendar
from crm.core.db import db
from crm.core.errors import Conflict, RuleBroken
from crm.dashboard.queries import badges
from crm.filings import actions, jobs, queries
from crm.filings.models import Dispute, DisputeStep, Filing
from crm.filings.rules import Decision, FilingDraft
from crm.filings.rules import disputes as ladder
from crm.filings.rules.disputes import DisputeState, Rung, Step, StepEnd
from crm.notices.models import Notice
from crm.projects.models import Project
from crm.projects.rules import AttachmentKind, Stage
from crm.settings import queries as settings
from tests.factories import World
from tests.filings.conftest import ETDZ, SECRET, XUWEI, Call, Met, decide, file
from tests.strangers import read

LIMITS = {Rung.TALKS: 3, Rung.MEDIATION: 5, Rung.RULING: 10}
WEEKDAYS = WorkCalendar()
MONDAY = date(2026, 11, 23)


# --- the ladder, without a database ---------------------------------------------------------------------------


def test_each_rung_has_its_working_days() -> None:
    step = ladder.first_step(MONDAY, LIMITS, WEEKDAYS)
    assert step == Step(Rung.TALKS, MONDAY, date(2026, 11, 26))
    assert ladder.lapsed(step, date(2026, 11, 26), LIMITS, WEEKDAYS) == []


@pytest.mark.parametrize("days", [4, 11, 40, 400])
def test_a_job_that_stood_still_finds_the_same_days(days: int) -> None:
    """Run every day or once at the end: the rungs begin on the days their turn came."""
    start = ladder.first_step(MONDAY, LIMITS, WEEKDAYS)
    daily: list[Step] = [start]
    for ahead in range(days + 1):
        daily += ladder.lapsed(daily[-1], MONDAY + timedelta(days=ahead), LIMITS, WEEKDAYS)
    once = [start, *ladder.lapsed(start, MONDAY + timedelta(days=days), LIMITS, WEEKDAYS)]
    assert daily == once
    assert [step.began_on for step in once[1:]] == [step.due_on for step in once[:-1]]


def test_over_the_national_holiday_only_working_days_count() -> None:
    """From 30 September 2026: the holiday is skipped, 调休 Saturdays and Sundays are worked."""
    step = ladder.first_step(date(2026, 9, 30), LIMITS, WEEKDAYS)
    days = [date(2026, 9, 30) + timedelta(days=n) for n in range(1, 30)]
    assert step.due_on == [day for day in days if WEEKDAYS.is_working(day)][2]
    assert (step.due_on - date(2026, 9, 30)).days > 7


@pytest.mark.parametrize(
    ("today", "state", "words"),
    [
        (date(2026, 11, 23), "ok", "还有3个工作日"),
        (date(2026, 11, 25), "warn", "还有1个工作日"),
        (date(2026, 11, 26), "warn", "今天到期"),
        (date(2026, 11, 30), "bad", "已超期2个工作日"),
    ],
)
def test_a_deadline_is_said_in_words(today: date, state: str, words: str) -> None:
    found = ladder.light(Step(Rung.TALKS, MONDAY, date(2026, 11, 26)), today, WEEKDAYS)
    assert found.state == state and words in found.words


def test_a_ruling_needs_its_document() -> None:
    with pytest.raises(RuleBroken, match="文号"):
        ladder.check_result(Rung.RULING, " ", True)
    with pytest.raises(RuleBroken, match="裁定文件"):
        ladder.check_result(Rung.RULING, "连招组〔2026〕3号", False)
    with pytest.raises(Conflict, match="先提交调解"):
        ladder.check_result(Rung.TALKS, "", True)
    assert ladder.check_result(Rung.MEDIATION, "", False) == ""


# --- through the API --------------------------------------------------------------------------------------------


Pair = Callable[..., tuple[dict[str, Any], dict[str, Any]]]


@pytest.fixture
def pair(call: Call, met: Met, investor: Company) -> Pair:
    """The first zone's accepted filing and the second zone's suspect one, as each zone reads its own."""

    def make(**values: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        first, visit = met(ETDZ, investor, "officer", name=f"{SECRET}项目", **values)
        visit.summary = SECRET
        db.session.commit()
        one = decide(call, file(call, "officer", first, visit, note=SECRET).get_json()).get_json()
        second, other = met(XUWEI, investor, "officer2", name="徐圩的项目")
        return one, file(call, "officer2", second, other).get_json()

    return make


def opened(call: Call, two: dict[str, Any], login: str = "officer2", **more: Any) -> dict[str, Any]:
    answer = call(login, "POST", f"/filings/{two['id']}/dispute", {"reason": "我方先接触", **more})
    assert answer.status_code == 201, read(answer)
    return dict(answer.get_json())


def word(call: Call, login: str, made: dict[str, Any], keeps: str, text: str = "按此办理") -> Any:
    return call(login, "POST", f"/filings/disputes/{made['id']}/words", {"keeps": keeps, "text": text})


def test_the_second_zone_opens_a_dispute_and_neither_learns_who_the_other_is(
    call: Call, pair: Pair, as_: Any
) -> None:
    one, two = pair()
    made = opened(call, two)
    assert (made["state"], made["rung"], made["light"]["state"]) == ("open", "talks", "ok")
    due = settings.calendar().add_working_days(clock.today(), 3)
    assert made["steps"][0]["due_on"] == due.isoformat()
    assert [row["id"] for row in made["filings"]] == [two["id"]]
    assert made["other"]["message"].startswith("已由其他单位报备（保护期至 20")
    theirs = call("officer", "GET", f"/filings/disputes/{made['id']}").get_json()
    assert [row["id"] for row in theirs["filings"]] == [one["id"]] and theirs["reason"] == ""
    for login, secrets in (
        ("officer2", (SECRET, "市开发区", one["project"]["code"])),
        ("officer", ("徐圩的项目", "徐圩新区", two["project"]["code"], "我方先接触")),
    ):
        texts = [
            read(call(login, "GET", path))
            for path in (f"/filings/disputes/{made['id']}", "/filings/disputes", "/filings")
        ]
        own = {"officer": one, "officer2": two}[login]
        paths = (f"/filings/disputes/{made['id']}", "/filings/disputes", f"/filings/{own['id']}", "/notices")
        pages = [
            read(as_(login).get(path)) for path in (*paths, f"/projects/{own['project']['code']}?tab=changes")
        ]
        for text in (*texts, *pages):
            body = text[text.find("<main") :] if "<main" in text else text
            assert not [secret for secret in secrets if secret in body]
    assert call("county", "GET", f"/filings/disputes/{made['id']}").status_code == 404


def test_the_zone_in_front_cannot_find_out_by_trying(call: Call, pair: Pair) -> None:
    one, _ = pair()
    answer = call("officer", "POST", f"/filings/{one['id']}/dispute", {"reason": "有没有人"})
    assert answer.status_code == 422 and "没有其他单位的报备挡在这条前面" in read(answer)


def test_one_pair_has_one_running_dispute(call: Call, pair: Pair) -> None:
    one, two = pair()
    opened(call, two)
    again = call("officer2", "POST", f"/filings/{two['id']}/dispute", {"reason": "再提"})
    assert again.status_code == 409
    again = call("bureau", "POST", f"/filings/{one['id']}/dispute", {"reason": "再提"})
    assert again.status_code == 409


def test_a_dispute_needs_a_reason_and_a_live_filing(call: Call, pair: Pair) -> None:
    _, two = pair()
    assert call("officer2", "POST", f"/filings/{two['id']}/dispute", {}).status_code == 422
    assert decide(call, two, "refuse", "重复").status_code == 200
    answer = call("officer2", "POST", f"/filings/{two['id']}/dispute", {"reason": "不服"})
    assert answer.status_code == 409


def test_both_zones_agree_and_the_losers_filing_stays_in_the_history(call: Call, pair: Pair) -> None:
    one, two = pair()
    made = opened(call, two)
    assert word(call, "officer2", made, "mine", "我方去年就签了保密协议").get_json()["state"] == "open"
    shown = call("officer", "GET", f"/filings/disputes/{made['id']}").get_json()["words"]
    assert [(w["side"], w["keeps"], w["text"]) for w in shown] == [
        ("theirs", "theirs", "我方去年就签了保密协议")
    ]
    assert word(call, "officer", made, "mine", "不同意").get_json()["state"] == "open"
    done = word(call, "officer", made, "theirs", "同意由对方继续").get_json()
    assert (done["state"], done["won"], done["steps"][-1]["end"]) == ("settled", False, "agreed")
    assert "同意由对方继续" in done["steps"][-1]["text"] and "保密协议" in done["steps"][-1]["text"]
    loser = call("officer", "GET", f"/filings/{one['id']}").get_json()
    assert (loser["state"], loser["end_kind"], loser["filed_at"]) == ("lapsed", "dispute", one["filed_at"])
    winner = call("officer2", "GET", f"/filings/{two['id']}").get_json()
    assert (winner["state"], winner["conflict"]) == ("pending", None)
    done = decide(call, winner).get_json()
    assert (done["state"], done["standing"]) == ("accepted", "protected")


def test_the_bureau_mediates_and_protection_follows_the_winner(call: Call, pair: Pair) -> None:
    one, two = pair()
    made = opened(call, two)
    path = f"/filings/disputes/{made['id']}"
    result = {"winner": two["id"], "text": "由后者继续，给前者信息费"}
    assert call("bureau", "POST", f"{path}/settle", result, made["version"]).status_code == 409
    up = call("officer", "POST", f"{path}/raise", {"reason": "谈不拢"}, made["version"]).get_json()
    assert (up["rung"], up["steps"][0]["end"]) == ("mediation", "raised")
    assert word(call, "officer", made, "mine").status_code == 409
    assert call("officer2", "POST", f"{path}/settle", result, up["version"]).status_code == 403
    assert call("officer2", "POST", f"{path}/raise", {"reason": "不服"}, up["version"]).status_code == 403
    assert call("bureau", "POST", f"{path}/settle", {"winner": two["id"]}, up["version"]).status_code == 422
    assert call("bureau", "POST", f"{path}/settle", result, made["version"]).status_code == 412
    done = call("bureau", "POST", f"{path}/settle", result, up["version"]).get_json()
    assert (done["state"], done["winner"], done["steps"][-1]["end"]) == ("settled", two["id"], "mediated")
    winner = call("officer2", "GET", f"/filings/{two['id']}").get_json()
    assert (winner["state"], winner["standing"]) == ("accepted", "protected")
    assert winner["protected_from"] == winner["filed_at"][:10]
    loser = call("officer", "GET", f"/filings/{one['id']}").get_json()
    assert (loser["state"], loser["end_kind"]) == ("lapsed", "dispute")
    assert call("bureau", "POST", f"{path}/raise", {"reason": "再议"}, done["version"]).status_code == 409


def test_the_leading_group_rules_with_a_document_and_that_is_final(
    call: Call, pair: Pair, paper: Any
) -> None:
    one, two = pair()
    made = opened(call, two)
    path = f"/filings/disputes/{made['id']}"
    for rung in ("mediation", "ruling"):
        version = call("bureau", "GET", path).get_json()["version"]
        up = call("bureau", "POST", f"{path}/raise", {"reason": "没有结果"}, version).get_json()
        assert up["rung"] == rung
    assert call("bureau", "POST", f"{path}/raise", {"reason": "再议"}, up["version"]).status_code == 409
    result = {"winner": one["id"], "text": "维持首报", "document": "连招组〔2026〕3号"}
    assert call("bureau", "POST", f"{path}/settle", result, up["version"]).status_code == 422
    project = db.session.scalars(select(Project).where(Project.code == one["project"]["code"])).one()
    result["attachment"] = paper(project, AttachmentKind.MINUTES)
    assert (
        call("bureau", "POST", f"{path}/settle", result | {"document": ""}, up["version"]).status_code == 422
    )
    foreign = {"winner": 999_999}
    assert call("bureau", "POST", f"{path}/settle", result | foreign, up["version"]).status_code == 422
    done = call("bureau", "POST", f"{path}/settle", result, up["version"]).get_json()
    assert (done["steps"][-1]["end"], done["steps"][-1]["document"]) == ("ruled", "连招组〔2026〕3号")
    assert call("officer", "GET", f"/filings/{one['id']}").get_json()["standing"] == "protected"
    lost = call("officer2", "GET", path).get_json()
    assert lost["won"] is False and lost["steps"][-1]["attachment"] is None


def test_what_nobody_settles_goes_up_by_the_calendar_however_long_the_job_stood_still(
    call: Call, pair: Pair
) -> None:
    _, two = pair()
    made = opened(call, two)
    dispute = db.session.get_one(Dispute, made["id"])
    start = clock.today() - timedelta(days=90)
    step = db.session.scalars(select(DisputeStep)).one()
    first = ladder.first_step(start, LIMITS, settings.calendar())
    step.began_on, step.due_on = first.began_on, first.due_on
    db.session.commit()
    shown = call("bureau", "GET", f"/filings/disputes/{made['id']}").get_json()
    assert (shown["rung"], shown["light"]["state"]) == ("ruling", "bad")
    assert jobs.climb(clock.now()) == "2 级争议逾期，已提交上一级。"
    rows = db.session.scalars(select(DisputeStep).order_by(DisputeStep.id)).all()
    assert [(row.rung, row.end) for row in rows] == [
        (Rung.TALKS, StepEnd.LAPSED), (Rung.MEDIATION, StepEnd.LAPSED), (Rung.RULING, None),
    ]  # fmt: skip
    expected = [first, *ladder.lapsed(first, clock.today(), LIMITS, settings.calendar())]
    assert [(row.began_on, row.due_on) for row in rows] == [(s.began_on, s.due_on) for s in expected]
    assert dispute.state is DisputeState.OPEN
    told = db.session.scalars(select(Notice.text).where(Notice.text.like("%领导小组裁定%"))).all()
    assert len(told) >= 2
    assert any("请在" in text and "前写结果" in text for text in told), "the bureau is told as well"
    assert jobs.climb(clock.now()) == "没有逾期的争议。"
    assert len(
        db.session.scalars(select(Notice.text).where(Notice.text.like("%领导小组裁定%"))).all()
    ) == len(told)
    assert word(call, "officer2", made, "mine").status_code == 409


def test_the_bureau_is_told_when_a_dispute_reaches_it_and_not_before(
    call: Call, pair: Pair, world: World
) -> None:
    one, two = pair()
    made = opened(call, two)

    def told(login: str) -> list[Notice]:
        url = f"/filings/disputes/{made['id']}"
        wanted = (Notice.user_id == world.users[login].id, Notice.url == url)
        return list(db.session.scalars(select(Notice).where(*wanted)))

    assert told("bureau") == []
    at = call("officer2", "GET", f"/filings/disputes/{made['id']}").get_json()
    path = f"/filings/disputes/{made['id']}/raise"
    assert call("officer2", "POST", path, {"reason": "谈不拢"}, at["version"]).status_code == 200
    for login in ("bureau", "bureau2"):
        (notice,) = told(login)
        assert "市招商办调解" in notice.text and "谈不拢" not in notice.text
        assert one["project"]["code"] in notice.text and two["project"]["code"] in notice.text
    assert all(two["project"]["code"] not in notice.text for notice in told("officer"))


def test_a_dispute_counts_in_the_menu_of_whom_it_waits_for(call: Call, pair: Pair, world: World) -> None:
    def waits() -> tuple[int, int, int]:
        db.session.expire_all()
        first, second, bureau = (
            badges(world.actor(who))["filings"][0] for who in ("officer", "officer2", "bureau")
        )
        return first, second, bureau

    _, two = pair()
    suspect = waits()[2]
    made = opened(call, two)
    assert waits() == (1, 1, suspect), "both are to talk"
    assert word(call, "officer2", made, "mine").status_code == 200
    assert waits() == (1, 0, suspect), "the other one's word is awaited"
    assert word(call, "officer", made, "mine").status_code == 200
    assert waits() == (0, 1, suspect)
    at = call("officer2", "GET", f"/filings/disputes/{made['id']}").get_json()
    path = f"/filings/disputes/{made['id']}/raise"
    assert call("officer2", "POST", path, {"reason": "谈不拢"}, at["version"]).status_code == 200
    assert waits() == (0, 0, suspect + 1)


def test_a_disputed_filing_is_neither_decided_nor_released_alone(call: Call, pair: Pair) -> None:
    one, two = pair()
    opened(call, two)
    two = call("officer2", "GET", f"/filings/{two['id']}").get_json()
    assert decide(call, two, "refuse", "重复").status_code == 409
    path = f"/filings/{one['id']}/release"
    assert call("officer", "POST", path, {"reason": "不做了"}, one["version"]).status_code == 409


def test_protection_does_not_lapse_while_the_dispute_runs(
    world: World, met: Met, investor: Company, call: Call
) -> None:
    on = clock.today() - timedelta(days=130)
    first, visit = met(ETDZ, investor, "officer", on=on)
    first.status_since = on
    one = actions.file(world.actor("officer"), first, FilingDraft(visit_id=visit.id))
    one.filed_at = datetime.combine(on, datetime.min.time(), clock.CITY)
    second, other = met(XUWEI, investor, "officer2")
    two = actions.file(world.actor("officer2"), second, FilingDraft(visit_id=other.id))
    actions.open_dispute(world.actor("officer2"), two, "我方先接触", clock.now())
    actions_before = queries.rows_by_id([one.id], clock.today())[0]
    assert actions_before.disputed
    one.state, one.protected_from = one.state.ACCEPTED, on
    one.protected_until = on + timedelta(days=184)
    db.session.commit()
    assert queries.row(world.actor("officer"), one.id, clock.today()).protection.standing.value == "silent"
    assert jobs.lapse(clock.now()) == "没有新失效的首谈保护。"
    assert queries.taken_until(two.id, clock.today()) is not None


def test_the_investors_choice_makes_the_dispute_moot(call: Call, pair: Pair, paper: Any) -> None:
    _, two = pair()
    made = opened(call, two)
    project = db.session.scalars(select(Project).where(Project.code == two["project"]["code"])).one()
    letter = paper(project, AttachmentKind.OTHER)
    two = call("officer2", "GET", f"/filings/{two['id']}").get_json()
    chosen = call("bureau", "POST", f"/filings/{two['id']}/choice", {"attachment": letter}, two["version"])
    assert chosen.status_code == 200
    shown = call("bureau", "GET", f"/filings/disputes/{made['id']}").get_json()
    assert (shown["state"], shown["winner"], shown["steps"][-1]["end"]) == ("moot", None, "moot")
    assert any(side["choice"] for side in shown["sides"])


def test_the_bureau_reads_both_sides_on_one_page(call: Call, pair: Pair, as_: Any) -> None:
    one, two = pair()
    made = opened(call, two, "bureau", against=one["id"])
    shown = call("bureau", "GET", f"/filings/disputes/{made['id']}").get_json()
    assert [side["filing"] for side in shown["sides"]] == [one["id"], two["id"]]
    assert all(side["visits"] == 1 and len(side["filed_at"]) == 23 for side in shown["sides"])
    page = read(as_("bureau").get(f"/filings/disputes/{made['id']}"))
    for words in ("两条报备并列", "首报", SECRET, "徐圩的项目", "投资方书面选择", "提交调解"):
        assert words in page
    assert "写协商意见" not in page
    mine = read(as_("officer2").get(f"/filings/disputes/{made['id']}"))
    assert "写协商意见" in mine and "已由其他单位报备" in mine and "两条报备并列" not in mine


def test_nobody_decides_on_his_own_filing(call: Call, met: Met, investor: Company) -> None:
    first, visit = met(ETDZ, investor, "bureau")
    one = file(call, "bureau", first, visit).get_json()
    second, other = met(XUWEI, investor, "officer2")
    two = file(call, "officer2", second, other).get_json()
    made = opened(call, two)
    path = f"/filings/disputes/{made['id']}"
    up = call("bureau", "POST", f"{path}/raise", {"reason": "谈不拢"}, made["version"]).get_json()
    body = {"winner": one["id"], "text": "归首报"}
    assert call("bureau", "POST", f"{path}/settle", body, up["version"]).status_code == 403


def test_each_act_is_written_down_in_words_its_readers_may_read(call: Call, pair: Pair) -> None:
    one, two = pair()
    made = opened(call, two)
    word(call, "officer2", made, "mine", "写给对方")
    rows = db.session.scalars(select(AuditEvent).where(AuditEvent.code.like("dispute.%"))).all()
    seen = {(row.code, row.subject_id, row.note) for row in rows}
    assert ("dispute.opened", two["id"], "我方先接触") in seen
    assert ("dispute.opened", one["id"], "") in seen
    assert {row[1] for row in seen if row[0] == "dispute.proposed"} == {two["id"]}


def test_the_pages_work_without_script(call: Call, pair: Pair, as_: Any) -> None:
    one, two = pair()
    browser, first, bureau = as_("officer2"), as_("officer"), as_("bureau")
    assert "提出争议" in read(browser.get(f"/filings/{two['id']}"))
    assert "提出争议" not in read(first.get(f"/filings/{one['id']}"))
    refused = browser.post(f"/filings/{two['id']}/dispute", data={"dispute-reason": ""})
    assert refused.status_code == 422 and "没有写原因" in read(refused)
    done = browser.post(f"/filings/{two['id']}/dispute", data={"dispute-reason": "先接触"})
    assert done.status_code == 303
    path = done.headers["Location"]
    assert "自行协商" in read(browser.get("/filings/disputes")) and "自行协商" in read(
        bureau.get("/filings/disputes")
    )
    refused = browser.post(f"{path}/words", data={"propose-keeps": "mine", "propose-text": ""})
    assert refused.status_code == 422 and "没有写内容" in read(refused)
    body = {"propose-keeps": "mine", "propose-text": "由我方继续"}
    assert browser.post(f"{path}/words", data=body).status_code == 303
    assert "由我方继续" in read(first.get(path))
    assert bureau.post(f"{path}/raise", data={"raise-reason": "没有结果"}).status_code == 303
    page = read(bureau.get(path))
    assert "记调解结果" in page
    body = {"settle-winner": str(two["id"]), "settle-text": "由后者继续", "settle-document": ""}
    assert bureau.post(f"{path}/settle", data={**body, "settle-version": "1"}).status_code == 409
    assert bureau.post(f"{path}/settle", data={**body, "settle-winner": ""}).status_code == 422
    assert bureau.post(f"{path}/settle", data=body).status_code == 303
    assert "由本板块继续" in read(browser.get(path)) and "由对方继续" in read(first.get(path))
    assert "由对方继续" in read(first.get("/filings/disputes?state=closed"))


def test_a_dispute_won_takes_the_lead_along(
    world: World, met: Met, investor: Company, call: Call, pair: Pair
) -> None:
    _, two = pair()
    project = db.session.scalars(select(Project).where(Project.code == two["project"]["code"])).one()
    project.stage = Stage.LEAD
    project.source = "own"
    db.session.commit()
    made = opened(call, two)
    path = f"/filings/disputes/{made['id']}"
    up = call("bureau", "POST", f"{path}/raise", {"reason": "谈不拢"}, made["version"]).get_json()
    body = {"winner": two["id"], "text": "由后者继续"}
    assert call("bureau", "POST", f"{path}/settle", body, up["version"]).status_code == 200
    db.session.expire_all()
    assert project.stage is Stage.FILED


def test_a_decision_asked_of_the_action_alone_is_refused_in_a_dispute(
    world: World, call: Call, pair: Pair
) -> None:
    _, two = pair()
    opened(call, two)
    filing = db.session.get_one(Filing, two["id"])
    with pytest.raises(Conflict, match="争议"):
        actions.decide(world.actor("bureau"), filing, Decision.ACCEPT, "仍要受理", clock.now())
