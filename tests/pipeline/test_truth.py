"""The truth checks: each by a table, each found and not found in the database, asked, answered and quiet."""

import io
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from crm.audit.models import AuditEvent
from crm.companies.models import Company
from crm.core import clock
from crm.core.db import db
from crm.core.errors import Conflict, Forbidden, NotFound, RuleBroken
from crm.notices.models import Notice
from crm.pipeline.actions import truth as actions
from crm.pipeline.models import MilestoneFile, MonthlyInvestment, StageChange, TruthAnswer
from crm.pipeline.queries import truth as queries
from crm.pipeline.rules import MilestoneKind
from crm.pipeline.rules import truth as rules
from crm.projects.models import Project, ProjectChange
from crm.projects.rules import AttachmentKind, Capital, Stage, Status, Tier
from tests import papers
from tests.factories import World, attachment, milestone, visit

As = Callable[[str], FlaskClient]
DAY = date(2026, 11, 23)
HALF = Decimal("0.5")
NAMES = {tier: tier.value for tier in Tier}


def wan(value: int | str) -> Decimal:
    return Decimal(value)


# --- the judgements -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "share", "asks"),
    [
        ("999999.99", "0.02", False),
        ("1000000", "0.02", True),
        ("1019999.99", "0.02", True),
        ("1020000", "0.02", False),
        ("1000000", "0", False),
    ],
)
def test_an_amount_is_asked_about_from_the_threshold_to_a_little_above(
    amount: str, share: str, asks: bool
) -> None:
    found = rules.just_over(wan(amount), "CNY", Tier.T100, wan(1_000_000), Decimal(share))
    assert bool(found) == asks


def test_the_last_days_of_quarters_and_years_are_named() -> None:
    ends = rules.period_ends(DAY, 10, 5)
    assert ends[0] == (date(2026, 12, 22), date(2026, 12, 31), "年")
    assert [last for _, last, _ in ends] == [
        date(2026, 12, 31),
        date(2026, 9, 30),
        date(2026, 6, 30),
        date(2026, 3, 31),
        date(2025, 12, 31),
    ]
    assert rules.period_ends(DAY, 0) == []


@pytest.mark.parametrize(
    ("on", "before", "after", "asks"),
    [
        ("2026-09-21", Tier.T10, Tier.T50, True),
        ("2026-09-30", Tier.T10, Tier.T50, True),
        ("2026-09-20", Tier.T10, Tier.T50, False),
        ("2026-10-01", Tier.T10, Tier.T50, False),
        ("2026-09-25", Tier.T50, Tier.T10, False),
    ],
)
def test_only_an_upgrade_near_the_end_of_a_period_is_asked_about(
    on: str, before: Tier, after: Tier, asks: bool
) -> None:
    ends = rules.period_ends(DAY, 10)
    found = rules.tier_jump(date.fromisoformat(on), before, after, "600000", "CNY", ends)
    assert bool(found) == asks


@pytest.mark.parametrize(("after", "asks"), [("110000", False), ("110000.01", True), ("90000", False)])
def test_an_amount_raised_before_a_submission_is_asked_about(after: str, asks: bool) -> None:
    found = rules.raised(MilestoneKind.SIGNED, DAY, DAY, wan(100_000), wan(after), "CNY", Decimal("0.1"))
    assert bool(found) == asks


@pytest.mark.parametrize(
    ("before", "after", "asks"),
    [
        (Stage.FILED, Stage.IN_DEPTH, True),
        (Stage.FILED, Stage.PRELIMINARY, False),
        (Stage.IN_DEPTH, Stage.SIGNED, True),
        (Stage.SIGNED, Stage.FILED, False),
    ],
)
def test_only_a_jump_over_stages_is_asked_about(before: Stage, after: Stage, asks: bool) -> None:
    assert bool(rules.no_visit(DAY, before, after, 90, 2)) == asks


@pytest.mark.parametrize(("registered", "asks"), [("9999.99", True), ("10000", False)])
def test_registered_capital_is_held_against_the_agreement(registered: str, asks: bool) -> None:
    assert bool(rules.thin_capital(wan(100_000), wan(registered), "CNY", Decimal("0.1"))) == asks


@pytest.mark.parametrize(
    ("signed_on", "paid", "asks"),
    [
        ("2025-11-23", "9999", True),
        ("2025-11-24", "9999", False),
        ("2025-11-23", "10000", False),
        ("2025-11-30", "0", False),
    ],
)
def test_money_is_expected_some_months_after_signing(signed_on: str, paid: str, asks: bool) -> None:
    on = date.fromisoformat(signed_on)
    found = rules.slow_money(on, wan(100_000), wan(paid), "2026-10", 12, Decimal("0.1"), DAY)
    assert bool(found) == asks


def test_a_fingerprint_is_of_the_facts_alone() -> None:
    check = rules.CHECKS["just_over"]
    one = rules.Question(1, check, {"amount": "5", "tier": "t50"})
    assert one.fingerprint == rules.Question(2, check, {"tier": "t50", "amount": "5"}).fingerprint
    assert one.fingerprint != rules.Question(1, check, {"amount": "6", "tier": "t50"}).fingerprint
    assert one.fingerprint != rules.Question(1, rules.CHECKS["raised"], one.facts).fingerprint


SAMPLES: dict[str, rules.Facts | None] = {
    "same_file": {"milestone": "signed", "file": "协议.pdf", "others": ["XW-2026-0001"]},
    "same_site": {"address": "港城大道1号", "others": ["XW-2026-0001"], "zones": ["徐圩新区"]},
    "raised": rules.raised(MilestoneKind.SIGNED, DAY, DAY, wan(1), wan(20_000), "CNY", HALF),
    "tier_jump": rules.tier_jump(
        date(2026, 9, 30), Tier.T10, Tier.T50, "5", "CNY", rules.period_ends(DAY, 9)
    ),
    "just_over": rules.just_over(wan(500_000), "CNY", Tier.T50, wan(500_000), HALF),
    "no_visit": rules.no_visit(DAY, Stage.FILED, Stage.SIGNED, 90, 2),
    "thin_capital": rules.thin_capital(wan(90_000), wan(100), "USD", HALF),
    "slow_money": rules.slow_money(date(2020, 2, 29), wan(9), wan(1), "2026-10", 12, HALF, DAY),
    "two_zones": {"others": ["XW-2026-0001"], "zones": ["徐圩新区"]},
}


def test_every_check_says_its_question_and_none_accuses() -> None:
    assert set(SAMPLES) == set(rules.CHECKS)
    for code, check in rules.CHECKS.items():
        facts = SAMPLES[code]
        assert facts
        said = rules.words(check, facts, NAMES)
        asked = rules.words(check, facts, NAMES, of_zone=True)
        assert said.endswith("？") and asked.endswith("。"), (said, asked)
        assert "请" in asked
        assert not {"虚", "假", "骗", "违规"} & set(said + asked)


def test_a_zone_is_never_told_what_is_another_zones() -> None:
    for code, check in rules.CHECKS.items():
        facts = SAMPLES[code]
        assert facts
        asked = rules.words(check, facts, NAMES, of_zone=True)
        assert "XW-2026-0001" not in asked and "徐圩" not in asked
        assert all("XW-" not in url for _, url in rules.links("A-1", check, facts, of_zone=True))


# --- what is found --------------------------------------------------------------------------------


def found(project: Project, code: str = "", today: date | None = None) -> list[rules.Question]:
    """Looked for among all projects and by its own id: both ways find the same."""
    only, day = [code] if code else (), today or clock.today()
    among_all = queries.questions(day, [Project.id == project.id], only)
    assert queries.questions(day, only=only, ids=[project.id]) == among_all
    return among_all


def kept(project: Project, field: str, before: str | None, after: str, at: datetime) -> None:
    db.session.add(
        ProjectChange(project_id=project.id, field=field, before=before, after=after, changed_at=at)
    )
    db.session.flush()


def at(day: date, hour: int = 9) -> datetime:
    return datetime.combine(day, time(hour), clock.CITY)


@pytest.mark.parametrize(
    ("values", "asks"),
    [
        ({"total": "1000000"}, True),
        ({"total": "1030000"}, False),
        ({"total": "505000"}, True),
        ({"total": "100000"}, False),  # the threshold of 10亿 lies below what is looked at
        ({"total": "1000000", "status": Status.LOST}, False),
        ({"total": "1000000", "capital": Capital.FOREIGN, "total_investment_usd": wan(70_000)}, False),
        ({"total": None, "capital": Capital.FOREIGN, "total_investment_usd": wan(100_000)}, True),
    ],
)
def test_amounts_just_over_a_threshold_are_found(world: World, values: dict[str, Any], asks: bool) -> None:
    assert bool(found(world.project(**values), "just_over")) == asks


def test_a_jump_of_tier_at_the_end_of_a_quarter_is_found(world: World) -> None:
    project, early, down = world.project(), world.project(), world.project()
    kept(project, "tier", "t10", "t50", at(date(2026, 9, 28)))
    kept(early, "tier", "t10", "t50", at(date(2026, 9, 1)))
    kept(down, "tier", "t50", "t10", at(date(2026, 9, 28)))
    (question,) = found(project, "tier_jump", DAY)
    assert question.facts["period"] == "季"
    assert not found(early, "tier_jump", DAY) and not found(down, "tier_jump", DAY)


def test_an_amount_raised_shortly_before_a_submission_is_found(world: World) -> None:
    today = clock.today()
    project, before, after, small = (world.project() for _ in range(4))
    for each in (project, before, after, small):
        milestone(each, submitted_at=at(today - timedelta(days=2)))
    kept(project, "total_investment", "400000", "500000", at(today - timedelta(days=5)))
    kept(before, "total_investment", "400000", "500000", at(today - timedelta(days=40)))
    kept(after, "total_investment", "400000", "500000", at(today))
    kept(small, "total_investment", "400000", "410000", at(today - timedelta(days=5)))
    (question,) = found(project, "raised")
    assert rules.words(question.check, question.facts, NAMES).startswith("签约于")
    assert not [q for each in (before, after, small) for q in found(each, "raised")]


def moved(project: Project, before: Stage, after: Stage, on: date) -> None:
    db.session.add(StageChange(project_id=project.id, before=before, after=after, cause="people", at=at(on)))
    db.session.flush()


def test_a_jump_without_a_visit_is_found(world: World) -> None:
    day = clock.today() - timedelta(days=20)
    silent, met, about, late, old = (world.project() for _ in range(5))
    for each in (silent, met, about, late, old):
        moved(each, Stage.FILED, Stage.REVIEW, day)
    officer = world.users["officer"]
    visit(officer, db.session.get_one(Company, met.company_id), happened_on=day - timedelta(days=90))
    visit(officer, world.company(), [about], happened_on=day)
    visit(officer, world.company(), [late], happened_on=day + timedelta(days=1))
    visit(officer, world.company(), [old], happened_on=day - timedelta(days=91))
    assert found(silent, "no_visit") and found(late, "no_visit") and found(old, "no_visit")
    assert not found(met, "no_visit") and not found(about, "no_visit")


def test_a_project_entered_in_a_late_stage_has_jumped_over_nothing(world: World) -> None:
    project = world.project(stage=Stage.REVIEW)
    db.session.add(StageChange(project_id=project.id, before=None, after=Stage.REVIEW, cause="import:1"))
    db.session.flush()
    assert not found(project, "no_visit")


@pytest.mark.parametrize(
    ("project_values", "signing", "asks"),
    [
        ({"registered_capital": wan(900)}, {}, True),
        ({"registered_capital": wan(2_000)}, {}, False),
        ({"registered_capital": wan(2_000)}, {"agreement_total": wan(30_000)}, True),
        ({}, {}, False),
        (
            {"total": None, "total_investment_usd": wan(5_000), "registered_capital_usd": wan(100)},
            {"agreement_total_usd": wan(5_000)},
            True,
        ),
    ],
)
def test_thin_registered_capital_is_found(
    world: World, project_values: dict[str, Any], signing: dict[str, Any], asks: bool
) -> None:
    project = world.project(**project_values)
    milestone(project, **signing)
    assert bool(found(project, "thin_capital")) == asks


def test_money_that_does_not_arrive_is_found_once_it_is_reported(world: World) -> None:
    today = clock.today()
    silent, slow, fine = (world.project(total="20000") for _ in range(3))
    for each in (silent, slow, fine):
        milestone(each, happened_on=today - timedelta(days=400))
    for each, paid in ((slow, 500), (fine, 2_000)):
        db.session.add(MonthlyInvestment(project_id=each.id, month="2026-01", paid_in=wan(paid)))
    db.session.flush()
    assert not found(silent, "slow_money"), "what nobody reported is not known to be missing"
    assert found(slow, "slow_money") and not found(fine, "slow_money")


def test_one_paper_as_evidence_of_two_projects_is_found(world: World) -> None:
    one, two, other = world.project(), world.project("LYG-XUWEI"), world.project()
    papers = [evidence(p, "协议.pdf") for p in (one, two, other)]
    papers[1].sha256 = papers[0].sha256
    db.session.flush()
    (question,) = found(one, "same_file")
    assert question.facts["others"] == [two.code]
    assert found(two, "same_file") and not found(other, "same_file")


def test_a_form_that_many_projects_use_is_no_question(world: World) -> None:
    made = [world.project() for _ in range(6)]
    papers = [evidence(p, "承诺书.pdf") for p in made]
    for paper in papers:
        paper.sha256 = papers[0].sha256
    db.session.flush()
    assert not found(made[0], "same_file")
    papers[-1].deleted_at = clock.now()
    db.session.flush()
    assert found(made[0], "same_file")


def evidence(project: Project, name: str) -> Any:
    made = attachment(project, AttachmentKind.AGREEMENT, name)
    db.session.add(MilestoneFile(milestone_id=milestone(project).id, attachment_id=made.id))
    db.session.flush()
    return made


def test_the_same_investor_or_site_in_two_zones_is_found(world: World) -> None:
    investor = world.company()
    here = world.project(investor=investor, address="港城大道1号")
    there = world.project("LYG-XUWEI", investor=investor, address="港城大道1号")
    near = world.project(investor=investor)
    lost = world.project("LYG-XUWEI", address="临海路2号", status=Status.LOST)
    alone = world.project(address="临海路2号")
    for check in ("two_zones", "same_site"):
        (question,) = found(here, check)
        assert question.facts["others"] == [there.code]
    assert found(near, "two_zones") and not found(near, "same_site")
    assert not found(alone, "same_site"), lost.code


def test_the_checks_cost_the_same_however_many_projects(world: World, count_queries: Any) -> None:
    def fill() -> None:
        for _ in range(4):
            project = world.project(total="1000000", address="同一地址一号", registered_capital=wan(1))
            milestone(project)
            moved(project, Stage.FILED, Stage.REVIEW, clock.today())

    fill()
    with count_queries() as few:
        assert queries.questions(clock.today())
    fill()
    with count_queries() as many:
        queries.questions(clock.today())
    assert len(few) == len(many) <= 14


# --- asked, answered, quiet -----------------------------------------------------------------------


def asked_about(world: World, **values: Any) -> tuple[Project, rules.Question]:
    project = world.project(total="1000000", owner_id=world.users["officer"].id, **values)
    (question,) = found(project, "just_over")
    return project, question


def ask(
    world: World, project: Project, question: rules.Question, login: str = "bureau", **values: Any
) -> TruthAnswer:
    return actions.ask(
        world.actor(login), project, question.check.code, question.fingerprint,
        values.get("note", "请说明情况"), values.get("asked_of"), clock.today(), clock.now(),
    )  # fmt: skip


def answer(
    world: World,
    project: Project,
    question: rules.Question,
    login: str = "officer",
    text: str = "按协议第三条",
    **values: Any,
) -> TruthAnswer:
    return actions.answer(
        world.actor(login), project, question.check.code, values.get("fingerprint", question.fingerprint), text,
        values.get("files", ()), clock.today(), clock.now(),
    )  # fmt: skip


def test_the_bureau_asks_the_zone_and_the_owner_is_told(world: World) -> None:
    project, question = asked_about(world)
    ask(world, project, question, note="请附投资测算表")
    assert not found(project, "just_over"), "asked is no longer open"
    told = db.session.scalars(select(Notice).where(Notice.user_id == world.users["officer"].id)).all()
    assert any("金额刚过门槛" in n.text and "#truth" in n.url for n in told)
    (row,) = queries.of_project(world.actor("officer"), project)
    assert (row.asked_note, row.answered_at) == ("请附投资测算表", None)
    with pytest.raises(Conflict):
        ask(world, project, question, login="bureau2")


def test_the_zone_answers_with_files_and_the_question_is_quiet_until_its_facts_change(world: World) -> None:
    project, question = asked_about(world)
    ask(world, project, question)
    paper = attachment(project, AttachmentKind.OTHER, "投资测算.pdf")
    answer(world, project, question, files=(paper.id,))
    assert not found(project, "just_over")
    (row,) = queries.of_project(world.actor("bureau"), project)
    assert (row.answer, row.files) == ("按协议第三条", ((paper.id, "投资测算.pdf"),))
    project.total_investment = wan(1_001_000)
    db.session.flush()
    (anew,) = found(project, "just_over")
    assert anew.fingerprint != question.fingerprint
    codes = set(db.session.scalars(select(AuditEvent.code).where(AuditEvent.project_id == project.id)))
    assert {"truth.asked", "truth.answered"} <= codes


def test_the_bureau_answers_by_itself_or_asks_again(world: World) -> None:
    project, question = asked_about(world)
    answer(world, project, question, login="bureau", text="已看过协议原件")
    assert not found(project, "just_over")
    ask(world, project, question, note="再说明一次")
    assert (
        db.session.scalar(select(func.count(TruthAnswer.id)).where(TruthAnswer.project_id == project.id)) == 2
    )
    answer(world, project, question)


def test_nobody_answers_what_he_was_not_asked(world: World) -> None:
    project, question = asked_about(world)
    with pytest.raises(NotFound):
        answer(world, project, question)
    ask(world, project, question)
    with pytest.raises(Forbidden):
        answer(world, project, question, login="officer2")
    with pytest.raises(Forbidden):
        ask(world, project, question, login="chief")


def test_an_answer_needs_words_and_files_of_the_project(world: World) -> None:
    project, question = asked_about(world)
    ask(world, project, question)
    for text, files, field in (
        (" ", (), "answer"),
        ("长" * 501, (), "answer"),
        ("好", (999_999,), "evidence"),
    ):
        with pytest.raises(RuleBroken) as broken:
            answer(world, project, question, text=text, files=files)
        assert broken.value.field == field


def test_two_people_answering_at_once_are_told(world: World) -> None:
    project, question = asked_about(world)
    ask(world, project, question)
    answer(world, project, question)
    with pytest.raises(Conflict):
        answer(world, project, question)
    with pytest.raises(Conflict):
        answer(world, project, question, login="bureau", fingerprint="0" * 64)


def test_who_may_not_know_the_investor_is_not_shown_the_question(world: World) -> None:
    project, question = asked_about(world, confidential=True)
    ask(world, project, question)
    assert queries.of_project(world.actor("officer"), project)
    assert queries.of_project(world.actor("chief"), project)
    project.owner_id = world.users["chief"].id
    db.session.flush()
    assert not queries.of_project(world.actor("officer"), project)
    with pytest.raises(NotFound):
        answer(world, project, question)


def test_open_questions_of_many_projects_are_read_at_once(world: World) -> None:
    project, question = asked_about(world)
    other = world.project()
    assert queries.open_for([project.id, other.id]) == {project.id: [question]}
    assert queries.open_for([]) == {}


# --- pages and API --------------------------------------------------------------------------------


def test_the_bureau_asks_from_the_list_and_the_zone_answers_on_its_page(world: World, as_: As) -> None:
    project, question = asked_about(world)
    db.session.commit()
    url = rules.path(project.code, question.check, question.fingerprint)
    bureau, officer = as_("bureau"), as_("officer")
    page = bureau.get("/truth").text
    assert project.code in page and "金额刚过门槛" in page and url + "/ask" in page
    assert officer.get(url).status_code == 404, "nobody has asked the zone yet"
    empty = bureau.post(url + "/ask", data={"note": " ", "back": "list"})
    assert empty.status_code == 422 and 'id="note-err"' in empty.text, "refused at its field"
    assert officer.get(url).status_code == 404, "nothing was asked"
    assert bureau.post(url + "/ask", data={"note": "请附投资测算表", "back": "list"}).location == "/truth"
    bureau.get("/truth")  # takes the message that it was asked
    assert project.code not in bureau.get("/truth").text
    assert project.code in bureau.get("/truth?state=asked").text
    page = officer.get("/truth").text
    assert "请附投资测算表" in page and project.code in page
    assert "写说明" in officer.get(f"/projects/{project.code}?tab=milestones").text
    assert officer.post(url, data={"answer": ""}).status_code == 422
    sent = officer.post(
        url,
        data={"answer": "按协议第三条，设备投资九十亿元", "file": (io.BytesIO(papers.PDF), "测算.pdf")},
    )
    assert sent.status_code == 303, sent.text
    page = bureau.get("/truth?state=answered").text
    assert "设备投资九十亿元" in page and "测算.pdf" in page
    assert officer.post(url, data={"answer": "再说一次"}).status_code == 409


def test_a_zone_sees_neither_open_questions_nor_other_zones(world: World, as_: As) -> None:
    project, question = asked_about(world)
    db.session.commit()
    assert project.code not in as_("officer").get("/truth?state=open").text
    assert question.check.title not in as_("chief").get(f"/projects/{project.code}?tab=milestones").text
    as_("bureau").post(
        rules.path(project.code, question.check, question.fingerprint) + "/ask", data={"note": "请说明"}
    )
    assert project.code not in as_("officer2").get("/truth").text
    for login in ("leader", "county", "specialist"):
        assert as_(login).get("/truth").status_code == 403


def test_a_question_whose_facts_have_changed_is_not_answered_blindly(world: World, as_: As) -> None:
    project, question = asked_about(world)
    project.total_investment = wan(1_000_500)
    db.session.commit()
    url = rules.path(project.code, question.check, question.fingerprint)
    assert as_("bureau").get(url).status_code == 409
    assert as_("bureau").post(url, data={"answer": "看过"}).status_code == 409


def test_the_list_is_narrowed_by_zone_check_and_words(world: World, as_: As) -> None:
    project, _ = asked_about(world)
    db.session.commit()
    browser = as_("bureau")
    for query, there in (
        ("zone=LYG-ETDZ", True),
        ("zone=LYG-XUWEI", False),
        ("check=just_over", True),
        ("check=same_file", False),
        (f"q={project.code}", True),
        ("q=没有这个项目", False),
        ("check=nonsense&page=x", True),
        ("page=3", False),
    ):
        assert (project.code in browser.get(f"/truth?{query}").text) == there, query


def test_the_tables_of_checks_and_lights_name_their_thresholds(world: World, as_: As) -> None:
    page = as_("bureau").get("/truth/checks").text
    assert all(check.title in page for check in rules.CHECKS.values())
    assert "/admin/settings/truth_over_share" in page
    page = as_("bureau").get("/lights").text
    assert "/admin/settings/light_promised_red" in page
    page = as_("officer").get("/lights").text
    assert "约定开工日期已过" in page and "/admin/settings" not in page


def test_the_api_lists_asks_and_answers_under_the_same_rules(world: World, client: FlaskClient) -> None:
    project, _question = asked_about(world)
    db.session.commit()
    bureau, officer = world.token("bureau"), world.token("officer")
    found = client.get("/api/v1/truth?check=just_over", headers=bureau).json
    (item,) = [i for i in found["items"] if i["project"] == project.code]
    assert (item["state"], item["check"]) == ("open", "just_over")
    url = f"/api/v1/projects/{project.code}/truth/just_over"
    seen = {"fingerprint": item["fingerprint"]}
    assert client.post(f"{url}/answer", json={**seen, "answer": "好"}, headers=officer).status_code == 404
    assert client.post(f"{url}/ask", json=seen, headers=officer).status_code == 403
    silent = client.post(f"{url}/ask", json=seen, headers=bureau)
    assert (silent.status_code, silent.json["errors"][0]["field"]) == (422, "note")
    asked = client.post(f"{url}/ask", json={**seen, "note": "请说明", "asked_of": "officer"}, headers=bureau)
    assert (asked.status_code, asked.json["state"]) == (200, "asked"), asked.json
    assert client.post(f"{url}/ask", json=seen, headers=bureau).status_code == 409
    waiting = client.get("/api/v1/truth", headers=officer).json["items"]
    assert [i["note"] for i in waiting] == ["请说明"]
    assert client.post(f"{url}/answer", json={**seen, "answer": " "}, headers=officer).status_code == 422
    done = client.post(f"{url}/answer", json={**seen, "answer": "按协议"}, headers=officer)
    assert (done.json["state"], done.json["answer"]) == ("answered", "按协议")
    assert client.post(f"{url}/answer", json={**seen, "answer": "按协议"}, headers=officer).status_code == 409
    assert client.get(f"/api/v1/projects/{project.code}/truth", headers=officer).json["items"]
    assert client.post(f"{url}x/ask", json=seen, headers=bureau).status_code == 404


def test_the_api_pages_through_open_questions(world: World, client: FlaskClient) -> None:
    codes = {asked_about(world)[0].code for _ in range(3)}
    db.session.commit()
    seen: list[str] = []
    url: str | None = "/api/v1/truth?check=just_over&per_page=2"
    while url:
        page = client.get(url, headers=world.token("bureau")).json
        seen += [i["project"] for i in page["items"]]
        url = page["next"]
    assert len(seen) == len(set(seen)) and codes <= set(seen)
    assert client.get("/api/v1/truth?after=xx", headers=world.token("bureau")).status_code == 422
