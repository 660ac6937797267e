"""Tiers, shares, what a project may say, which files are kept: by tables, without a database."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.chains.rules import ChainAction
from crm.core.errors import RuleBroken
from crm.projects.rules import (
    Capital,
    CreditIndicator,
    Tier,
    TierRow,
    credits,
    drafts,
    files,
    phases,
    tier_of,
)
from crm.projects.rules.credits import ShareDraft, ShareRow
from crm.projects.rules.drafts import ProgressDraft
from crm.projects.rules.phases import PhaseDraft

TODAY = date(2026, 11, 23)
TIERS = tuple(
    TierRow(Tier(code), code, Decimal(cny), Decimal(usd))
    for code, cny, usd in (
        ("t100", 1_000_000, 100_000),
        ("t50", 500_000, 50_000),
        ("t10", 100_000, 10_000),
        ("t5", 50_000, 3_000),
        ("t1", 10_000, 1_000),
        ("below", 0, 0),
    )
)


@pytest.mark.parametrize(
    ("capital", "amount", "usd", "tier"),
    [
        (Capital.DOMESTIC, "1000000", None, Tier.T100),
        (Capital.DOMESTIC, "999900", None, Tier.T50),
        (Capital.DOMESTIC, "999999.999999", None, Tier.T50),
        (Capital.DOMESTIC, "1200000", None, Tier.T100),
        (Capital.DOMESTIC, "500000", None, Tier.T50),
        (Capital.DOMESTIC, "0", None, Tier.BELOW),
        (Capital.DOMESTIC, None, None, None),
        (Capital.DOMESTIC, None, "200000", None),
        (Capital.FOREIGN, None, "100000", Tier.T100),
        (Capital.FOREIGN, None, "99999", Tier.T50),
        (Capital.FOREIGN, "2000000", "99999", Tier.T50),
        (Capital.FOREIGN, "1000000", None, Tier.T100),
        (Capital.FOREIGN, "1", "3000", Tier.T5),
    ],
)
def test_a_tier_is_decided_by_its_own_currency_and_thresholds_are_inclusive(
    capital: Capital, amount: str | None, usd: str | None, tier: Tier | None
) -> None:
    """99.99亿 is no 百亿 project and 100亿 is; 10亿美元 is one and 9.9999亿美元 is not, whatever the yuan figure says."""
    assert tier_of(capital, _wan(amount), _wan(usd), TIERS) is tier


def _wan(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


amounts = st.decimals(0, 5_000_000, places=6, allow_nan=False, allow_infinity=False)


@given(amounts)
def test_the_tier_is_the_highest_threshold_that_is_reached(amount: Decimal) -> None:
    reached = [row for row in TIERS if Fraction(row.threshold) <= Fraction(amount)]
    assert (
        tier_of(Capital.DOMESTIC, amount, None, TIERS[::-1]) is max(reached, key=lambda r: r.threshold).code
    )


# --- shares ---------------------------------------------------------------------------------------

shares = st.lists(st.integers(1, 999_999), min_size=1, max_size=5)


@given(shares)
def test_shares_are_taken_exactly_when_they_sum_to_one(parts: list[int]) -> None:
    wanted = [ShareDraft(n, Decimal(part) / 1_000_000) for n, part in enumerate(parts, 1)]
    if sum(parts) == 1_000_000:
        assert set(credits.split(wanted)) == set(CreditIndicator)
    else:
        with pytest.raises(RuleBroken, match="应当正好是 1"):
            credits.split(wanted)


@given(st.lists(st.integers(1, 100), min_size=1, max_size=6))
def test_any_whole_cut_into_parts_is_accepted_and_kept_exactly(weights: list[int]) -> None:
    whole = sum(weights)
    cut = [Decimal(w * 1_000_000 // whole) / 1_000_000 for w in weights]
    cut[0] += 1 - sum(cut)
    if min(cut) <= 0:
        return
    found = credits.split([ShareDraft(n, part, CreditIndicator.TAX) for n, part in enumerate(cut)])
    assert found == {CreditIndicator.TAX: dict(enumerate(cut))}


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        ([], "没有填"),
        ([(1, "0.5"), (2, "0.4")], "合计是 0.9"),
        ([(1, "0.5"), (1, "0.5")], "写了两次"),
        ([(1, "0"), (2, "1")], "大于 0"),
        ([(1, "1.5")], "不超过 1"),
        ([(1, "-1"), (2, "2")], "大于 0"),
        ([(1, "0.3333333"), (2, "0.6666667")], "6 位小数"),
    ],
)
def test_a_wrong_set_of_shares_is_refused_in_words(wanted: list[tuple[int, str]], says: str) -> None:
    with pytest.raises(RuleBroken, match=says):
        credits.split([ShareDraft(zone, Decimal(share)) for zone, share in wanted])


def test_an_indicator_named_by_itself_is_left_out_of_the_rest() -> None:
    found = credits.split(
        [
            ShareDraft(1, Decimal(1)),
            ShareDraft(1, Decimal("0.5"), CreditIndicator.TAX),
            ShareDraft(2, Decimal("0.5"), CreditIndicator.TAX),
        ]
    )
    assert found[CreditIndicator.TAX] == {1: Decimal("0.5"), 2: Decimal("0.5")}
    assert found[CreditIndicator.COUNT] == {1: Decimal(1)}


sets = st.dictionaries(
    st.integers(0, 30), st.sampled_from([{1: "1"}, {1: "0.5", 2: "0.5"}, {2: "1"}]), max_size=6
)


@given(sets, st.integers(0, 31))
def test_the_newest_set_that_has_begun_is_in_force(made: dict[int, dict[int, str]], at: int) -> None:
    begin = date(2026, 1, 1)
    rows = [
        ShareRow(begin + timedelta(days=day), CreditIndicator.COUNT, zone, Decimal(share))
        for day, found in made.items()
        for zone, share in found.items()
    ]
    begun = [day for day in made if day <= at]
    expected = {zone: Decimal(share) for zone, share in made[max(begun)].items()} if begun else None
    assert credits.in_force(rows, begin + timedelta(days=at)).get(CreditIndicator.COUNT) == expected


# --- what a project may say -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("columns", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "长" * 201}, "name"),
        ({"name": "甲", "total_investment": Decimal(-1)}, "total_investment"),
        ({"name": "甲", "land_mu": Decimal("-0.1")}, "land_mu"),
        ({"name": "甲", "total_investment": Decimal("0.0000001")}, "total_investment"),
        ({"name": "甲", "total_investment": Decimal(10) ** 12}, "total_investment"),
        ({"name": "甲", "total_investment": Decimal(1), "fixed_investment": Decimal(2)}, "fixed_investment"),
        (
            {"name": "甲", "fixed_investment": Decimal(1), "equipment_investment": Decimal(2)},
            "equipment_investment",
        ),
        ({"name": "甲", "chain_action": ChainAction.EXTEND}, "chain_action_reason"),
    ],
)
def test_a_project_that_contradicts_itself_is_refused_beside_the_field(
    columns: dict[str, object], field: str
) -> None:
    with pytest.raises(RuleBroken) as refused:
        drafts.check(columns)
    assert refused.value.field == field


@given(amounts, st.one_of(st.none(), amounts))
def test_fixed_investment_never_exceeds_the_total(total: Decimal, fixed: Decimal | None) -> None:
    columns = {"name": "甲", "total_investment": total, "fixed_investment": fixed}
    if fixed is not None and Fraction(fixed) > Fraction(total):
        with pytest.raises(RuleBroken):
            drafts.check(columns)
    else:
        drafts.check(columns)


@given(amounts)
def test_an_amount_in_the_history_reads_back_exactly(amount: Decimal) -> None:
    kept = drafts.text_of(amount)
    assert kept is not None and Decimal(kept) == amount


def test_only_fields_of_a_project_can_be_drafted() -> None:
    with pytest.raises(KeyError):
        drafts.spread({"stage": "signed"})


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (ProgressDraft(TODAY + timedelta(days=1), done="谈了"), "on"),
        (ProgressDraft(TODAY, done="  "), "done"),
    ],
)
def test_progress_says_something_and_not_about_tomorrow(draft: ProgressDraft, field: str) -> None:
    with pytest.raises(RuleBroken) as refused:
        drafts.check_progress(draft, TODAY)
    assert refused.value.field == field


def test_a_phase_is_not_completed_before_it_starts() -> None:
    with pytest.raises(RuleBroken):
        phases.check(PhaseDraft("一期", None, None, TODAY, TODAY - timedelta(days=1)))


# --- files ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "head", "kind"),
    [
        ("协议.pdf", b"%PDF-1.7\n", "application/pdf"),
        ("现场.JPG", b"\xff\xd8\xff\xe0aaaa", "image/jpeg"),
        ("表.et", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/vnd.ms-excel"),
        ("图.webp", b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
    ],
)
def test_a_file_is_known_by_name_and_content_together(name: str, head: bytes, kind: str) -> None:
    assert files.media_type(name, head) == kind


@pytest.mark.parametrize(
    ("name", "head"),
    [
        ("木马.exe", b"MZ"),
        ("页面.html", b"<html>"),
        ("图.svg", b"<svg"),
        ("没有扩展名", b"%PDF-"),
        ("假.pdf", b"<script>"),
        ("假.jpg", b"%PDF-"),
        ("声音.webp", b"RIFF\x00\x00\x00\x00WAVEfmt "),
        ("空.pdf", b""),
        ("宏.docm", b"PK\x03\x04"),
    ],
)
def test_any_other_file_is_refused(name: str, head: bytes) -> None:
    with pytest.raises(RuleBroken):
        files.media_type(name, head)


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("C:\\fakepath\\协议.pdf", "协议.pdf"),
        ("../../etc/passwd", "passwd"),
        ("协\x00议\n.pdf", "协议.pdf"),
        ("长" * 300 + ".pdf", "长" * 196 + ".pdf"),
    ],
)
def test_a_filename_keeps_its_last_part_only(raw: str, clean: str) -> None:
    assert files.clean_name(raw) == clean


@pytest.mark.parametrize("raw", ["", "..", "a/", "\x00"])
def test_a_file_without_a_name_is_refused(raw: str) -> None:
    with pytest.raises(RuleBroken):
        files.clean_name(raw)
