"""Reporting what was invested in a month: by action, page and API, with the month open and closed."""

from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, update

from crm.audit.models import AuditEvent
from crm.core import clock
from crm.core.db import db
from crm.core.errors import RuleBroken, Stale
from crm.pipeline import actions, queries
from crm.pipeline import rules as pipeline_rules
from crm.pipeline.models import Adjustment, MonthlyInvestment, PeriodLock
from crm.pipeline.rules import MilestoneKind
from crm.pipeline.rules import investment as rules
from crm.projects.models import Phase, Project
from crm.projects.rules import AttachmentKind, Capital, PhaseKind, Stage, Status
from tests.factories import World, attachment
from tests.pipeline.test_actions import submit

TODAY = clock.today()
THIS = pipeline_rules.month_of(TODAY)
LAST = rules.month_before(THIS)
OLDER = rules.month_before(LAST)
MONTHS = (rules.month_before(OLDER), OLDER, LAST, THIS)


def draft(
    completed: str | None, paid: str | None = None, equipment: str | None = None, **values: Any
) -> rules.Draft:
    amounts = rules.Amounts(*(None if v is None else D(v) for v in (completed, paid, equipment)))
    reason = values.pop("reason", "")
    evidence = values.pop("evidence", None)
    return rules.Draft(amounts, rules.Said(**values), evidence, reason)


def started(world: World, **values: Any) -> Project:
    project = world.project(**({"stage": Stage.STARTED, "total": "20000"} | values))
    db.session.commit()
    return project


def report(world: World, project: Project, month: str, sent: rules.Draft, **values: Any) -> actions.Done:
    return actions.report(world.actor("officer"), project, month, sent, TODAY, clock.now(), **values)


def close(world: World, month: str) -> None:
    actions.lock_month(world.actor("bureau"), month, TODAY, clock.now())


def line(project: Project, phase: Phase | None = None) -> list[rules.Row]:
    found = queries.investment_rows([project.id]).get(project.id, [])
    return [row for row in found if row.phase_id == (phase.id if phase else None)]


def phase_of(project: Project, no: int = 1, **values: Any) -> Phase:
    made = Phase(project_id=project.id, no=no, **({"name": f"{no}期", "total_investment": D(8000)} | values))
    db.session.add(made)
    db.session.flush()
    return made


class TestReporting:
    def test_a_month_is_kept_and_saved_again_it_is_replaced(self, world: World) -> None:
        project = started(world)
        report(world, project, THIS, draft("100", "80", "60", progress="桩基"))
        report(world, project, THIS, draft("120.5", "80", "60", progress="主体"))
        (row,) = line(project)
        assert row.amounts == rules.Amounts(D("120.5"), D(80), D(60))
        assert row.said.progress == "主体"
        told = db.session.scalars(select(AuditEvent).where(AuditEvent.code == "investment.reported")).all()
        assert [e.diff["completed"] for e in told] == [[None, "100"], ["100", "120.5"]]

    def test_saving_the_same_again_changes_and_tells_nothing(self, world: World) -> None:
        project = started(world)
        report(world, project, THIS, draft("100"))
        assert report(world, project, THIS, draft("100")).row is None
        assert line(project)[0].version == 1

    def test_whoever_saves_an_old_sight_is_told(self, world: World) -> None:
        project = started(world)
        report(world, project, THIS, draft("100"), seen=0)
        with pytest.raises(Stale):
            report(world, project, THIS, draft("90"), seen=0)
        assert line(project)[0].amounts.completed == D(100)

    @pytest.mark.parametrize("status", [Status.LOST, Status.TERMINATED, Status.TRANSFERRED])
    def test_a_project_that_is_over_reports_nothing(self, world: World, status: Status) -> None:
        project = started(world, status=status)
        with pytest.raises(RuleBroken):
            report(world, project, THIS, draft("1"))

    def test_a_month_is_reported_for_the_whole_or_by_phases(self, world: World) -> None:
        project = started(world)
        phase = phase_of(project)
        report(world, project, THIS, draft("10"), phase=phase)
        with pytest.raises(RuleBroken) as broken:
            report(world, project, THIS, draft("10"))
        assert broken.value.field == "phase"
        report(world, project, LAST, draft("5"))
        with pytest.raises(RuleBroken):
            report(world, project, LAST, draft("5"), phase=phase)

    def test_evidence_is_of_the_project_itself(self, world: World) -> None:
        project, other = started(world), started(world)
        own, foreign = attachment(project, AttachmentKind.PHOTO), attachment(other, AttachmentKind.PHOTO)
        with pytest.raises(RuleBroken) as broken:
            report(world, project, THIS, draft("10", evidence=(foreign.id,)))
        assert broken.value.field == "evidence"
        report(world, project, THIS, draft("10", evidence=(own.id,)))
        assert line(project)[0].files == (own.id,)
        report(world, project, THIS, draft("11"))
        assert line(project)[0].files == (own.id,), "not naming files leaves them"


class TestAClosedMonth:
    def test_a_correction_goes_into_the_open_month_and_both_values_are_kept(self, world: World) -> None:
        project = started(world)
        report(world, project, LAST, draft("100", None, "10"))
        close(world, LAST)
        done = report(world, project, LAST, draft("97", None, "10", reason="发票重复"))
        assert done.carried_by == THIS
        own, correction = line(project)
        assert own.amounts.completed == D(100)
        assert (correction.month, correction.adjusts, correction.amounts.completed) == (THIS, LAST, D(-3))
        kept = db.session.scalars(select(Adjustment)).one()
        assert (kept.month, kept.dated_in, kept.field) == (LAST, THIS, "completed")
        assert (kept.before, kept.after, kept.reason) == ("100", "97", "发票重复")
        assert (kept.subject_type, kept.subject_id) == ("investment", correction.id)

    def test_it_needs_a_reason(self, world: World) -> None:
        project = started(world)
        close(world, LAST)
        with pytest.raises(RuleBroken) as broken:
            report(world, project, LAST, draft("97"))
        assert broken.value.field == "reason"
        assert THIS in broken.value.message

    def test_what_was_evidence_of_a_closed_month_stays(self, world: World) -> None:
        project = started(world)
        first, second = (attachment(project, AttachmentKind.PHOTO) for _ in range(2))
        report(world, project, LAST, draft("10", evidence=(first.id,)))
        close(world, LAST)
        with pytest.raises(RuleBroken) as broken:
            report(world, project, LAST, draft("10", evidence=(second.id,), reason="换照片"))
        assert broken.value.field == "evidence"
        report(world, project, LAST, draft("10", evidence=(first.id, second.id), reason="补照片"))
        assert rules.truth(line(project), LAST).files == (first.id, second.id)

    def test_the_database_refuses_a_negative_month_that_corrects_nothing(self, world: World) -> None:
        project = started(world)
        report(world, project, THIS, draft("10"))
        with pytest.raises(Exception, match="not_negative"), db.session.begin_nested():
            db.session.execute(
                update(MonthlyInvestment)
                .where(MonthlyInvestment.project_id == project.id)
                .values(completed=D(-1))
            )

    amount = st.one_of(st.none(), st.integers(0, 9999).map(lambda n: D(n) / 10))
    acts = st.lists(
        st.one_of(
            st.tuples(st.just("report"), st.sampled_from(MONTHS), amount, amount),
            st.tuples(st.just("close"), st.sampled_from(MONTHS[:3])),
        ),
        max_size=8,
    )

    @settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(acts)
    def test_any_sequence_of_entries_and_closings_sums_to_the_last_truth(
        self, world: World, acts: list[Any]
    ) -> None:
        """The oracle is a plain book of month → what was said last; the database sums what the rows say."""
        project = started(world)
        said: dict[str, tuple[D | None, D | None]] = {}
        frozen: dict[str, D] = {}
        for act, month, *amounts in acts:
            if act == "close":
                if month not in queries.locked_months():
                    frozen[month] = _of_month(project, month)
                    close(world, month)
                continue
            try:
                report(world, project, month, rules.Draft(rules.Amounts(*amounts), reason="核对"))
                said[month] = (amounts[0], amounts[1])
            except RuleBroken as broken:
                assert None in amounts, broken.message
        sums = db.session.execute(
            select(func.sum(MonthlyInvestment.completed), func.sum(MonthlyInvestment.paid_in)).where(
                MonthlyInvestment.project_id == project.id
            )
        ).one()
        for at, name in enumerate(("completed", "paid_in")):
            expected = sum((pair[at] or D(0) for pair in said.values()), D(0))
            assert (sums[at] or D(0)) == expected, name
        for month, then in frozen.items():
            assert _of_month(project, month) == then
        db.session.execute(PeriodLock.__table__.delete())
        db.session.commit()


def _of_month(project: Project, month: str) -> D:
    found = db.session.scalar(
        select(func.sum(MonthlyInvestment.completed)).where(
            MonthlyInvestment.project_id == project.id, MonthlyInvestment.month == month
        )
    )
    return found or D(0)


class TestPlans:
    def test_the_agreement_decides_and_increases_come_on_top(self, world: World) -> None:
        project = started(world, stage=Stage.INTENT)
        submit(world, project, agreement=pipeline_rules.AgreementDraft(D(30000), None, None, "甲乙"))
        phase_of(project, 1)
        phase_of(project, 2, kind=PhaseKind.INCREASE, total_investment=D(5000))
        plans = queries.plans_of([project])
        assert plans[project.id, None].agreed == D(35000)
        phases = db.session.scalars(select(Phase.id).order_by(Phase.no)).all()
        assert [plans[project.id, p].agreed for p in phases] == [D(8000), D(5000)]

    def test_dollars_are_held_at_the_rate_of_the_signing(self, world: World) -> None:
        project = started(
            world, total=None, capital=Capital.FOREIGN, total_investment_usd=D(1000), fx_rate=D("7.1")
        )
        assert queries.plans_of([project])[project.id, None].agreed == D(7100)

    def test_a_past_moment_knows_a_month_as_it_had_been_reported_then(
        self, world: World, count_queries: Any
    ) -> None:
        changed, kept = started(world), started(world)
        before = clock.now()
        report(world, changed, LAST, draft("7", progress="桩基"))
        report(world, changed, THIS, draft("5"))
        report(world, kept, THIS, draft("3"))
        db.session.commit()
        then = clock.now()
        report(world, changed, THIS, draft("50", progress="封顶", in_statistics=True, in_statistics_on=TODAY))
        report(world, changed, THIS, draft("60", progress="封顶", in_statistics=True, in_statistics_on=TODAY))
        db.session.commit()
        both = Project.id.in_([changed.id, kept.id])
        found = queries.standings_where(both, THIS, then)
        assert (found[changed.id].month.completed, found[changed.id].whole.completed) == (D(5), D(12))
        assert (found[changed.id].progress, found[changed.id].in_statistics) == ("桩基", False)
        assert found[changed.id].in_statistics_on is None
        assert found[kept.id].month.completed == D(3)
        assert queries.standings_where(both, THIS, before) == {}
        now = queries.standings_where(both, THIS, clock.now())
        assert now[changed.id].month.completed == D(60) and now[changed.id].in_statistics
        with count_queries() as statements:
            queries.standings_where(both, THIS, then)
        assert len(statements) == 4

    def test_many_projects_cost_as_many_statements_as_one(self, world: World, count_queries: Any) -> None:
        projects = [started(world) for _ in range(4)]
        for project in projects:
            report(world, project, THIS, draft("5"))
        with count_queries() as one:
            queries.plans_of(projects[:1])
            queries.standings([projects[0].id], THIS)
        with count_queries() as all_:
            queries.plans_of(projects)
            queries.standings([p.id for p in projects], THIS)
        assert len(all_) == len(one)


class TestTheZonesMonth:
    def test_it_asks_who_is_under_construction_and_names_who_has_not_reported(
        self, world: World, as_: Any
    ) -> None:
        done, owing = started(world, name="甲厂已报"), started(world, name="乙厂未报")
        started(world, name="丙厂在谈", stage=Stage.REVIEW)
        started(world, name="丁厂达产", stage=Stage.FULL)
        started(world, name="徐圩的厂", zone_code="LYG-XUWEI")
        report(world, done, THIS, draft("88"))
        db.session.commit()
        officer = as_("officer")
        page = officer.get("/investment").get_data(as_text=True)
        assert "甲厂已报" in page and "乙厂未报" in page
        assert not any(word in page for word in ("丙厂在谈", "丁厂达产", "徐圩的厂"))
        left = officer.get("/investment?part=owing").get_data(as_text=True)
        assert owing.name in left and done.name not in left

    def test_it_does_not_ask_for_months_before_the_start(self, world: World, as_: Any) -> None:
        project = started(world, name="刚刚开工", stage=Stage.INTENT)
        submit(world, project, MilestoneKind.STARTED, happened_on=date(TODAY.year, TODAY.month, 1))
        db.session.commit()
        assert "刚刚开工" in as_("officer").get("/investment").get_data(as_text=True)
        assert "刚刚开工" not in as_("officer").get(f"/investment?month={LAST}").get_data(as_text=True)

    def test_the_bureau_sees_each_zones_count_and_chooses_one(self, world: World, as_: Any) -> None:
        project = started(world, name="甲厂")
        bureau = as_("bureau")
        page = bureau.get("/investment").get_data(as_text=True)
        assert "还差1个" in page and project.name not in page
        assert "甲厂" in bureau.get("/investment?zone=LYG-ETDZ").get_data(as_text=True)

    def test_a_row_is_saved_and_answered_alone_to_a_script(self, world: World, as_: Any) -> None:
        project = started(world)
        url = f"/investment/{THIS}/{project.code}"
        sent = {"completed": "120", "paid_in": "1亿", "version": "0", "progress": "主体", "note": "带着"}
        answer = as_("officer").post(url, data=sent, headers={"HX-Request": "true"})
        assert answer.status_code == 200
        text = answer.get_data(as_text=True)
        assert "已保存" in text and 'name="version" value="1"' in text and "<html" not in text
        (row,) = line(project)
        assert row.amounts == rules.Amounts(D(120), D(10000), None)
        assert row.said.note == "带着"

    def test_a_refused_row_keeps_what_was_typed(self, world: World, as_: Any) -> None:
        project = started(world)
        sent = {"completed": "10", "equipment": "11", "version": "0"}
        url = f"/investment/{THIS}/{project.code}"
        answer = as_("officer").post(url, data=sent, headers={"HX-Request": "true"})
        assert answer.status_code == 422
        text = answer.get_data(as_text=True)
        assert 'value="11"' in text and "不能更大" in text
        assert not line(project)

    def test_two_who_fill_in_one_row_lose_nothing(self, world: World, as_: Any) -> None:
        project = started(world)
        report(world, project, THIS, draft("50"))
        db.session.commit()
        url = f"/investment/{THIS}/{project.code}"
        sent = {"completed": "60", "version": "0"}
        answer = as_("officer").post(url, data=sent, headers={"HX-Request": "true"})
        text = answer.get_data(as_text=True)
        assert answer.status_code == 409
        assert 'value="60"' in text and 'name="version" value="1"' in text
        assert line(project)[0].amounts.completed == D(50)

    def test_without_a_script_the_table_comes_back(self, world: World, as_: Any) -> None:
        project = started(world)
        officer = as_("officer")
        answer = officer.post(f"/investment/{THIS}/{project.code}", data={"completed": "7", "version": "0"})
        assert answer.status_code == 303
        assert f"/investment?month={THIS}" in answer.location
        assert line(project)[0].amounts.completed == D(7)

    def test_a_closed_month_is_read_there_and_corrected_on_the_projects_page(
        self, world: World, as_: Any
    ) -> None:
        project = started(world)
        report(world, project, LAST, draft("10"))
        close(world, LAST)
        db.session.commit()
        officer = as_("officer")
        page = officer.get(f"/investment?month={LAST}").get_data(as_text=True)
        assert "data-grid-form" not in page and "更正" in page
        answer = officer.post(f"/investment/{LAST}/{project.code}", data={"completed": "11", "version": "1"})
        assert answer.status_code == 303 and len(line(project)) == 1

    def test_it_costs_the_same_for_one_and_for_many(self, world: World, as_: Any, count_queries: Any) -> None:
        officer, first = as_("officer"), started(world)
        report(world, first, THIS, draft("10"))
        db.session.commit()
        officer.get("/investment")
        with count_queries() as one:
            officer.get("/investment")
        for _ in range(5):
            report(world, started(world), THIS, draft("10"))
        db.session.commit()
        officer.get("/investment")
        with count_queries() as many:
            officer.get("/investment")
        assert len(many) == len(one)


class TestTheProjectsPage:
    def test_it_shows_the_years_months_and_saves_this_one(self, world: World, as_: Any) -> None:
        project = started(world)
        report(world, project, LAST, draft("5000"))
        db.session.commit()
        officer = as_("officer")
        page = officer.get(f"/projects/{project.code}/investment").get_data(as_text=True)
        assert "5,000" in page and "25.0%" in page and "上月 5,000" in page
        sent = {"completed": "600", "paid_in": "500", "version": "0"}
        answer = officer.post(f"/projects/{project.code}/investment?month={THIS}", data=sent)
        assert answer.status_code == 303
        assert rules.truth(line(project), THIS).amounts == rules.Amounts(D(600), D(500), None)

    def test_it_says_before_saving_where_a_closed_months_difference_goes(
        self, world: World, as_: Any
    ) -> None:
        project = started(world)
        report(world, project, LAST, draft("100"))
        close(world, LAST)
        db.session.commit()
        url = f"/projects/{project.code}/investment?month={LAST}"
        officer = as_("officer")
        assert f"差额会记入 {THIS}" in officer.get(url).get_data(as_text=True)
        refused = officer.post(url, data={"completed": "90", "version": "1"})
        assert refused.status_code == 422 and "写明更正的原因" in refused.get_data(as_text=True)
        done = officer.post(url, data={"completed": "90", "version": "1", "reason": "核减"})
        assert done.status_code == 303
        # The page shows the year of its month; in January the difference stands in the next one.
        assert "更正后 90" in officer.get(url).text
        assert f"更正{LAST} -10" in officer.get(f"{url}&year={THIS[:4]}").text

    def test_more_than_agreed_is_saved_and_asked_about(self, world: World, as_: Any) -> None:
        project = started(world, total="100")
        officer = as_("officer")
        answer = officer.post(
            f"/projects/{project.code}/investment", data={"completed": "100.01", "version": "0"}
        )
        assert answer.status_code == 303
        assert "超过协议总投资" in officer.get(f"/projects/{project.code}/investment").get_data(as_text=True)

    def test_somebody_who_only_looks_gets_no_form(self, world: World, as_: Any) -> None:
        project = started(world)
        page = as_("leader").get(f"/projects/{project.code}/investment")
        assert page.status_code == 200 and 'id="entry"' not in page.get_data(as_text=True)
        answer = as_("leader").post(f"/projects/{project.code}/investment", data={"completed": "1"})
        assert answer.status_code == 403

    def test_both_versions_are_shown_when_two_saved(self, world: World, as_: Any) -> None:
        project = started(world)
        report(world, project, THIS, draft("50"))
        db.session.commit()
        url = f"/projects/{project.code}/investment"
        answer = as_("officer").post(url, data={"completed": "60", "version": "0"})
        text = answer.get_data(as_text=True)
        assert answer.status_code == 409 and ">60<" in text and ">50<" in text


class TestTheApi:
    @pytest.fixture
    def call(self, world: World, client: FlaskClient) -> Any:
        def calling(method: str, path: str, body: Any = None, login: str = "officer", **more: str) -> Any:
            headers = world.token(login) | {k.replace("_", "-"): v for k, v in more.items()}
            options = {} if method == "get" else {"json": body}
            return client.open(f"/api/v1{path}", method=method.upper(), headers=headers, **options)

        return calling

    def test_a_month_is_put_and_read(self, world: World, call: Any) -> None:
        project = started(world)
        path = f"/projects/{project.code}/investment/{THIS}"
        empty = call("get", path).json
        assert (empty["version"], empty["completed"], empty["reported"]) == (0, None, None)
        sent = {"completed": "1200.5", "paid_in": "900", "progress": "主体", "in_statistics_on": None}
        made = call("put", path, sent)
        assert made.status_code == 200, made.json
        assert made.json["completed"] == "1200.5" and made.json["agreed_total"] == "20000"
        assert made.json["share"] == "0.06"
        kept = call("put", path, {"equipment": "200"}).json
        assert (kept["completed"], kept["equipment"], kept["progress"]) == ("1200.5", "200", "主体")

    def test_an_old_version_is_412(self, world: World, call: Any) -> None:
        project = started(world)
        path = f"/projects/{project.code}/investment/{THIS}"
        assert call("put", path, {"completed": "1"}, If_Match='"0"').status_code == 200
        assert call("put", path, {"completed": "2"}, If_Match='"0"').status_code == 412

    @pytest.mark.parametrize(
        ("month", "body", "field"),
        [
            (THIS, {"completed": "-1"}, "completed"),
            (THIS, {"completed": "1", "equipment": "2"}, "equipment"),
            (THIS, {"completed": "1.1234567"}, "completed"),
            (THIS, {}, "completed"),
            ("2099-01", {"completed": "1"}, "month"),
            ("2026-1", {"completed": "1"}, "month"),
        ],
    )
    def test_what_cannot_be_true_is_422(
        self, world: World, call: Any, month: str, body: dict[str, str], field: str
    ) -> None:
        project = started(world)
        answer = call("put", f"/projects/{project.code}/investment/{month}", body)
        assert answer.status_code == 422
        assert [e["field"] for e in answer.json["errors"]] == [field]

    def test_a_closed_months_correction_shows_what_was_reported(self, world: World, call: Any) -> None:
        project = started(world)
        path = f"/projects/{project.code}/investment/{LAST}"
        call("put", path, {"completed": "100"})
        close(world, LAST)
        db.session.commit()
        assert call("put", path, {"completed": "90"}).status_code == 422
        answer = call("put", path, {"completed": "90", "reason": "核减"}).json
        assert (answer["completed"], answer["reported"]["completed"], answer["locked"]) == ("90", "100", True)
        assert [(c["month"], c["completed"]) for c in answer["corrections"]] == [(THIS, "-10")]
        listed = call("get", f"/projects/{project.code}/investment").json["items"]
        assert [(i["month"], i["completed"]) for i in listed] == [(LAST, "90")]

    def test_phases_report_by_their_number_and_more_than_agreed_is_asked(
        self, world: World, call: Any
    ) -> None:
        project = started(world)
        phase_of(project, 2, total_investment=D(50))
        db.session.commit()
        path = f"/projects/{project.code}/investment/{THIS}?phase=2"
        answer = call("put", path, {"completed": "51"}).json
        assert answer["phase"] == 2 and len(answer["questions"]) == 1
        assert call("get", path.replace("phase=2", "phase=3")).status_code == 404

    def test_the_zones_month_lists_who_owes(self, world: World, call: Any) -> None:
        done, owing = started(world), started(world)
        call("put", f"/projects/{done.code}/investment/{THIS}", {"completed": "3"})
        found = call("get", f"/investment/{THIS}").json
        assert {i["project"]: i["reported"] for i in found["items"]} == {done.code: True, owing.code: False}
        left = call("get", f"/investment/{THIS}?reported=false").json
        assert [i["project"] for i in left["items"]] == [owing.code] and left["total"] == 1

    def test_strangers_find_nothing_and_readers_may_not_write(self, world: World, call: Any) -> None:
        project = started(world)
        path = f"/projects/{project.code}/investment/{THIS}"
        assert call("put", path, {"completed": "1"}, login="officer2").status_code == 404
        assert call("put", path, {"completed": "1"}, login="leader").status_code == 403
        assert call("get", path, login="leader").status_code == 200
