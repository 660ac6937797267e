from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.companies.rules import LinkProgress
from crm.core.errors import Conflict, RuleBroken
from crm.targeting.rules import targets as rules
from crm.targeting.rules.targets import CampaignDraft, EntryKind, Filters, SignalDraft, TargetDraft

pytestmark = pytest.mark.once

U, C, T, G = LinkProgress.UNTOUCHED, LinkProgress.CONTACTED, LinkProgress.TALKING, LinkProgress.GIVEN_UP
TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("targets", "link", "shown"),
    [([], C, C), ([U, T], U, T), ([G, C], T, C), ([G, G], T, G), ([U], T, U)],
)
def test_a_link_shows_the_furthest_of_its_live_targets(targets, link, shown) -> None:
    assert rules.of_link(targets, link) is shown


@pytest.mark.parametrize(
    ("link", "others", "begins"),
    [(U, [], U), (T, [], T), (T, [U], C), (C, [T], C), (G, [], U), (G, [G], U), (T, [G], T)],
)
def test_a_new_target_begins_where_the_zone_stands_with_the_company(link, others, begins) -> None:
    assert rules.first_progress(link, others) is begins


@pytest.mark.parametrize(
    ("targets", "wanted", "changed"),
    [
        ({1: U}, C, {1: C}),
        ({1: U, 2: C}, T, {1: C, 2: T}),
        ({1: T, 2: U}, U, {1: U}),
        ({1: T, 2: C}, C, {1: C}),
        ({1: G}, T, {}),
        ({1: C, 2: G}, G, {1: G}),
        ({1: T}, T, {}),
    ],
)
def test_targets_go_along_with_their_link(targets, wanted, changed) -> None:
    assert rules.followed(targets, wanted) == changed


@given(
    st.dictionaries(st.integers(1, 5), st.sampled_from([U, C, T, G]), max_size=5),
    st.sampled_from([U, C, T, G]),
)
def test_after_following_the_link_shows_what_was_wanted(targets, wanted) -> None:
    after = targets | rules.followed(targets, wanted)
    if any(progress is not G for progress in targets.values()):
        assert rules.of_link(after.values(), U) is wanted
    assert all(after[key] is G for key, progress in targets.items() if progress is G)


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (SignalDraft(TODAY, " "), "what"),
        (SignalDraft(date(2026, 11, 24), "扩产", "公告"), "happened_on"),
        (SignalDraft(TODAY, "扩产"), "source"),
        (SignalDraft(TODAY, "扩产", url="javascript:alert(1)"), "url"),
        (SignalDraft(TODAY, "字" * 301, "公告"), "what"),
    ],
)
def test_a_signal_is_dated_and_sourced(draft, field) -> None:
    with pytest.raises(RuleBroken) as broken:
        rules.check_signal(draft, TODAY)
    assert broken.value.field == field


def test_a_signal_with_an_address_alone_has_its_source() -> None:
    rules.check_signal(SignalDraft(TODAY, "扩产", url="https://example.cn/1"), TODAY)


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (CampaignDraft(" ", TODAY, TODAY), "name"),
        (CampaignDraft("甲", TODAY, date(2026, 11, 22)), "ends_on"),
        (CampaignDraft("字" * 201, TODAY, TODAY), "name"),
        (CampaignDraft("甲", TODAY, TODAY, note="字" * 501), "note"),
    ],
)
def test_a_campaign_has_a_name_and_a_term(draft, field) -> None:
    with pytest.raises(RuleBroken) as broken:
        rules.check_campaign(draft)
    assert broken.value.field == field


def test_giving_up_has_its_reason_and_a_live_target_alone_is_worked_on() -> None:
    with pytest.raises(RuleBroken):
        rules.check_reason("  ")
    with pytest.raises(RuleBroken):
        rules.check_reason("字" * 501)
    with pytest.raises(Conflict, match="已转为项目"):
        rules.check_live(T, True, "甲公司")
    with pytest.raises(Conflict, match="重新启用"):
        rules.check_live(G, False, "甲公司")
    rules.check_live(U, False, "甲公司")


def test_a_draft_that_no_row_can_hold_is_refused() -> None:
    with pytest.raises(RuleBroken):
        rules.check(TargetDraft(entry_note="字" * 301))
    with pytest.raises(RuleBroken):
        rules.check(TargetDraft(standing="字" * 121))


def test_an_old_address_narrows_by_what_it_still_means() -> None:
    asked = {
        "progress": "gone", "entry": "fund", "owner": "me", "since": "2026-13-01", "converted": "1", "action": "x",
        "due": "late", "ids": "3.x.7", "campaign": "12", "live": "1",
    }  # fmt: skip
    found = Filters.of(asked, me=5)
    assert (found.progress, found.entry, found.owner_id, found.since) == (None, EntryKind.FUND, 5, None)
    assert (found.converted, found.action, found.due, found.ids) == (True, "", "late", (3, 7))
    assert (found.campaign_id, found.live) == (12, True)
