"""When two names mean one company, by tables and by a slow reading of the rule."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.companies import naming
from crm.companies.naming import Known, Wanted
from crm.core import text
from crm.core.errors import RuleBroken

ONE, TWO = "91320700MA1ABCDE11", "91320700MA1ABCDE22"


@pytest.mark.parametrize(
    ("row", "known", "same"),
    [
        # by code, whatever the names say
        (Wanted("甲有限公司", uscc=ONE), Known(1, "乙有限公司", uscc=ONE), True),
        (
            Wanted("甲有限公司", old_reg_no="320700000000001"),
            Known(1, "乙", old_reg_no="320700000000001"),
            True,
        ),
        (
            Wanted("平安银行", listed_code="000001"),
            Known(1, "平安银行股份有限公司", listed_code="000001"),
            True,
        ),
        # another code is another company
        (Wanted("恒达贸易有限公司", uscc=ONE), Known(1, "恒达贸易有限公司", uscc=TWO), False),
        (
            Wanted("恒达", uscc=ONE, listed_code="000001"),
            Known(1, "恒达", uscc=TWO, listed_code="000001"),
            False,
        ),
        # by the whole name as written by anybody
        (Wanted("恒达贸易有限公司"), Known(1, "恒达贸易有限公司", uscc=TWO), True),
        (Wanted("恒达（集团） 有限公司"), Known(1, "恒达(集团)有限公司"), True),
        (Wanted("恒达集团有限公司"), Known(1, "恒达（集团）有限公司"), True),
        (Wanted("恒达贸易有限责任公司"), Known(1, "恒达贸易有限公司"), True),
        (Wanted("ＡＢＢ（中国）有限公司"), Known(1, "abb(中国)有限公司"), True),
        # by a short name
        (Wanted("盛澜石化"), Known(1, "江苏盛澜石化有限公司"), True),
        (Wanted("江苏盛澜石化"), Known(1, "江苏省盛澜石化股份有限公司"), True),
        (Wanted("盛澜集团"), Known(1, "盛澜集团有限公司"), True),
        (Wanted("江苏盛澜石化有限公司"), Known(1, "盛澜石化"), True),
        # a short name of another place, another legal form, another trade
        (Wanted("南通恒达贸易"), Known(1, "连云港恒达贸易有限公司"), False),
        (Wanted("恒达集团有限公司"), Known(1, "恒达有限公司"), False),
        (Wanted("恒达股份有限公司"), Known(1, "恒达有限公司"), False),
        (Wanted("恒达贸易"), Known(1, "恒达化工有限公司"), False),
    ],
)
def test_a_row_finds_its_company(row: Wanted, known: Known, same: bool) -> None:
    assert naming.choose(row, [known]) == (1 if same else None)


def test_a_short_name_that_fits_two_companies_fits_none() -> None:
    both = [Known(1, "江苏恒达化工有限公司"), Known(2, "浙江恒达化工有限公司")]
    assert naming.choose(Wanted("恒达化工"), both) is None
    assert naming.choose(Wanted("浙江恒达化工"), both) == 2


def test_an_alias_and_the_name_of_one_company_are_one_company() -> None:
    both = [Known(1, "江苏盛澜石化有限公司"), Known(1, "盛澜石化")]
    assert naming.choose(Wanted("盛澜石化"), both) == 1


def test_of_several_with_the_very_same_name_the_first_registered_is_taken() -> None:
    both = [Known(7, "恒达商店", uscc=ONE), Known(3, "恒达商店", uscc=TWO)]
    assert naming.choose(Wanted("恒达商店"), both) == 3


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("", (None, None)),
        ("/", (None, None)),
        ("320700000000001", (None, "320700000000001")),
    ],
)
def test_one_field_takes_either_code(written: str, read: tuple[str | None, str | None]) -> None:
    assert naming.codes(written) == read


def test_a_wrong_code_is_refused_beside_its_field() -> None:
    with pytest.raises(RuleBroken) as refusal:
        naming.codes("91320700MA1ABCDE19")
    assert refusal.value.field == "uscc"


_PLACES = st.sampled_from(["", "江苏", "江苏省", "连云港", "连云港市", "浙江"])
_BRANDS = st.sampled_from(["恒达", "盛澜石化", "启澜"])
_FORMS = st.sampled_from(["", "集团", "有限公司", "股份有限公司", "集团有限公司", "有限责任公司"])


@st.composite
def _names(draw: st.DrawFn) -> tuple[str, str, str]:
    return draw(_PLACES), draw(_BRANDS), draw(_FORMS)


@given(_names(), _names())
def test_short_names_fit_as_a_slow_reading_of_the_rule_says(
    one: tuple[str, str, str], other: tuple[str, str, str]
) -> None:
    def plain(place: str) -> str:
        return place.rstrip("省市")

    forms = {one[2], other[2]}
    short = any("公司" not in a and b.startswith(a) for a, b in ((one[2], other[2]), (other[2], one[2])))
    places = plain(one[0]), plain(other[0])
    near = places[0].startswith(places[1]) or places[1].startswith(places[0])
    expected = one[1] == other[1] and near and short
    assert naming.fits("".join(one), "".join(other)) is expected, forms
    assert naming.fits("".join(other), "".join(one)) is expected, "the order does not matter"


@given(st.lists(_names(), max_size=6), _names())
def test_a_choice_is_never_a_company_with_another_code(
    known: list[tuple[str, str, str]], name: tuple[str, str, str]
) -> None:
    row = Wanted("".join(name), uscc=ONE)
    candidates = [Known(n, "".join(parts), uscc=(ONE, TWO, None)[n % 3]) for n, parts in enumerate(known)]
    chosen = naming.choose(row, candidates)
    if any(k.uscc == ONE for k in candidates):
        assert chosen == min(k.id for k in candidates if k.uscc == ONE)
    elif chosen is not None:
        found = next(k for k in candidates if k.id == chosen)
        assert found.uscc is None
        assert text.company_key(found.name) == text.company_key(row.name)


def test_look_alikes_are_near_and_strangers_are_not() -> None:
    assert naming.likeness("盛澜石化", "盛蓝石化") >= 75
    assert naming.likeness("盛澜石化", "盛澜炼化石化") > 72
    assert naming.likeness("盛澜石化", "恒达贸易") == 0
