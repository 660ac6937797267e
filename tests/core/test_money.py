"""Amounts as ledgers write them, and their exactness against fractions."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.core import money
from crm.core.errors import RuleBroken
from crm.core.money import Currency

READ = [
    ("12.5亿", None, "125000", "CNY"),
    ("5000万", None, "5000", "CNY"),
    ("1.2亿美元", None, "12000", "USD"),
    ("120亿元", None, "1200000", "CNY"),
    ("999900万元", "亿元", "999900", "CNY"),
    ("58,000万", "亿元", "58000", "CNY"),
    ("１２．５", "亿元", "125000", "CNY"),
    ("12，000", "万元", "12000", "CNY"),
    ("12,000.50万元", None, "12000.5", "CNY"),
    ("$3000万", None, "3000", "USD"),
    ("US$1.5亿", None, "15000", "USD"),
    ("3000万美元", "万元", "3000", "USD"),
    ("$3000", "万元", "3000", "USD"),
    ("3000美元", None, "0.3", "USD"),
    ("500万", "万美元", "500", "USD"),
    ("500万元", "万美元", "500", "CNY"),
    ("5000", "元", "0.5", "CNY"),
    ("3.4000(万元人民币)", None, "3.4", "CNY"),
    ("512.6万人民币", None, "512.6", "CNY"),
    ("1亿2000万元", None, "12000", "CNY"),
    ("0.01元", None, "0.000001", "CNY"),
    (12.5, "亿元", "125000", "CNY"),
    (0.1 + 0.2, "亿元", "3000", "CNY"),
    (10000, "万美元", "10000", "USD"),
    (Decimal("99.99"), "亿元", "999900", "CNY"),
    ("0", "万元", "0", "CNY"),
]


@pytest.mark.parametrize(("raw", "unit", "value", "currency"), READ)
def test_an_amount_is_read_with_its_own_unit_or_that_of_the_heading(raw, unit, value, currency):
    amount = money.parse(raw, unit)
    assert amount is not None
    assert (amount.value, amount.currency) == (Decimal(value), Currency(currency))
    assert (amount.low, amount.high, amount.approximate, amount.note) == (
        amount.value,
        amount.value,
        False,
        "",
    )


@pytest.mark.parametrize(
    ("raw", "unit", "low", "high", "approximate", "note"),
    [
        ("10-15亿元", None, "100000", "150000", False, "区间，取下限"),
        ("１０～１５亿元", None, "100000", "150000", False, "区间，取下限"),
        ("10至15", "亿元", "100000", "150000", False, "区间，取下限"),
        ("10亿-15", None, "100000", "150000", False, "区间，取下限"),
        ("5000万—1亿元", None, "5000", "10000", False, "区间，取下限"),
        ("约10亿元", None, "100000", "100000", True, "约数"),
        ("10亿元左右", None, "100000", "100000", True, "约数"),
        ("10余亿元", None, "100000", "100000", True, "约数"),
        ("≥100", "亿元", "1000000", "1000000", True, "写的是下限"),
        ("不超过10亿", None, "100000", "100000", True, "写的是上限"),
        ("约10-15亿", None, "100000", "150000", True, "约数；区间，取下限"),
    ],
)
def test_vague_amounts_keep_what_was_vague(raw, unit, low, high, approximate, note):
    amount = money.parse(raw, unit)
    assert amount is not None
    assert (amount.value, amount.low, amount.high) == (Decimal(low), Decimal(low), Decimal(high))
    assert (amount.approximate, amount.note) == (approximate, note)


@pytest.mark.parametrize("raw", [None, "", "  ", "待定", "/", "—", "-", "--", "暂无", "N/A", float("nan")])
def test_what_is_not_known_is_none_and_never_zero(raw):
    assert money.parse(raw, "亿元") is None


@pytest.mark.parametrize(
    ("raw", "unit", "says"),
    [
        ("10", None, "12亿 或 5000万"),
        (10, None, "单位"),
        ("-5亿", None, "不能为负"),
        (-3.5, "亿元", "不能为负"),
        ("(500)万元", None, "不能为负"),
        ("15-10亿", None, "前大后小"),
        ("不足100亿", None, "实际金额"),
        ("1.0000001万", None, "到分"),
        (1 / 3, "亿元", "到分"),
        ("500万欧元", None, "折算"),
        ("$3亿人民币", None, "两种货币"),
        ("12,00万", None, "读不出金额"),
        ("十来个亿", None, "读不出金额"),
        ("10亿元(其中固投8亿元)", None, "读不出金额"),
        (True, "亿元", "读不出金额"),
        ("1e30亿", None, "过大"),
        ("5亿", "亩", "表头单位"),
    ],
)
def test_an_unreadable_amount_is_refused_in_words(raw, unit, says):
    with pytest.raises(RuleBroken, match=says):
        money.parse(raw, unit)


@pytest.mark.parametrize(
    ("value", "yi", "wan", "words"),
    [
        (Decimal(1_200_000), "120.00", "1,200,000", "120.00 亿元"),
        (Decimal("8600.00"), "0.86", "8,600", "8,600 万元"),
        (Decimal("999950"), "100.00", "999,950", "100.00 亿元"),
        (Decimal("999949"), "99.99", "999,949", "99.99 亿元"),
        (Decimal("0.000001"), "0.00", "0.000001", "0.000001 万元"),
        (Decimal("1E+5"), "10.00", "100,000", "10.00 亿元"),
        (Decimal("12345678900"), "1,234,567.89", "12,345,678,900", "1,234,567.89 亿元"),
        (Decimal("-20"), "0.00", "-20", "-20 万元"),
        (Decimal("0.00"), "0.00", "0", "0 万元"),
        (None, "—", "—", "—"),
    ],
)
def test_amounts_are_shown_as_the_field_writes_them(value, yi, wan, words):
    assert (money.yi(value), money.wan(value), money.words(value, "CNY")) == (yi, wan, words)


def test_dollars_are_shown_as_dollars():
    assert money.words(Decimal(8600), Currency.USD) == "8,600 万美元"
    assert money.words(Decimal(100_000), Currency.USD) == "10.00 亿美元"


FACTORS = {"元": Fraction(1, 10_000), "万元": Fraction(1), "亿元": Fraction(10_000)}
FEN = st.integers(min_value=0, max_value=10**16)


@given(fen=FEN, unit=st.sampled_from(sorted(FACTORS)))
def test_reading_is_exact_to_the_fen_in_every_unit(fen, unit):
    in_unit = Fraction(fen, 1_000_000) / FACTORS[unit]
    written = f"{Decimal(in_unit.numerator) / Decimal(in_unit.denominator):f}"
    amount = money.parse(written + unit)
    assert amount is not None
    assert Fraction(amount.value) == Fraction(fen, 1_000_000)


@given(fen=FEN)
def test_what_is_shown_in_wan_reads_back_as_itself(fen):
    value = Decimal(fen) / 1_000_000
    assert money.parse(money.wan(value), "万元").value == value  # type: ignore[union-attr]


@given(fens=st.lists(FEN, max_size=20))
def test_sums_of_read_amounts_lose_nothing(fens):
    read = [money.parse(f"{Decimal(fen) / 1_000_000:f}万元") for fen in fens]
    assert sum((amount.value for amount in read if amount), Decimal(0)) == Decimal(sum(fens)) / 1_000_000


@given(a=FEN, b=FEN)
def test_a_larger_amount_is_never_shown_smaller(a, b):
    small, large = sorted((Decimal(a) / 1_000_000, Decimal(b) / 1_000_000))
    assert Decimal(money.yi(small).replace(",", "")) <= Decimal(money.yi(large).replace(",", ""))


@given(fen=st.integers(min_value=-(10**16), max_value=10**16))
def test_yi_rounds_half_away_from_zero(fen):
    hundredths = Fraction(fen, 10**8)
    rounded = int(abs(hundredths) + Fraction(1, 2))
    expected = Fraction(rounded if fen >= 0 else -rounded, 100)
    assert Fraction(money.yi(Decimal(fen) / 1_000_000).replace(",", "")) == expected


@given(st.text(max_size=20), st.sampled_from([None, "亿元", "万美元"]))
def test_any_text_is_read_or_refused_and_nothing_else(written, unit):
    try:
        amount = money.parse(written, unit)
    except RuleBroken as refused:
        assert refused.message
    else:
        assert amount is None or amount.low <= amount.high
