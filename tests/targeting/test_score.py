"""The score: exact, bounded, monotone in each part, unknown is neutral and says so."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.chains.rules import NodeState
from crm.companies.rules import LinkProgress
from crm.settings.rules import SETTINGS, typed
from crm.targeting.rules import fit as fits
from crm.targeting.rules import score as rules
from crm.targeting.rules.score import Known, Part, PartCode, Signal
from crm.targeting.rules.targets import EntryKind

VALUES = {key: typed(setting, setting.default) for key, setting in SETTINGS.items()}
BY = rules.terms(VALUES)
INDUSTRIES = fits.Industries.of(VALUES["industry_classes"])
TODAY = date(2026, 11, 23)

percent = st.integers(0, 100)
five = st.lists(percent, min_size=5, max_size=5)


def oracle(points: list[int], weights: list[int]) -> Fraction:
    """What the score says in its own words: each part takes off its weight of what it lacks."""
    whole = Fraction(100)
    for one, weight in zip(points, weights, strict=True):
        whole *= 1 - Fraction(weight, 100) * (1 - Fraction(one, 100))
    return whole


@given(five, five)
def test_the_product_is_exact_and_what_is_shown_is_that_rounded_once(points, weights) -> None:
    value = rules.exact(points, weights)
    assert Fraction(value * 100, rules.FULL) == oracle(points, weights)
    true = oracle(points, weights)
    tenths = int((true * 10 + Fraction(1, 2)) // 1)
    assert rules.shown(value) == Decimal(tenths) / 10


@given(five, five)
def test_a_score_lies_between_0_and_100(points, weights) -> None:
    assert 0 <= rules.exact(points, weights) <= rules.FULL
    assert 0 <= rules.shown(rules.exact(points, weights)) <= 100


@given(five, five, st.integers(0, 4), percent)
def test_more_points_in_one_part_never_lower_the_score(points, weights, at, better) -> None:
    more = [*points]
    more[at] = max(points[at], better)
    assert rules.exact(more, weights) >= rules.exact(points, weights)


@given(five, five, st.integers(0, 4), percent)
def test_a_heavier_weight_never_raises_the_score_and_a_full_part_does_not_feel_it(
    points, weights, at, heavier
) -> None:
    more = [*weights]
    more[at] = max(weights[at], heavier)
    assert rules.exact(points, more) <= rules.exact(points, weights)
    points[at] = 100
    assert rules.exact(points, more) == rules.exact(points, weights)


@given(five, five, st.integers(0, 4), percent)
def test_a_part_of_no_weight_changes_nothing(points, weights, at, other) -> None:
    weights[at] = 0
    changed = [*points]
    changed[at] = other
    assert rules.exact(changed, weights) == rules.exact(points, weights)


@given(st.lists(st.integers(0, 9), max_size=12))
def test_equal_scores_share_a_place_and_the_next_is_counted_on(values) -> None:
    falling = sorted(values, reverse=True)
    assert rules.places(falling) == [1 + sum(other > value for other in falling) for value in falling]


# --- the parts ----------------------------------------------------------------------------------------


def test_every_part_says_when_it_does_not_know_and_takes_the_neutral_points() -> None:
    unknown = [
        rules.gap(None, None, None, TODAY, BY),
        rules.reach(rules.NOBODY, TODAY, BY),
        rules.signals((), TODAY, BY),
        rules.distance("", "", BY),
    ]
    for part in unknown:
        assert not part.known
        assert part.points == BY.weights[part.code].neutral
        assert part.words.endswith("按不清楚计")
    found = fits.fit(fits.Capable(), ["2614"], INDUSTRIES, BY.fit)
    assert found.points is None
    assert found.words == "行业不清楚，按不清楚计"


@pytest.mark.parametrize(
    ("state", "priority", "points"),
    [
        (NodeState.MISSING, 1, 100),
        (NodeState.MISSING, 5, 60),
        (NodeState.WEAK, None, 64),
        (NodeState.STRONG, 1, 30),
    ],
)
def test_the_gap_is_the_state_times_the_priority(state, priority, points) -> None:
    assert rules.gap(state, priority, None, TODAY, BY).points == points


def test_an_assessment_past_its_validity_counts_half_towards_unknown_and_says_so() -> None:
    fresh = rules.gap(NodeState.MISSING, 1, TODAY, TODAY, BY)
    old = rules.gap(NodeState.MISSING, 1, TODAY - timedelta(days=1), TODAY, BY)
    assert (fresh.points, old.points) == (100, 75)
    assert "已过期" in old.words


@pytest.mark.parametrize(
    ("known", "points", "words"),
    [
        (Known(progress=LinkProgress.TALKING, contacts=2), 95, "正在洽谈、联系人 2 位"),
        (Known(entries=((EntryKind.TOWNSFOLK, "张总是本地人"),)), 75, "乡贤（张总是本地人）"),
        (Known(last_visit=TODAY - timedelta(days=180)), 80, "2026-05-27 走访过"),
        (Known(last_visit=TODAY - timedelta(days=181)), 60, "2026-05-26 走访过"),
        (Known(family="某某连云港公司"), 75, "同一集团的某某连云港公司在本市"),
        (Known(progress=LinkProgress.GIVEN_UP, contacts=3, filed=True), 10, "已放弃"),
        (Known(progress=LinkProgress.UNTOUCHED), 50, "还没有记下谁说得上话，按不清楚计"),
    ],
)
def test_the_best_way_in_counts_and_the_others_are_told(known, points, words) -> None:
    part = rules.reach(known, TODAY, BY)
    assert (part.points, part.words) == (points, words)


def test_a_sign_fades_from_day_to_day_until_it_adds_nothing() -> None:
    points = [
        rules.signals((Signal(TODAY - timedelta(days=age), "扩产公告"),), TODAY, BY).points
        for age in range(0, 400, 10)
    ]
    assert points[0] == 80
    assert points == sorted(points, reverse=True)
    assert points[-1] == 50


@given(st.lists(st.integers(-30, 800), max_size=8), st.integers(-30, 800))
def test_another_sign_never_lowers_the_part_and_it_stays_within_100(ages, more) -> None:
    seen = [Signal(TODAY - timedelta(days=age), f"动向{n}") for n, age in enumerate(ages)]
    before = rules.signals(seen, TODAY, BY).points
    after = rules.signals([*seen, Signal(TODAY - timedelta(days=more), "又一条")], TODAY, BY).points
    assert before <= after <= 100


@pytest.mark.parametrize(
    ("region", "city", "points", "band"),
    [
        ("江苏", "连云港市", 100, "本市"),
        ("江苏", "", 90, "省内"),
        ("江苏省", "苏州市", 90, "省内"),
        ("浙江", "", 85, "长三角"),
        ("深圳", "", 65, "珠三角与福建"),
        ("内蒙", "", 50, "其余省份"),
    ],
)
def test_the_first_band_that_names_the_place_holds(region, city, points, band) -> None:
    part = rules.distance(region, city, BY)
    assert part.points == points
    assert part.words.endswith(band)


@pytest.mark.parametrize(
    ("company", "classes", "points"),
    [
        (fits.Capable(code="2614", size="listed"), ["2614"], 100),
        (fits.Capable(code="C2614", size="listed"), ["2614"], 100),
        (fits.Capable(code="2619", size="listed"), ["2614"], 85),
        (fits.Capable(code="2651", size="listed"), ["2614"], 60),
        (fits.Capable(code="3911", size="listed"), ["2614"], 0),
        (fits.Capable("化工原料", size="listed"), ["2614"], 100),
        (fits.Capable("化工", size="listed"), ["2614"], 60),
        (fits.Capable("银行", size="listed"), ["2614"], 0),
        (fits.Capable("银行", word="碳纤维", size="listed"), ["2614"], 90),
        (fits.Capable("化工原料", size="small"), ["2614"], 70),
        (fits.Capable("综合类", size="listed"), ["2614"], None),
        (fits.Capable("化工原料", size="listed"), [], None),
    ],
)
def test_a_company_fits_by_class_by_industry_or_by_product_less_when_small(company, classes, points) -> None:
    assert fits.fit(company, classes, INDUSTRIES, BY.fit).points == points


def test_common_words_and_two_letter_marks_are_not_looked_for() -> None:
    assert fits.product_words("EVA/POE光伏料", ["EVA", "POE"]) == ("eva", "poe", "poe光伏料")
    assert fits.product_words("聚烯烃(PE/PP)", ["HDPE", "PP"]) == ("hdpe", "聚烯烃")
    assert fits.product_words("原料与储运", []) == ("储运",)


@pytest.mark.parametrize(
    ("industry", "known"),
    [
        ("电气设备", "38"),
        ("化学制药", "272"),
        ("汽车配件", "3670"),
        ("半导体", "397"),
        ("绿色食品加工", "14"),
    ],
)
def test_an_industry_is_read_by_its_own_word_then_by_the_longest_in_it(industry, known) -> None:
    assert INDUSTRIES.class_of(industry) == known


@given(
    st.text(alphabet="0123456789", min_size=2, max_size=4),
    st.text(alphabet="0123456789", min_size=2, max_size=4),
)
def test_nearness_is_the_length_of_the_common_beginning(one, other) -> None:
    common = max(n for n in range(5) if one[:n] == other[:n] and n <= min(len(one), len(other)))
    assert fits.nearness(one, [other]) == (common if common >= 2 else 0)


# --- why ----------------------------------------------------------------------------------------------


def _parts(**points: int) -> tuple[Part, ...]:
    return tuple(Part(code, points.get(code.value, 50), f"{code.label}的话") for code in PartCode)


def test_why_the_first_is_first_names_what_it_has_over_the_second() -> None:
    said = rules.why_first(_parts(reach=95, gap=100), _parts(gap=100), BY.weights)
    assert said == "缺口最突出：缺口的话。比第 2 名高在可达：可达的话（95 分），第 2 名可达的话（50 分）。"


def test_why_two_equal_ones_stand_as_they_do() -> None:
    assert rules.why_first(_parts(), _parts(), BY.weights).endswith("与第 2 名同分，按名称先后排列。")
    assert rules.why_first(_parts(gap=100), None, BY.weights) == "缺口最突出：缺口的话。"


def test_a_factor_is_told_as_it_is_multiplied() -> None:
    assert rules.factor_words(Part(PartCode.REACH, 50, ""), BY.weights) == "×0.75"
    assert rules.factor_words(Part(PartCode.GAP, 100, ""), BY.weights) == "×1"


def test_the_weights_have_one_row_for_each_part_and_the_tables_one_for_each_case() -> None:
    assert [row["code"] for row in VALUES["target_weights"]] == [code.value for code in PartCode]
    assert {kind.value for kind in EntryKind} <= set(BY.reach)
    assert {state.value for state in NodeState} <= set(BY.gap)
    assert set(fits.SIZE_WORDS) <= set(BY.fit)
