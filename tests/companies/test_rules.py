"""Rules of the register, by tables and without a database."""

from datetime import date

import pytest

from crm.companies import rules
from crm.companies.rules import CompanyDraft, ContactDraft, Filters, LinkProgress
from crm.core.errors import RuleBroken

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("600000", "600000"),
        ("600000.SH", "600000"),
        ("sh.600000", "600000"),
        ("000001.SZ", "000001"),
        ("'000001", "000001"),
        ("430047.BJ", "430047"),
        ("700.HK", "00700.HK"),
        ("hk00700", "00700.HK"),
        ("TSLA", "TSLA"),
        ("  ", None),
    ],
)
def test_a_stock_code_has_one_form(written: str, code: str | None) -> None:
    assert rules.listed_code(written) == code


def test_a_stock_code_that_is_none_is_refused() -> None:
    with pytest.raises(RuleBroken, match="股票代码"):
        rules.listed_code("上海证券交易所主板六位代码")


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (CompanyDraft("　"), "name"),
        (CompanyDraft("甲", founded_on=date(2026, 11, 24)), "founded_on"),
        (CompanyDraft("甲", website="java script"), "website"),
        (CompanyDraft("甲", aliases=("乙" * 201,)), "aliases"),
        (CompanyDraft("甲", industry="业" * 81), "industry"),
    ],
)
def test_a_draft_that_no_entry_can_hold_is_refused(draft: CompanyDraft, field: str) -> None:
    with pytest.raises(RuleBroken) as refusal:
        rules.check(draft, TODAY)
    assert refusal.value.field == field


@pytest.mark.parametrize("website", ["", "example.com", "https://www.example.com/关于", "http://例子.中国"])
def test_an_address_of_a_website_is_taken(website: str) -> None:
    rules.check(CompanyDraft("甲", website=website, founded_on=TODAY), TODAY)


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (ContactDraft(" "), "name"),
        (ContactDraft("甲", post="职" * 81), "post"),
        (ContactDraft("甲", note="注" * 301), "note"),
    ],
)
def test_a_contact_that_cannot_be_is_refused(draft: ContactDraft, field: str) -> None:
    with pytest.raises(RuleBroken) as refusal:
        rules.check_contact(draft)
    assert refusal.value.field == field


def test_filters_leave_out_what_an_old_address_still_says() -> None:
    filters = Filters.of({"kind": "gone", "progress": "talking", "owner": "x", "linked": "1", "q": " 化工 "})
    assert filters == Filters(q="化工", progress=LinkProgress.TALKING, linked=True)
    assert filters.by_link and not Filters(q="化工").by_link


@pytest.mark.parametrize("now", list(LinkProgress))
@pytest.mark.parametrize("at_least", [LinkProgress.CONTACTED, LinkProgress.TALKING])
def test_progress_never_moves_back(now: LinkProgress, at_least: LinkProgress) -> None:
    after = rules.further(now, at_least)
    assert after in (now, at_least)
    assert rules.further(after, at_least) is after
    assert after is not LinkProgress.GIVEN_UP and after is not LinkProgress.UNTOUCHED


def test_every_code_has_its_words() -> None:
    assert set(rules.KIND_LABELS) == set(rules.CompanyKind)
    assert set(rules.PROGRESS_LABELS) == set(LinkProgress)
