"""What counts and why not, held by tables; amounts in 万元 and 万美元."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.pipeline.rules import EndKind, MilestoneKind, MilestoneState
from crm.projects.rules import Exclusion, Stage, Status
from crm.quotas import rules
from crm.quotas.rules import Pace, State, Times
from crm.zones.rules import AmountBasis
from tests.quotas.cases import (
    HERE,
    LIMITS,
    NOW,
    T50,
    T100,
    THERE,
    TIMES,
    at,
    plan,
    project,
    quota,
    recorded,
    submitted,
    terminated,
    terms,
    worth,
    zone,
)

# --- pace ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("year", "as_of", "passed"),
    [
        (2026, date(2026, 11, 23), "0.896"),
        (2026, date(2026, 1, 1), "0.003"),
        (2028, date(2028, 2, 29), "0.164"),
        (2028, date(2028, 12, 31), "1.000"),
        (2026, date(2026, 12, 31), "1.000"),
        (2025, date(2026, 3, 1), "1.000"),
        (2027, date(2026, 11, 23), "0.000"),
    ],
)
def test_the_elapsed_year_has_three_decimals_on_29_february_and_at_the_years_end(
    year: int, as_of: date, passed: str
) -> None:
    assert str(rules.elapsed(year, as_of)) == passed


@pytest.mark.parametrize(
    ("passed", "done", "target", "pace"),
    [
        ("0.896", "1", 2, Pace.FAR_BEHIND),
        ("0.896", "2", 2, Pace.DONE),
        ("0.896", "3", 2, Pace.DONE),
        ("0.600", "1", 2, Pace.ON_TRACK),
        ("0.601", "1", 2, Pace.BEHIND),
        ("0.800", "1", 2, Pace.BEHIND),
        ("0.801", "1", 2, Pace.FAR_BEHIND),
        ("0.000", "0", 1, Pace.ON_TRACK),
        ("0.500", "0", 0, Pace.DONE),
    ],
)
def test_pace_limits_are_inclusive(passed: str, done: str, target: int, pace: Pace) -> None:
    assert rules.pace_of(Decimal(passed), Decimal(done), target, LIMITS) is pace


@given(st.dates(date(2020, 1, 1), date(2040, 12, 31)))
def test_the_elapsed_year_never_falls_and_ends_at_one(day: date) -> None:
    passed = rules.elapsed(day.year, day)
    days = 366 if (date(day.year, 12, 31) - date(day.year, 1, 1)).days == 365 else 365
    exact = Fraction((day - date(day.year, 1, 1)).days + 1, days)
    assert abs(Fraction(passed) - exact) <= Fraction(1, 2000)
    if day.month < 12:
        assert rules.elapsed(day.year, day + timedelta(days=1)) >= passed


# --- one project -----------------------------------------------------------------------------------


def reason(made: object, asked: object = None, times: Times = TIMES) -> tuple[State, str]:
    entry = rules.judge(made, asked or terms(), times)  # type: ignore[arg-type]
    assert entry is not None
    return entry.state, entry.reason


@pytest.mark.parametrize(
    ("amount", "pair", "counts"),
    [
        (worth("999900"), T100, False),
        (worth("999999.999999"), T100, False),
        (worth("1000000"), T100, True),
        (worth("1200000"), T50, True),
        (worth("600000"), T100, False),
        (worth("499999"), T50, False),
        (worth("500000"), T50, True),
        (worth(None, "100000"), T100, True),
        (worth(None, "99999"), T100, False),
        (worth("720000", "100000"), T100, True),
        (worth("1300000", "99999"), T100, False),
        (worth(None, "50000"), T50, True),
        (worth(None), T50, False),
    ],
)
def test_thresholds_are_inclusive_and_usd_is_held_against_usd(
    amount: object, pair: tuple[str, str], counts: bool
) -> None:
    entry = rules.judge(project(recorded(amount=amount)), terms(pair), TIMES)  # type: ignore[arg-type]
    assert entry is not None
    assert entry.counted is counts


REASONS = [
    (project(recorded()), State.COUNTED, "3月12日认定，120.00亿元"),
    (project(submitted=submitted()), State.PENDING, "待认定，6月3日报"),
    (project(submitted=submitted(MilestoneState.DRAFT)), State.DRAFT, "签约未报，缺证据"),
    (
        project(
            submitted=submitted(
                MilestoneState.RETURNED, decided_at=at("2026-06-05 02:00"), reason="缺公平竞争审查结论"
            )
        ),
        State.RETURNED,
        "已退回：缺公平竞争审查结论",
    ),
    (project(stage=Stage.INTENT), State.TALKING, "框架协议不算签约"),
    (project(submitted=submitted(MilestoneState.DRAFT, framework=True)), State.DRAFT, "框架协议不算签约"),
    (project(stage=Stage.IN_DEPTH), State.TALKING, "在谈，深度洽谈"),
    (project(recorded(amount=worth("999900"))), State.BELOW, "金额99.99亿元低于100亿元"),
    (project(recorded(amount=worth("999960"))), State.BELOW, "金额99.996亿元低于100亿元"),
    (project(recorded(amount=worth(None, "99999"))), State.BELOW, "金额9.9999亿美元低于10亿美元"),
    (project(recorded(amount=worth(None))), State.BELOW, "总投资没有填，不能定级"),
    (project(recorded(), exclusion=Exclusion.REAL_ESTATE), State.EXCLUDED, "排除类型：房地产"),
    (project(recorded("2025-12-20")), State.OTHER_TIME, "统计日期2025-12-20，不在2026年"),
    (
        project(recorded("2026-12-01", recorded_at=at("2026-11-20 01:00"))),
        State.OTHER_TIME,
        "统计日期12月1日，晚于11月23日",
    ),
    (
        project(terminated("2026-03-12", "2026-08-10"), status=Status.TERMINATED),
        State.ENDED,
        "8月10日解除协议，已调出",
    ),
    (
        project(recorded(ended_at=at("2026-05-01 01:00"), end_kind=EndKind.REVOKED, end_reason="证据不实")),
        State.ENDED,
        "已撤销认定：证据不实",
    ),
    (
        project(status=Status.ON_HOLD, status_reason="等能耗指标"),
        State.STOPPED,
        "搁置：等能耗指标；在谈，深度洽谈",
    ),
    (project(status=Status.LOST), State.STOPPED, "流失；在谈，深度洽谈"),
    (
        project(recorded(), submitted=submitted(MilestoneState.RECOGNISED, needs_again=True)),
        State.COUNTED,
        "3月12日认定，120.00亿元；项目已变更，待重新认定",
    ),
]


@pytest.mark.parametrize(("made", "state", "words"), REASONS, ids=[words for _, _, words in REASONS])
def test_every_entry_says_in_words_why_it_counts_or_not(made: object, state: State, words: str) -> None:
    assert reason(made) == (state, words)


def test_a_framework_agreement_never_counts() -> None:
    for stage in (Stage.INTENT, Stage.REVIEW):
        entry = rules.judge(
            project(stage=stage, submitted=submitted(MilestoneState.DRAFT, framework=True)), terms(), TIMES
        )
        assert entry is not None
        assert not entry.counted


def test_what_waits_again_after_a_revocation_is_waiting() -> None:
    revoked = recorded(ended_at=at("2026-05-01 01:00"), end_kind=EndKind.REVOKED)
    assert reason(project(revoked, submitted=submitted())) == (State.PENDING, "待认定，6月3日报")


def test_fixed_investment_decides_where_the_plan_says_so() -> None:
    made = project(recorded(amount=worth("1200000", fixed="800000")))
    assert reason(made, terms(basis=AmountBasis.FIXED)) == (State.BELOW, "金额80.00亿元低于100亿元")


def test_another_counting_milestone_ignores_the_signing() -> None:
    signed = project(recorded(), stage=Stage.SIGNED)
    assert reason(signed, terms(milestone=MilestoneKind.REGISTERED)) == (State.TALKING, "还没有报注册")
    registered = project(recorded(), recorded("2026-09-01", kind=MilestoneKind.REGISTERED))
    assert reason(registered, terms(milestone=MilestoneKind.REGISTERED))[1] == "9月1日认定，120.00亿元"


# --- two times -------------------------------------------------------------------------------------


def test_a_termination_after_the_year_does_not_shrink_that_year() -> None:
    made = project(terminated("2025-06-01", "2026-02-10"))
    old = terms(year=2025)
    assert reason(made, old, Times(date(2025, 12, 31), NOW)) == (
        State.COUNTED,
        "6月1日认定，120.00亿元；年后调出：2026-02-10解除协议",
    )
    assert reason(made, old, Times(date(2026, 2, 10), NOW))[0] is State.ENDED


def test_a_termination_takes_effect_from_its_day_and_only_once_it_is_known() -> None:
    made = project(terminated("2026-03-12", "2026-08-10"))
    assert reason(made, times=Times(date(2026, 8, 9), NOW))[0] is State.COUNTED
    assert reason(made, times=Times(date(2026, 8, 10), NOW))[0] is State.ENDED
    assert reason(made, times=Times(date(2026, 8, 10), at("2026-08-10 01:59")))[0] is State.COUNTED


def test_what_was_not_yet_recorded_is_not_yet_known() -> None:
    late = recorded("2026-03-12", recorded_at=at("2026-07-01 01:00"))
    waiting = submitted(MilestoneState.RECOGNISED, on="2026-06-03", decided_at=at("2026-07-01 01:00"))
    made = project(late, submitted=waiting)
    assert reason(made, times=Times(date(2026, 6, 30), at("2026-06-30 00:00"))) == (
        State.PENDING,
        "待认定，6月3日报",
    )
    assert reason(made, times=Times(date(2026, 6, 30), NOW))[0] is State.COUNTED
    assert reason(made, times=Times(date(2026, 6, 1), at("2026-06-01 00:00"))) == (
        State.TALKING,
        "还没有报签约",
    )


def test_a_supplementary_agreement_replaces_from_its_own_statistical_date() -> None:
    first = recorded(
        "2026-03-12",
        worth("1200000"),
        ended_at=at("2026-08-01 01:00"),
        ended_on=date(2026, 8, 1),
        end_kind=EndKind.REPLACED,
    )
    second = recorded("2026-08-01", worth("900000"))
    made = project(first, second)
    assert reason(made, times=Times(date(2026, 7, 31), NOW))[0] is State.COUNTED
    assert reason(made, times=Times(date(2026, 8, 1), NOW)) == (State.BELOW, "金额90.00亿元低于100亿元")


def test_a_project_counts_once_in_the_year_in_which_it_first_reached_the_threshold() -> None:
    first = recorded(
        "2025-03-12",
        worth("1200000"),
        ended_at=at("2026-02-01 01:00"),
        ended_on=date(2026, 2, 1),
        end_kind=EndKind.REPLACED,
    )
    second = recorded("2026-02-01", worth("1500000"))
    made = project(first, second)
    assert reason(made) == (State.OTHER_TIME, "已在2025年计入，一个项目只计一次")
    assert reason(made, terms(year=2025), Times(date(2025, 12, 31), NOW))[0] is State.COUNTED
    small = replace(first, worth=worth("600000"))
    assert reason(project(small, second))[0] is State.COUNTED


# --- credit shares ---------------------------------------------------------------------------------


def test_the_share_in_force_on_the_statistical_date_counts() -> None:
    shares = [
        ("2026-01-01", HERE, "0.5"),
        ("2026-01-01", THERE, "0.5"),
        ("2026-06-01", HERE, "0.2"),
        ("2026-06-01", THERE, "0.8"),
    ]
    early, late = (
        project(recorded("2026-05-31"), shares=shares),
        project(recorded("2026-06-01"), shares=shares),
    )
    credits = [[rules.judge(p, terms(zone=z), TIMES).credit for z in (HERE, THERE)] for p in (early, late)]  # type: ignore[union-attr]
    assert credits == [[Decimal("0.5"), Decimal("0.5")], [Decimal("0.2"), Decimal("0.8")]]


def test_a_zone_that_gave_all_its_share_away_still_sees_why() -> None:
    made = project(recorded(), shares=[("2026-01-01", THERE, "1")])
    assert reason(made) == (State.EXCLUDED, "个数全部分享给其他板块；3月12日认定，120.00亿元")


parts = st.lists(st.integers(1, 10), min_size=1, max_size=4)


@given(st.lists(st.tuples(parts, st.integers(40, 130)), min_size=0, max_size=6), st.booleans())
def test_the_citys_total_never_doubles_under_credit_shares(
    made: list[tuple[list[int], int]], same_threshold: bool
) -> None:
    """Oracle: with one threshold for all, the zones' counts sum to the number of projects that reach it; never to more."""
    facts, whole = [], 0
    for number, (weights, yi) in enumerate(made):
        rest = [Decimal(w * 1_000_000 // sum(weights)) / 1_000_000 for w in weights]
        rest[-1] += 1 - sum(rest)
        shares = [("2026-01-01", 1 + i, str(part)) for i, part in enumerate(rest)]
        facts.append(project(recorded(amount=worth(f"{yi}0000")), id=number, shares=shares))
        whole += yi >= 50
    zones = [zone(n) for n in range(1, 5)]
    quotas = [quota(n, pair=T50 if same_threshold or n % 2 else T100) for n in range(1, 5)]
    board = rules.assemble(plan(), 2026, zones, quotas, facts, TIMES, LIMITS)
    counted = sum(line.counted for line in board.lines)
    assert counted <= whole
    assert not same_threshold or counted == whole


# --- lines and sums --------------------------------------------------------------------------------


def board_of(facts: list[object], quotas: list[object], **terms_of_plan: object) -> rules.Board:
    zones = [zone(n) for n in range(1, 5)]
    return rules.assemble(plan(**terms_of_plan), 2026, zones, quotas, facts, TIMES, LIMITS)  # type: ignore[arg-type]


def test_a_surplus_never_fills_another_zones_gap() -> None:
    facts = [project(recorded(), id=n) for n in range(3)]
    board = board_of(facts, [quota(1, 1), quota(2, 1)])
    summed = board.sum()
    assert [line.counted for line in board.lines] == [0, 3]
    assert (summed.filled, summed.gap, summed.surplus) == (1, 1, 2)


def test_a_surplus_is_carried_only_where_the_plan_says_so() -> None:
    facts = [project(recorded("2025-03-12"), id=1), project(recorded("2025-04-12"), id=2)]
    quotas = [quota(1, 1, year=2025), quota(1, 1)]
    without = board_of(facts, quotas, first_year=2025).lines[0]
    carried = board_of(facts, quotas, first_year=2025, carry_surplus=True).lines[0]
    assert (without.counted, without.carried, without.gap) == (0, 0, 1)
    assert (carried.counted, carried.carried, carried.gap, carried.pace) == (0, 1, 0, Pace.DONE)


def test_unfinished_zones_stand_first_within_each_threshold() -> None:
    board = board_of(
        [project(recorded(), id=1)], [quota(1), quota(2), quota(3, pair=T50), quota(4, pair=T50)]
    )
    assert [line.zone.id for line in board.lines] == [2, 1, 3, 4]
    assert [len(lines) for _, _, lines in board.groups()] == [2, 2]


def test_zones_without_a_quota_are_named_and_not_assessed() -> None:
    board = board_of([], [quota(1)])
    assert [z.id for z in board.not_assessed] == [2, 3, 4]


def test_there_is_no_forecast_until_there_is_one() -> None:
    line = board_of([], [quota(1)]).lines[0]
    assert (line.probability, line.expected) == (None, None)


def test_a_started_project_is_shown_beside_the_count() -> None:
    made = project(recorded(), recorded("2026-10-01", kind=MilestoneKind.STARTED))
    line = board_of([made], [quota(1)]).lines[0]
    assert (line.counted, line.started, line.registered) == (1, 1, 0)


events = st.tuples(
    st.integers(30, 150),
    st.dates(date(2025, 10, 1), date(2027, 2, 1)),
    st.sampled_from(["live", "revoked", "terminated"]),
    st.dates(date(2026, 1, 1), date(2027, 2, 1)),
    st.booleans(),
)


@given(st.lists(events, max_size=8), st.dates(date(2026, 1, 1), date(2026, 12, 31)))
def test_counting_agrees_with_a_brute_force_oracle(
    made: list[tuple[int, date, str, date, bool]], as_of: date
) -> None:
    """Oracle: a project counts when it is recognised by the day, in the year, large enough, not excluded, not ended."""
    known, facts, expected = at("2027-03-01 00:00"), [], 0
    for number, (yi, on, fate, end, excluded) in enumerate(made):
        ended = {} if fate == "live" else {"ended_at": at("2027-02-20 00:00"), "end_kind": EndKind(fate)}
        if fate == "terminated":
            ended["ended_on"] = end  # type: ignore[assignment]
        one = recorded(on.isoformat(), worth(f"{yi}0000"), **ended)
        facts.append(project(one, id=number, exclusion=Exclusion.GOVERNMENT if excluded else None))
        gone = fate == "revoked" or (fate == "terminated" and end <= as_of)
        expected += yi >= 100 and on.year == 2026 and on <= as_of and not excluded and not gone
    line = rules.assemble(plan(), 2026, [zone(1)], [quota(1, 3)], facts, Times(as_of, known), LIMITS).lines[0]
    assert line.counted == expected
    assert line.gap == max(3 - expected, 0)
    assert sum(1 for e in line.entries if e.counted) == expected


def test_the_chart_steps_up_to_what_was_filled() -> None:
    board = board_of(
        [project(recorded(), id=1), project(recorded("2026-06-01"), id=2)], [quota(1, 2), quota(2, 1)]
    )
    chart = rules.chart_of(board)
    assert board.steps == ((date(2026, 3, 12), 1), (date(2026, 6, 1), 2))
    assert (chart.reached, chart.target, chart.ideal) == ("2", "3", "2.7")
    assert chart.run.count("V") == 2
    assert chart.lag is not None
