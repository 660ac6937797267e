"""The pipeline's rules, without a database."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.core.errors import RuleBroken
from crm.pipeline import rules
from crm.pipeline.rules import (
    AgreementDraft,
    Light,
    LightFacts,
    Made,
    MilestoneKind,
    Pause,
    ReviewDraft,
    Thresholds,
)
from crm.projects.rules import AttachmentKind, Capital, Stage, Status, Tier, TierRow

A = AttachmentKind
DAY = date(2026, 11, 23)
REVIEW = ReviewDraft("张审查", DAY, "未发现问题")
AGREED = AgreementDraft(Decimal(10000))
TIERS = [
    TierRow(Tier.T100, "", Decimal(1_000_000), Decimal(100_000)),
    TierRow(Tier.T50, "", Decimal(500_000), Decimal(50_000)),
    TierRow(Tier.BELOW, "", Decimal(0), Decimal(0)),
]


@pytest.mark.parametrize(
    ("review", "words"),
    [
        (ReviewDraft("", DAY, "无"), "审查人"),
        (ReviewDraft("张", None, "无"), "日期"),
        (ReviewDraft("张", DAY, ""), "结论"),
    ],
)
def test_a_fair_competition_record_is_complete_or_missing(review: ReviewDraft, words: str) -> None:
    found = rules.missing_for_submit(MilestoneKind.SIGNED, DAY, (), {A.FAIR_COMPETITION}, AGREED, review)
    assert [m.field for m in found] == ["fair_competition"] and words in found[0].message


def test_signing_without_an_amount_or_a_day_is_incomplete() -> None:
    files = {A.FAIR_COMPETITION}
    found = rules.missing_for_submit(MilestoneKind.SIGNED, None, (), files, AgreementDraft(), REVIEW)
    assert [m.field for m in found] == ["happened_on", "agreement.total_investment"]
    in_usd = AgreementDraft(total_usd=Decimal(1))
    assert not rules.missing_for_submit(MilestoneKind.SIGNED, DAY, (), files, in_usd, REVIEW)


def test_what_the_gate_table_asks_for_stands_between_the_day_and_the_review() -> None:
    asked = rules.Missing("evidence", "没有正式投资协议。请上传。")
    found = rules.missing_for_submit(
        MilestoneKind.SIGNED, None, [asked], (), AgreementDraft(), ReviewDraft(), "/x"
    )
    assert [m.field for m in found] == [
        "happened_on",
        "evidence",
        "agreement.total_investment",
        "fair_competition",
    ]
    assert all(m.link.startswith("/x#") for m in found if m is not asked)


@pytest.mark.parametrize(
    ("now", "live", "expected"),
    [
        (Stage.LEAD, (), Stage.FILED),
        (Stage.REVIEW, (), Stage.INTENT),
        (Stage.INTENT, (), Stage.SIGNED),
        (Stage.SIGNED, (MilestoneKind.SIGNED,), Stage.REGISTERED),
        (Stage.STARTED, (MilestoneKind.STARTED,), Stage.SIGNED),
        (Stage.STARTED, (MilestoneKind.SIGNED, MilestoneKind.STARTED), Stage.COMPLETED),
        (Stage.FULL, tuple(MilestoneKind), None),
    ],
)
def test_the_next_step(now: Stage, live: tuple[MilestoneKind, ...], expected: Stage | None) -> None:
    assert rules.next_step(now, live) is expected


@pytest.mark.parametrize(
    ("happened", "other", "refused"),
    [
        (DAY, (MilestoneKind.SIGNED, DAY), False),
        (DAY - timedelta(1), (MilestoneKind.SIGNED, DAY), True),
        (DAY, (MilestoneKind.STARTED, DAY - timedelta(1)), True),
        (DAY, (MilestoneKind.STARTED, DAY + timedelta(1)), False),
    ],
)
def test_dates_out_of_order_need_a_reason(
    happened: date, other: tuple[MilestoneKind, date], refused: bool
) -> None:
    if refused:
        with pytest.raises(RuleBroken) as broken:
            rules.check_order(MilestoneKind.REGISTERED, happened, dict([other]), " ")
        assert broken.value.field == "order_reason"
    else:
        rules.check_order(MilestoneKind.REGISTERED, happened, dict([other]), "")
    rules.check_order(MilestoneKind.REGISTERED, happened, dict([other]), "增资扩产")


@pytest.mark.parametrize(
    ("capital", "total", "usd", "tier"),
    [
        (Capital.DOMESTIC, "999900", None, Tier.T50),
        (Capital.DOMESTIC, "1000000", None, Tier.T100),
        (Capital.FOREIGN, "1000000", "99999.99", Tier.T50),
        (Capital.FOREIGN, "1", "100000", Tier.T100),
        (Capital.FOREIGN, "1000000", None, Tier.T100),
    ],
)
def test_the_agreement_decides_the_tier_by_its_own_currency(
    capital: Capital, total: str, usd: str | None, tier: Tier
) -> None:
    project = rules.Figures(capital, Decimal(1), None, None, None)
    agreement = AgreementDraft(Decimal(total), Decimal(usd) if usd else None)
    assert rules.counted_values(project, agreement, TIERS).tier is tier


def test_without_an_agreement_the_project_decides() -> None:
    project = rules.Figures(Capital.DOMESTIC, Decimal(600_000), None, Decimal(5), None)
    for agreement in (None, AgreementDraft()):
        counted = rules.counted_values(project, agreement, TIERS)
        assert (counted.amount, counted.fixed, counted.tier) == (Decimal(600_000), Decimal(5), Tier.T50)


def moment(day: int) -> datetime:
    return datetime(2026, 11, day, tzinfo=UTC)


@pytest.mark.parametrize(
    ("made", "as_of", "known", "counts"),
    [
        (Made(date(2026, 11, 5), moment(6)), date(2026, 11, 4), 9, False),
        (Made(date(2026, 11, 5), moment(6)), date(2026, 11, 5), 9, True),
        (Made(date(2026, 11, 5), moment(6)), date(2026, 11, 5), 5, False),
        (Made(date(2026, 11, 5), moment(6), moment(8)), date(2026, 11, 7), 7, True),
        (Made(date(2026, 11, 5), moment(6), moment(8)), date(2026, 11, 7), 8, False),
        (Made(date(2026, 11, 5), moment(6), moment(8), date(2026, 11, 7)), date(2026, 11, 6), 9, True),
        (Made(date(2026, 11, 5), moment(6), moment(8), date(2026, 11, 7)), date(2026, 11, 7), 9, False),
        (
            Made(date(2026, 11, 5), moment(6), moment(8), date(2026, 11, 7), moment(10)),
            date(2026, 11, 6),
            10,
            False,
        ),
    ],
)
def test_two_times_decide_what_counts(made: Made, as_of: date, known: int, counts: bool) -> None:
    assert rules.counts_at(made, as_of, moment(known)) is counts


def test_a_termination_after_the_year_does_not_shrink_that_year() -> None:
    made = Made(date(2026, 6, 1), moment(1), datetime(2027, 2, 1, tzinfo=UTC), date(2027, 1, 20))
    later = datetime(2027, 3, 1, tzinfo=UTC)
    assert rules.counts_at(made, date(2026, 12, 31), later)
    assert not rules.counts_at(made, date(2027, 2, 1), later)


@given(
    asked=st.dates(date(2024, 1, 1), date(2027, 12, 31)),
    locked=st.sets(st.dates(date(2024, 1, 1), date(2027, 12, 31)).map(rules.month_of), max_size=20),
)
def test_a_locked_date_moves_to_the_first_open_day_after_it(asked: date, locked: set[str]) -> None:
    found = rules.open_day(asked, locked)
    day = asked
    while rules.month_of(day) in locked:
        day += timedelta(days=1)
    assert found == day


@pytest.mark.parametrize("month", ["2026-13", "2026-1", "26-01", "2026-00", "x"])
def test_what_is_no_month_is_refused(month: str) -> None:
    with pytest.raises(RuleBroken):
        rules.first_of_month(month)


def test_only_a_month_that_is_over_is_locked() -> None:
    rules.check_lock("2026-10", DAY)
    rules.check_lock("2026-11", date(2026, 12, 1))
    for month in ("2026-11", "2026-12"):
        with pytest.raises(RuleBroken):
            rules.check_lock(month, DAY)


LIMITS = Thresholds((30, 60), (90, 180), (180, 365))


def light(stage: Stage, status: Status = Status.ACTIVE, **facts: object) -> Light:
    facts.setdefault("entered_on", DAY - timedelta(days=400))
    return rules.light_of(LightFacts(stage, status, **facts), LIMITS, DAY)  # type: ignore[arg-type]


def ago(days: int) -> date:
    return DAY - timedelta(days=days)


@pytest.mark.parametrize(
    ("days", "state"), [(0, "ok"), (29, "ok"), (30, "warn"), (59, "warn"), (60, "bad"), (200, "bad")]
)
def test_talks_turn_by_the_last_contact(days: int, state: str) -> None:
    found = light(Stage.REVIEW, last_contact_on=ago(days))
    assert found.state == state and found.reason


@pytest.mark.parametrize(
    ("signed", "registered", "started", "state", "words"),
    [
        (10, None, None, "ok", "未注册"),
        (90, None, None, "warn", "未注册"),
        (180, None, None, "bad", "未注册"),
        (180, 20, None, "warn", "未开工"),
        (364, 20, None, "warn", "未开工"),
        (365, 20, None, "bad", "未开工"),
        (365, 20, 1, "ok", "已开工"),
        (500, None, 1, "ok", "已开工"),
    ],
)
def test_signed_projects_turn_by_what_has_not_followed(
    signed: int, registered: int | None, started: int | None, state: str, words: str
) -> None:
    reached = {"signed": ago(signed)}
    stage = Stage.SIGNED
    if registered is not None:
        reached["registered"], stage = ago(registered), Stage.REGISTERED
    if started is not None:
        reached["started"], stage = ago(started), Stage.STARTED
    found = light(stage, reached=reached)
    assert (found.state, words in found.reason) == (state, True), found


def test_pitfall_7_a_hold_stops_the_clock_and_coming_back_restores_what_remained() -> None:
    assert light(Stage.REVIEW, Status.ON_HOLD, last_contact_on=ago(100)).state == "off"
    held = (Pause(ago(90), ago(10)),)
    found = light(Stage.REVIEW, last_contact_on=ago(100), pauses=held)
    assert (found.state, found.reason) == ("ok", "20天未联系")
    assert light(Stage.REVIEW, Status.ON_HOLD, review_on=ago(0)).state == "warn"


@pytest.mark.parametrize("status", [Status.LOST, Status.TERMINATED, Status.TRANSFERRED])
def test_what_is_over_shows_no_light(status: Status) -> None:
    found = light(Stage.SIGNED, status)
    assert found.state == "off" and found.reason


@given(
    since=st.integers(0, 300),
    bounds=st.lists(st.integers(0, 320), max_size=6, unique=True),
    still=st.booleans(),
)
def test_running_days_are_the_days_not_on_hold(since: int, bounds: list[int], still: bool) -> None:
    """Brute force: walks every day of the span."""
    days = sorted(bounds, reverse=True)
    changes = [(Status.ON_HOLD if n % 2 == 0 else Status.ACTIVE, ago(d)) for n, d in enumerate(days)]
    if not still and len(changes) % 2:
        changes.append((Status.ACTIVE, DAY))
    pauses = rules.pauses_of(changes)

    def held(day: date) -> bool:
        return any(p.starts_on <= day and (p.ends_on is None or day < p.ends_on) for p in pauses)

    expected = sum(not held(ago(n)) for n in range(since, 0, -1))
    assert rules.running_days(ago(since), DAY, pauses) == expected


TABLE: list[tuple[Status, Stage, set[Status]]] = [
    (Status.ACTIVE, Stage.REVIEW, {Status.ON_HOLD, Status.LOST}),
    (Status.ACTIVE, Stage.SIGNED, {Status.ON_HOLD, Status.TERMINATED}),
    (Status.ON_HOLD, Stage.REVIEW, {Status.ACTIVE, Status.LOST, Status.ON_HOLD}),
    (Status.LOST, Stage.REVIEW, {Status.ACTIVE}),
    (Status.TERMINATED, Stage.STARTED, {Status.ACTIVE}),
    (Status.TRANSFERRED, Stage.REVIEW, set()),
]


@pytest.mark.parametrize(("now", "stage", "offered"), TABLE)
def test_every_status_has_its_ways_out_and_no_other_is_taken(
    now: Status, stage: Stage, offered: set[Status]
) -> None:
    assert set(rules.status.choices(now, stage)) == offered
    for to in Status:
        draft = rules.status.StatusDraft(
            to, "原因", rules.LOST_CATEGORIES[0], "苏州", DAY + timedelta(days=1), DAY
        )
        if to in offered:
            rules.status.check(now, stage, draft, True, DAY)
        else:
            with pytest.raises(RuleBroken):
                rules.status.check(now, stage, draft, True, DAY)
