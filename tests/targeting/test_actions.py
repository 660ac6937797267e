"""Putting a company on the list, moving it, giving it up, next steps, and what happens at the link beside it."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from crm.audit.models import AuditEvent
from crm.chains import queries as chains
from crm.companies import actions as companies
from crm.companies import queries as company_queries
from crm.companies.models import LinkNode
from crm.companies.rules import LinkDraft, LinkProgress
from crm.core import clock
from crm.core.db import db
from crm.core.errors import Conflict, Forbidden, NotFound, RuleBroken
from crm.followups.models import Followup
from crm.followups.rules import DutyState
from crm.targeting import actions, queries
from crm.targeting.models import Target, TargetStep
from crm.targeting.rules.targets import CampaignDraft, EntryKind, SignalDraft, TargetDraft, TargetSource
from tests import factories
from tests.factories import World

TODAY = clock.today()
U, C, T, G = LinkProgress.UNTOUCHED, LinkProgress.CONTACTED, LinkProgress.TALKING, LinkProgress.GIVEN_UP


def node(code: str) -> int:
    found = chains.node_by_code(code)
    assert found is not None
    return found.id


def link_of(target: Target) -> LinkProgress:
    link = company_queries.link_of(target.company_id, target.zone_id)
    assert link is not None
    return link.progress


def steps(target: Target) -> list[tuple[LinkProgress | None, LinkProgress]]:
    rows = db.session.scalars(
        select(TargetStep).where(TargetStep.target_id == target.id).order_by(TargetStep.id)
    )
    return [(step.before, step.after) for step in rows]


def test_a_listed_company_gets_the_zones_link_and_belongs_to_the_node(world: World) -> None:
    officer, firm = world.actor("officer"), world.company()
    draft = TargetDraft(node("PETRO-0201"), EntryKind.FUND, "基金引荐", "行业前三")
    target, made = actions.add(officer, firm, draft, TODAY)
    assert made
    assert (target.zone_id, target.owner_id, target.source) == (
        officer.zone_id, officer.user_id, TargetSource.MANUAL,
    )  # fmt: skip
    link = company_queries.link_of(firm.id, officer.zone_id)
    assert link is not None
    nodes = db.session.scalars(select(LinkNode.node_id).where(LinkNode.link_id == link.id)).all()
    assert nodes == [target.node_id]
    assert steps(target) == [(None, U)]
    assert actions.add(officer, firm, draft, TODAY) == (target, False)


def test_a_target_that_waited_takes_the_node_it_is_given(world: World) -> None:
    officer, firm = world.actor("officer"), world.company()
    waiting, _ = actions.add(officer, firm, TargetDraft(entry_kind=EntryKind.FUND), TODAY)
    found, made = actions.add(officer, firm, TargetDraft(node("PETRO-0201"), standing="龙头"), TODAY)
    assert (found.id, made) == (waiting.id, False)
    assert (found.node_id, found.entry_kind, found.standing) == (node("PETRO-0201"), EntryKind.FUND, "龙头")


def test_the_bureau_lists_for_the_city_and_for_a_zone(world: World) -> None:
    bureau, firm = world.actor("bureau"), world.company()
    draft = TargetDraft(node("PETRO-0201"))
    city, _ = actions.add(bureau, firm, draft, TODAY)
    of_zone, made = actions.add(bureau, firm, draft, TODAY, zone_id=world.zone("LYG-XUWEI").id)
    assert city.zone_id is None
    assert made
    assert queries.find(world.actor("officer2"), of_zone.id).id == of_zone.id
    for login in ("officer2", "officer", "county", "chief"):
        with pytest.raises(NotFound):
            queries.find(world.actor(login), city.id)


def test_only_who_writes_projects_lists_and_an_owner_is_of_the_zone(world: World) -> None:
    firm = world.company()
    with pytest.raises(Forbidden):
        actions.add(world.actor("leader"), firm, TargetDraft(node("PETRO-0201")), TODAY)
    stranger = TargetDraft(node("PETRO-0201"), owner_id=world.users["officer2"].id)
    with pytest.raises(RuleBroken, match="不在这个板块任职"):
        actions.add(world.actor("officer"), firm, stranger, TODAY)
    with pytest.raises(RuleBroken, match="没有这个产业链环节"):
        actions.add(world.actor("officer"), firm, TargetDraft(10**6), TODAY)


def test_a_node_is_corrected_and_a_second_one_is_a_target_of_its_own(world: World) -> None:
    officer, firm = world.actor("officer"), world.company()
    target, _ = actions.add(officer, firm, TargetDraft(None, EntryKind.FUND, "基金"), TODAY)
    made = actions.place(officer, target, [node("PETRO-0201"), node("PETRO-0202")], TODAY)
    assert [t.node_id for t in made] == [node("PETRO-0201"), node("PETRO-0202")]
    assert made[1].entry_note == "基金"
    with pytest.raises(Conflict, match="已在这个环节的清单里"):
        actions.place(officer, target, [node("PETRO-0202")], TODAY)
    with pytest.raises(RuleBroken, match="环节没有选"):
        actions.place(officer, target, [], TODAY)


def test_the_link_shows_the_furthest_target(world: World) -> None:
    officer, firm = world.actor("officer"), world.company()
    one, _ = actions.add(officer, firm, TargetDraft(node("PETRO-0201")), TODAY)
    two, _ = actions.add(officer, firm, TargetDraft(node("PETRO-0202")), TODAY)
    actions.move(officer, one, T, "见了董事长", TODAY)
    assert link_of(two) is T
    actions.give_up(officer, one, "外省扩产", TODAY)
    assert link_of(two) is U
    actions.give_up(officer, two, "外省扩产", TODAY)
    assert link_of(two) is G
    actions.take_up(officer, two, TODAY)
    assert (two.progress, two.given_up_reason, link_of(two)) == (U, "", U)
    assert steps(one) == [(None, U), (U, T), (T, G)]


def test_words_said_without_moving_on_stay_among_the_steps(world: World) -> None:
    officer, firm = world.actor("officer"), world.company()
    target, _ = actions.add(officer, firm, TargetDraft(node("PETRO-0201")), TODAY - timedelta(days=3))
    actions.move(officer, target, U, "电话没有接通", TODAY)
    actions.move(officer, target, U, " ", TODAY)
    assert steps(target) == [(None, U), (U, U)]
    assert target.progress_on == TODAY - timedelta(days=3)
    assert (
        db.session.scalar(select(TargetStep.note).order_by(TargetStep.id.desc()).limit(1)) == "电话没有接通"
    )


@pytest.mark.parametrize("by_link", [False, True])
def test_giving_up_lets_the_next_step_go(world: World, by_link: bool) -> None:
    officer, firm = world.actor("officer"), world.company()
    target, _ = actions.add(officer, firm, TargetDraft(node("PETRO-0201")), TODAY)
    actions.plan(officer, target, "拜访总部", TODAY + timedelta(days=7), TODAY)
    link = company_queries.link_of(firm.id, officer.zone_id)
    assert link is not None
    if by_link:
        companies.edit_link(officer, link, LinkDraft(progress=G))
    else:
        actions.give_up(officer, target, "外省扩产", TODAY)
    duty = db.session.scalars(select(Followup)).one()
    assert (target.progress, duty.state) == (G, DutyState.CANCELLED)
    assert duty.close_reason.startswith("靶向企业已放弃：")


def test_targets_go_along_when_the_link_itself_is_moved(world: World) -> None:
    officer, firm = world.actor("officer"), world.company()
    one, _ = actions.add(officer, firm, TargetDraft(node("PETRO-0201")), TODAY)
    two, _ = actions.add(officer, firm, TargetDraft(node("PETRO-0202")), TODAY)
    companies.ensure_link(officer, firm, officer.zone_id, C)
    assert (one.progress, two.progress) == (C, C)
    link = company_queries.link_of(firm.id, officer.zone_id)
    assert link is not None
    companies.edit_link(officer, link, LinkDraft(progress=G))
    assert (one.progress, one.given_up_reason) == (G, "随企业联系一并放弃")
    assert steps(two) == [(None, U), (U, C), (C, G)]


def test_what_was_given_up_is_not_worked_on_until_it_is_taken_up(world: World) -> None:
    officer, firm = world.actor("officer"), world.company()
    target = factories.target(firm, progress=G)
    for act in (
        lambda: actions.move(officer, target, C, "", TODAY),
        lambda: actions.give_up(officer, target, "再放弃", TODAY),
        lambda: actions.plan(officer, target, "拜访", TODAY, TODAY),
    ):
        with pytest.raises(Conflict, match="重新启用"):
            act()
    actions.take_up(officer, target, TODAY)
    with pytest.raises(Conflict, match="没有放弃"):
        actions.take_up(officer, target, TODAY)
    with pytest.raises(RuleBroken, match="要写原因"):
        actions.move(officer, target, G, "", TODAY)


def test_the_next_step_is_a_duty_and_a_new_one_takes_its_place(world: World) -> None:
    officer = world.actor("officer")
    target = factories.target(world.company(), owner_id=officer.user_id)
    actions.plan(officer, target, "约见投资部", TODAY + timedelta(days=7), TODAY)
    actions.plan(officer, target, "送选址方案", TODAY + timedelta(days=14), TODAY)
    duties = db.session.scalars(select(Followup).where(Followup.origin == f"target:{target.id}")).all()
    assert {(d.what, d.state) for d in duties} == {
        ("约见投资部", DutyState.CANCELLED), ("送选址方案", DutyState.OPEN),
    }  # fmt: skip
    assert {(d.owner_id, d.company_id, d.zone_id) for d in duties} == {
        (officer.user_id, target.company_id, target.zone_id)
    }
    assert queries.row(officer, target.id).next_what == "送选址方案"
    with pytest.raises(RuleBroken, match="已经过去"):
        actions.plan(officer, target, "拜访", TODAY - timedelta(days=1), TODAY)


def test_signals_come_and_go_and_move_the_record_on(world: World) -> None:
    officer = world.actor("officer")
    target = factories.target(world.company())
    version = target.version
    made = actions.add_signal(officer, target, SignalDraft(TODAY, "公告扩产", "公告"), TODAY)
    assert target.version > version
    assert queries.row(officer, target.id).signal_on == TODAY
    actions.remove_signal(officer, target, made)
    assert queries.signals(target.id) == []


def test_a_campaign_lists_targets_once_and_counts_them_by_progress(world: World) -> None:
    officer, bureau = world.actor("officer"), world.actor("bureau")
    draft = CampaignDraft("补链行动", TODAY, TODAY + timedelta(days=30), node_ids=(node("PETRO-0201"),))
    campaign = actions.start_campaign(bureau, draft)
    one = factories.target(world.company())
    other = factories.target(world.company(), progress=T)
    foreign = factories.target(world.company(), zone_code="LYG-XUWEI")
    assert actions.enlist(officer, campaign, [one, other]) == 2
    assert actions.enlist(officer, campaign, [one]) == 0
    actions.enlist(bureau, campaign, [foreign])
    (mine,) = queries.campaigns(officer)
    assert (mine.targets.all, mine.targets.by_progress) == (2, {U: 1, T: 1})
    assert queries.campaign_row(bureau, campaign.id).targets.all == 3
    actions.strike(officer, campaign, one)
    assert queries.campaigns_of(officer, one.id) == {}


def test_a_zones_campaign_is_its_own(world: World) -> None:
    officer = world.actor("officer")
    campaign = actions.start_campaign(officer, CampaignDraft("本板块行动", TODAY, TODAY))
    assert campaign.zone_id == officer.zone_id
    assert queries.campaigns(world.actor("officer2")) == []
    with pytest.raises(NotFound):
        queries.campaign(world.actor("officer2"), campaign.id)
    with pytest.raises(RuleBroken, match="不在这个单位任职"):
        stranger = CampaignDraft("甲", TODAY, TODAY, owner_id=world.users["officer2"].id)
        actions.edit_campaign(officer, campaign, stranger)
    actions.edit_campaign(
        officer, campaign, CampaignDraft("改名", TODAY, TODAY, node_ids=(node("PETRO-0201"),))
    )
    assert [place.code for place in queries.campaign_nodes(campaign.id)] == ["PETRO-0201"]


@pytest.mark.parametrize("login", ["officer", "bureau"])
def test_two_campaigns_of_one_place_never_share_a_name(world: World, login: str) -> None:
    actor = world.actor(login)
    made = actions.start_campaign(actor, CampaignDraft("补链行动", TODAY, TODAY))
    with pytest.raises(RuleBroken, match="已有一个叫“补链行动”") as broken:
        actions.start_campaign(actor, CampaignDraft(" 补链行动 ", TODAY, TODAY))
    assert broken.value.field == "name"
    actions.edit_campaign(actor, made, CampaignDraft("补链行动", TODAY, TODAY, note="留着原名"))
    actions.start_campaign(world.actor("officer2"), CampaignDraft("补链行动", TODAY, TODAY))


def test_every_verb_leaves_its_trace(world: World) -> None:
    officer, firm = world.actor("officer"), world.company()
    target, _ = actions.add(officer, firm, TargetDraft(node("PETRO-0201")), TODAY)
    actions.edit(officer, target, TargetDraft(node("PETRO-0201"), EntryKind.FUND, "基金"))
    actions.move(officer, target, C, "", TODAY)
    actions.give_up(officer, target, "外省扩产", TODAY)
    db.session.commit()
    rows = (
        select(AuditEvent.code, func.count())
        .where(AuditEvent.subject_type == "target")
        .group_by(AuditEvent.code)
    )
    told = {code: count for code, count in db.session.execute(rows)}
    assert told == {"target.added": 1, "target.edited": 1, "target.moved": 1, "target.given_up": 1}
