"""Logging a visit and everything it causes."""

import threading
import uuid
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from crm.accounts.models import Post, User
from crm.audit.models import AuditEvent
from crm.companies.models import Company, CompanyLink, Contact
from crm.companies.rules import LinkProgress
from crm.core.actor import Role
from crm.core.db import db
from crm.core.errors import Forbidden, NotFound, RuleBroken
from crm.followups import queries as duty_queries
from crm.followups.models import Followup
from crm.followups.rules import DutyKind, DutyState
from crm.notices.models import Notice
from crm.projects.models import Grant
from crm.projects.rules import GrantLevel, Status
from crm.units.models import Leader
from crm.units.rules import LeaderLevel
from crm.visits import actions, queries
from crm.visits.models import Visit, VisitOurs, VisitProject, VisitTheirs
from crm.visits.rules import Demand, Draft, Mode, NextStep, Ours, Theirs
from tests import factories
from tests.factories import World

PHONE = "13800002605"


def _draft(world: World, **values: Any) -> Draft:
    """A whole visit of today with a next step a week on."""
    given: dict[str, Any] = {
        "client_id": str(uuid.uuid4()),
        "happened_on": world.today,
        "mode": Mode.PHONE,
        "summary": "对方接受蒸汽按实结算",
        "next_step": NextStep("出价格函", world.today + timedelta(days=7)),
    }
    return Draft(**(given | values))


def _log(world: World, login: str, draft: Draft) -> Visit:
    return actions.log(world.actor(login), draft, world.today).visit


def test_a_visit_to_a_new_company_registers_it_and_links_the_zone(world: World) -> None:
    visit = _log(world, "officer", _draft(world, company_name="演示澜山新材料有限公司"))
    company = db.session.get_one(Company, visit.company_id)
    assert company.name == "演示澜山新材料有限公司"
    links = db.session.scalars(select(CompanyLink).where(CompanyLink.company_id == company.id)).all()
    assert [(link.zone_id, link.progress) for link in links] == [
        (world.zone("LYG-ETDZ").id, LinkProgress.CONTACTED)
    ]


def test_the_same_id_twice_is_one_visit_with_one_next_step(world: World) -> None:
    draft = _draft(world, company_id=world.company().id)
    first = actions.log(world.actor("officer"), draft, world.today)
    again = actions.log(
        world.actor("officer"), replace(draft, client_id=draft.client_id.upper()), world.today
    )
    assert (first.created, again.created, again.visit.id) == (True, False, first.visit.id)
    assert db.session.scalar(select(func.count()).select_from(Visit)) == 1
    assert db.session.scalar(select(func.count()).select_from(Followup)) == 1


def test_somebody_elses_id_is_refused_and_shows_nothing(world: World) -> None:
    draft = _draft(world, company_id=world.company().id)
    _log(world, "officer", draft)
    with pytest.raises(RuleBroken) as refused:
        actions.log(world.actor("officer2"), draft, world.today)
    assert refused.value.field == "client_id"


def test_a_second_sending_takes_back_what_it_made_on_the_way_and_answers_the_first_visit(
    world: World,
) -> None:
    """The unique id decides, also between two at the same moment: nobody looks before."""
    draft = _draft(world, company_name="演示同时企业有限公司")
    winner = factories.visit(world.users["officer"], world.company(), client_id=draft.client_id)
    logged = actions.log(world.actor("officer"), draft, world.today)
    assert (logged.created, logged.visit.id) == (False, winner.id)
    assert db.session.scalar(select(Company.id).where(Company.name == "演示同时企业有限公司")) is None
    # Its project has gone meanwhile: the visit stands all the same.
    gone = world.project("LYG-XUWEI", investor=world.company())
    again = actions.log(world.actor("officer"), replace(draft, project_ids=(gone.id,)), world.today)
    assert (again.created, again.visit.id) == (False, winner.id)


def test_a_text_that_its_column_does_not_hold_is_refused_by_name_and_nothing_is_written(world: World) -> None:
    """The row goes past the session, which would have said so."""
    with pytest.raises(RuleBroken) as refused:
        _log(world, "officer", _draft(world, company_id=world.company().id, intent_field="字" * 121))
    assert refused.value.field == "intent_field"
    assert db.session.scalar(select(func.count()).select_from(Visit)) == 0


def test_the_companys_live_projects_are_taken_when_none_are_named(world: World) -> None:
    firm = world.company()
    live = world.project(investor=firm)
    world.project(investor=firm, status=Status.LOST)
    world.project("LYG-XUWEI", investor=firm)
    visit = _log(world, "officer", _draft(world, company_id=firm.id))
    assert db.session.scalars(select(VisitProject.project_id)).all() == [live.id]
    bare = _log(world, "officer", _draft(world, company_id=firm.id, project_ids=()))
    assert bare.id != visit.id
    assert db.session.scalar(select(func.count()).select_from(VisitProject)) == 1


def test_another_zones_project_is_refused_as_not_found(world: World) -> None:
    foreign = world.project("LYG-XUWEI")
    with pytest.raises(RuleBroken) as refused:
        _log(world, "officer", _draft(world, project_ids=(foreign.id,)))
    assert refused.value.field == "projects"


def test_the_next_step_and_the_demands_become_duties(world: World) -> None:
    firm = world.company()
    project = world.project(investor=firm)
    visit = _log(
        world, "officer", _draft(world, company_id=firm.id, demands=(Demand("供电公司出函"), Demand("  ")))
    )
    duties = db.session.scalars(select(Followup).order_by(Followup.id)).all()
    assert [(d.kind, d.what, d.origin, d.project_id) for d in duties] == [
        (DutyKind.FOLLOWUP, "出价格函", f"visit:{visit.id}", project.id),
        (DutyKind.DEMAND, "供电公司出函", f"visit:{visit.id}", project.id),
    ]
    assert {d.owner_id for d in duties} == {world.users["officer"].id}


def test_a_moved_day_is_said(world: World) -> None:
    friday = date(2026, 11, 20)
    draft = _draft(world, company_id=world.company().id, happened_on=friday)
    draft = replace(draft, next_step=NextStep("出函", date(2026, 11, 28)))
    logged = actions.log(world.actor("officer"), draft, date(2026, 11, 23))
    assert logged.notes == ("11月28日 周六是休息日，已改到11月30日 周一。",)


def test_a_visit_completes_the_duty_it_answers(world: World) -> None:
    firm = world.company()
    duty = factories.followup(world.users["officer"], firm)
    visit = _log(world, "officer", _draft(world, company_id=firm.id, closes=(duty.id,)))
    assert (duty.state, duty.closed_by, duty.answer) == (DutyState.DONE, f"visit:{visit.id}", visit.summary)


def test_a_duty_of_another_company_or_zone_is_not_completed(world: World) -> None:
    foreign = factories.followup(world.users["officer2"], world.company(), zone_code="LYG-XUWEI")
    other = factories.followup(world.users["officer"], world.company())
    with pytest.raises(NotFound):
        _log(world, "officer", _draft(world, company_id=world.company().id, closes=(foreign.id,)))
    with pytest.raises(RuleBroken):
        _log(world, "officer", _draft(world, company_id=world.company().id, closes=(other.id,)))


def test_their_numbers_are_sealed_masked_and_found_again_as_contacts(world: World) -> None:
    firm = world.company()
    theirs = (Theirs("罗知衡", "董事副总经理", PHONE), Theirs("沈默言"))
    visit = _log(world, "officer", _draft(world, company_id=firm.id, theirs=theirs))
    rows = db.session.scalars(select(VisitTheirs).order_by(VisitTheirs.id)).all()
    assert [(r.name, r.phone, r.phone_mask) for r in rows] == [
        ("罗知衡", PHONE, "138****2605"),
        ("沈默言", None, ""),
    ]
    contact = db.session.scalars(select(Contact)).one()
    assert (contact.name, contact.zone_id, rows[0].contact_id) == ("罗知衡", visit.zone_id, contact.id)
    raw = db.session.execute(select(VisitTheirs.__table__.c.phone.cast(db.Text))).scalars().all()
    assert not any(PHONE in (value or "") for value in raw)
    # The second visit knows the person by name.
    _log(world, "officer", _draft(world, company_id=firm.id, theirs=(Theirs("罗知衡"),)))
    assert db.session.scalar(select(func.count()).select_from(Contact)) == 1
    text = str([(e.diff, e.note, e.subject_label) for e in db.session.scalars(select(AuditEvent))])
    assert PHONE not in text and "2605" not in text


def test_a_confidential_visit_leaves_no_contact_and_no_company_in_the_audit(world: World) -> None:
    firm = world.company()
    theirs = (Theirs("罗知衡", "董事", PHONE),)
    visit = _log(world, "officer", _draft(world, company_id=firm.id, confidential=True, theirs=theirs))
    assert db.session.scalar(select(func.count()).select_from(Contact)) == 0
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.code == "visit.logged")).one()
    assert (event.company_id, firm.name in event.subject_label) == (None, False)
    duty = db.session.scalars(select(Followup)).one()
    assert visit.confidential and duty.confidential


def test_a_visit_about_a_confidential_project_is_confidential(world: World) -> None:
    project = world.project(confidential=True, owner_id=world.users["officer"].id)
    visit = _log(world, "officer", _draft(world, project_ids=(project.id,)))
    assert visit.confidential
    assert visit.company_id == project.company_id


def test_ours_become_leaders_with_the_rank_of_that_day_then_colleagues_then_names(world: World) -> None:
    unit = world.unit("LYG-ETDZ")
    terms = {"title": "主任", "unit_id": unit.id, "rank_no": 1}
    db.session.add_all(
        [
            Leader(
                name="演示主任",
                level=LeaderLevel.COUNTY_CHARGE,
                starts_on=date(2024, 1, 1),
                ends_on=date(2025, 12, 31),
                **terms,
            ),
            Leader(name="演示主任", level=LeaderLevel.COUNTY_MAIN, starts_on=date(2026, 1, 1), **terms),
        ]
    )
    db.session.flush()
    ours = (Ours("演示主任"), Ours("陈思远"), Ours("外请专家"))
    for on, level in (
        (date(2025, 6, 2), LeaderLevel.COUNTY_CHARGE),
        (date(2026, 6, 1), LeaderLevel.COUNTY_MAIN),
    ):
        draft = _draft(world, company_id=world.company().id, happened_on=on, ours=ours)
        visit = _log(world, "officer", draft)
        rows = db.session.scalars(
            select(VisitOurs).where(VisitOurs.visit_id == visit.id).order_by(VisitOurs.id)
        ).all()
        assert [(r.name, r.level, r.leads) for r in rows] == [
            ("演示主任", level, True),
            ("陈思远", None, False),
            ("外请专家", None, False),
        ]
        assert rows[1].user_id == world.users["officer"].id


@pytest.mark.parametrize("login", ["dept", "leader", "sysadmin", "auditor"])
def test_roles_without_the_verb_log_nothing(world: World, login: str) -> None:
    with pytest.raises(Forbidden):
        _log(world, login, _draft(world, company_id=world.company().id))


def test_a_specialist_logs_for_granted_projects_only(world: World) -> None:
    project = world.project()
    with pytest.raises(RuleBroken) as refused:
        _log(world, "specialist", _draft(world, company_id=project.company_id))
    assert refused.value.field == "projects"
    specialist = world.users["specialist"].id
    terms = {"level": GrantLevel.WORK, "source": "assignment", "starts_on": world.today}
    db.session.add(Grant(project_id=project.id, user_id=specialist, **terms))
    db.session.flush()
    visit = _log(world, "specialist", _draft(world, project_ids=(project.id,)))
    assert visit.zone_id == project.zone_id


def test_a_county_says_which_zone_and_only_one_of_its_own(world: World) -> None:
    firm = world.company()
    with pytest.raises(RuleBroken) as unsaid:
        _log(world, "county", _draft(world, company_id=firm.id))
    with pytest.raises(RuleBroken) as foreign:
        _log(world, "county", _draft(world, company_id=firm.id, zone_id=world.zone("LYG-XUWEI").id))
    assert (unsaid.value.field, foreign.value.field) == ("zone", "zone")


def test_the_bureaus_own_visit_belongs_to_the_city(world: World) -> None:
    assert _log(world, "bureau", _draft(world, company_id=world.company().id)).zone_id is None


def test_editing_keeps_words_out_of_the_audit_and_adds_people(world: World) -> None:
    project = world.project()
    visit = _log(world, "officer", _draft(world, project_ids=(project.id,)))
    changed = _draft(world, summary="改过的话", mode=Mode.VIDEO, theirs=(Theirs("罗知衡", "董事", PHONE),))
    actions.edit(world.actor("officer"), visit, replace(changed, project_ids=()), world.today)
    assert (visit.summary, visit.mode) == ("改过的话", Mode.VIDEO)
    assert db.session.scalar(select(func.count()).select_from(VisitProject)) == 0
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.code == "visit.edited")).one()
    assert event.diff["mode"] == ["phone", "video"]
    assert "改过的话" not in str(event.diff) and PHONE not in str(event.diff)


def test_a_change_of_our_people_alone_makes_a_new_version(world: World) -> None:
    draft = _draft(world, company_id=world.company().id)
    visit = _log(world, "officer", draft)
    before = visit.version
    actions.edit(world.actor("officer"), visit, replace(draft, ours=(Ours("钟明远"),)), world.today)
    assert visit.version > before


def test_a_colleague_does_not_edit_but_the_chief_and_the_bureau_do(world: World) -> None:
    visit = factories.visit(world.users["chief"], world.company())
    assert not actions.may_edit(world.actor("officer"), visit)
    assert actions.may_edit(world.actor("chief"), visit)
    assert actions.may_edit(world.actor("bureau"), visit)
    with pytest.raises(Forbidden):
        actions.edit(world.actor("officer"), visit, _draft(world), world.today)


def test_the_look_at_a_number_is_recorded_without_the_number(world: World) -> None:
    visit = _log(
        world,
        "officer",
        _draft(world, company_id=world.company().id, theirs=(Theirs("罗知衡", "董事", PHONE),)),
    )
    (person,) = queries.theirs_of(visit.id)
    assert actions.reveal(world.actor("officer"), visit, person.id) == PHONE
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.code == "contact.revealed")).one()
    assert PHONE not in str((event.diff, event.note, event.subject_label))


def test_two_writers_with_one_id_at_the_same_moment_make_one_visit(app: Any) -> None:
    """Two real connections, each its own transaction; what they wrote is taken away again at the end."""
    with app.app_context():
        user = factories.account(factories.Person("racer", "赛跑", Role.OFFICER, "LYG-ETDZ", "专员"))
        firm = factories.company("演示赛跑有限公司")
        db.session.commit()
        login, firm_id, user_id = user.login, firm.id, user.id
        db.session.remove()
    draft = Draft(
        str(uuid.uuid4()),
        date(2026, 11, 20),
        Mode.PHONE,
        "同时保存",
        company_id=firm_id,
        no_next_step_reason="测试",
    )
    found: list[tuple[int, bool]] = []
    start = threading.Barrier(2)

    def save() -> None:
        from crm.accounts import queries as accounts

        with app.app_context():
            actor = accounts.actor_by_login(login, date(2026, 11, 23))
            assert actor is not None
            db.session.rollback()
            start.wait(10)
            logged = actions.log(actor, draft, date(2026, 11, 23))
            found.append((logged.visit.id, logged.created))
            db.session.commit()
            db.session.remove()

    threads = [threading.Thread(target=save) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    with app.app_context():
        made = db.session.scalars(select(Visit.id).where(Visit.client_id == draft.client_id)).all()
        _sweep(user_id, firm_id)
        db.session.remove()
    assert len(made) == 1
    assert sorted(created for _, created in found) == [False, True]
    assert {key for key, _ in found} == set(made)


def _sweep(user_id: int, firm_id: int) -> None:
    from sqlalchemy import delete

    from crm.accounts.models import Post

    for model, condition in (
        (AuditEvent, AuditEvent.actor_id == user_id),
        (Visit, Visit.created_by == user_id),
        (CompanyLink, CompanyLink.company_id == firm_id),
        (Company, Company.id == firm_id),
        (Post, Post.user_id == user_id),
        (User, User.id == user_id),
    ):
        db.session.execute(delete(model).where(condition))
    db.session.commit()


def test_a_demand_is_asked_of_its_unit_which_is_told_and_a_leaders_word_is_a_promise(world: World) -> None:
    unit, leader = (
        world.users["dept"],
        factories.leader("LYG-ETDZ", "演示主任", "主任", LeaderLevel.COUNTY_MAIN),
    )
    firm = world.company()
    unit_id = db.session.scalars(select(Post.unit_id).where(Post.user_id == unit.id)).one()
    asked = (Demand("供电公司出函", "用能", unit_id), Demand("给予贷款贴息", leader_id=leader.id))
    _log(world, "officer", _draft(world, company_id=firm.id, demands=asked))
    made = db.session.scalars(
        select(Followup).where(Followup.kind != DutyKind.FOLLOWUP).order_by(Followup.id)
    )
    first, second = made.all()
    assert (first.kind, first.category, first.unit_id) == (DutyKind.DEMAND, "用能", unit_id)
    assert (second.kind, duty_queries.life(second).leader_id) == (DutyKind.PROMISE, leader.id)
    assert unit.id in db.session.scalars(select(Notice.user_id)).all()


@pytest.mark.parametrize(
    "asked",
    [Demand("出函", unit_id=999_999), Demand("出函", leader_id=999_999), Demand("出函", "没有这一类")],
)
def test_an_unknown_unit_leader_or_category_is_refused_beside_the_demands(
    world: World, asked: Demand
) -> None:
    firm = world.company()
    with pytest.raises(RuleBroken) as refused:
        _log(world, "officer", _draft(world, company_id=firm.id, demands=(asked,)))
    assert refused.value.field == "demands"
