"""What is complete, who was first, how long protection stands; tables without a database."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.core.calendar import WorkCalendar
from crm.core.errors import Conflict, RuleBroken
from crm.filings import rules
from crm.filings.rules import Decision, Extension, Facts, FilingDraft, FilingState, Norms, Shown
from crm.filings.rules.protection import (
    Filed,
    Protection,
    Standing,
    add_months,
    check_extension,
    protection_of,
    terms_of,
)
from crm.projects.rules import Tier
from crm.settings.rules import SETTINGS

NORMS = Norms(2, 3, 10, 60, 90)
DAY = date(2026, 3, 2)
UNTIL = date(2026, 9, 2)


@dataclass(frozen=True)
class One:
    id: int
    filed_at: datetime


# --- completeness and contact --------------------------------------------------------------------------


def facts(**changes: bool) -> Facts:
    whole = dict.fromkeys(Facts.__dataclass_fields__, True)
    return Facts(**(whole | changes))


@pytest.mark.parametrize(
    ("lack", "title"),
    [
        ("company", "登记的投资方"),
        ("amount", "总投资"),
        ("content", "建设内容"),
        ("contact", "实际接触的证明"),
        ("zone", "落地板块"),
    ],
)
def test_a_filing_says_what_it_lacks(lack: str, title: str) -> None:
    assert [one.title for one in rules.lacking(facts(**{lack: False}))] == [title]
    with pytest.raises(RuleBroken, match=title):
        rules.check_ready(facts(**{lack: False}))


@pytest.mark.parametrize("state", ["talking", "active"])
def test_signed_and_resting_projects_are_not_filed(state: str) -> None:
    with pytest.raises(RuleBroken):
        rules.check_ready(facts(**{state: False}))


def test_a_filing_without_contact_only_holds_a_place_and_is_refused() -> None:
    with pytest.raises(RuleBroken, match="占坑，不算"):
        rules.contact_day(FilingDraft(DAY), Shown(None, 0), DAY)


@pytest.mark.parametrize(
    ("asked", "visit", "files", "answer"),
    [
        (None, DAY, 0, DAY),
        (DAY, DAY, 0, DAY),
        (DAY - timedelta(3), DAY, 1, DAY - timedelta(3)),
        (DAY, None, 1, DAY),
        (None, None, 1, "没有填"),
        (DAY + timedelta(1), None, 1, "晚于今天"),
        (DAY - timedelta(3), DAY, 0, "不一致"),
    ],
)
def test_the_day_of_contact_is_what_the_evidence_shows(
    asked: date | None, visit: date | None, files: int, answer: date | str
) -> None:
    draft, shown = FilingDraft(asked), Shown(visit, files)
    if isinstance(answer, date):
        assert rules.contact_day(draft, shown, DAY) == answer
        return
    with pytest.raises(RuleBroken, match=answer):
        rules.contact_day(draft, shown, DAY)


# --- order ------------------------------------------------------------------------------------------------


def test_in_one_second_the_milliseconds_decide_and_then_the_numbers() -> None:
    at = datetime(2026, 3, 2, 9, 0, 0, 500_000, tzinfo=UTC)
    later, tie, first = One(1, at + timedelta(milliseconds=1)), One(3, at), One(2, at)
    assert rules.by_time([later, tie, first]) == [first, tie, later]


@given(st.lists(st.integers(0, 5_000_000), min_size=1, max_size=8))
def test_the_order_is_the_same_however_the_filings_come(moments: list[int]) -> None:
    at = datetime(2026, 3, 2, tzinfo=UTC)
    filings = [One(n, at + timedelta(microseconds=m)) for n, m in enumerate(moments)]
    ordered = rules.by_time(filings)
    assert ordered == rules.by_time(reversed(filings))
    assert [(f.filed_at - at) // timedelta(milliseconds=1) for f in ordered] == sorted(
        m // 1000 for m in moments
    )


def test_moments_are_kept_to_the_millisecond() -> None:
    assert rules.to_the_millisecond(datetime(2026, 1, 1, 0, 0, 0, 123_456, UTC)).microsecond == 123_000


# --- working days of the bureau ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("filed", "due"),
    [
        (date(2026, 3, 2), date(2026, 3, 4)),
        (date(2026, 3, 6), date(2026, 3, 10)),
        # 国庆: the days off are no working days.
        (date(2025, 9, 30), date(2025, 10, 10)),
    ],
)
def test_the_bureau_decides_within_two_working_days(filed: date, due: date) -> None:
    calendar = WorkCalendar()
    assert rules.decide_by(filed, NORMS, calendar) == due
    assert rules.overdue(filed, due, NORMS, calendar) == 0
    assert rules.overdue(filed, calendar.add_working_days(due, 3), NORMS, calendar) == 3


def test_a_filing_is_late_after_three_working_days() -> None:
    friday = date(2026, 3, 6)
    assert not rules.filed_late(friday, date(2026, 3, 11), NORMS, WorkCalendar())
    assert rules.filed_late(friday, date(2026, 3, 12), NORMS, WorkCalendar())


def test_returning_refusing_and_accepting_a_duplicate_need_a_reason() -> None:
    assert rules.check_decision(Decision.ACCEPT, "", []) == ""
    for decision, rivals in ((Decision.RETURN, []), (Decision.REFUSE, []), (Decision.ACCEPT, [1])):
        with pytest.raises(RuleBroken):
            rules.check_decision(decision, " ", rivals)
    with pytest.raises(RuleBroken, match="最多 500"):
        rules.check_reason("字" * 501)


# --- protection ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tier", "months", "extension"),
    [(Tier.T100, 12, 6), (Tier.T50, 12, 6), (Tier.T10, 6, 3), (Tier.BELOW, 6, 3), (None, 6, 3)],
)
def test_protection_goes_by_tier(tier: Tier | None, months: int, extension: int) -> None:
    terms = terms_of(tier, SETTINGS["filing_protection"].default)
    assert (terms.months, terms.extension) == (months, extension)


@pytest.mark.parametrize(
    ("day", "months", "until"),
    [
        (date(2026, 1, 15), 6, date(2026, 7, 15)),
        (date(2025, 8, 31), 6, date(2026, 2, 28)),
        (date(2027, 8, 31), 6, date(2028, 2, 29)),
        (date(2026, 12, 31), 12, date(2027, 12, 31)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
    ],
)
def test_months_end_with_the_month(day: date, months: int, until: date) -> None:
    assert add_months(day, months) == until


def filed(**changes: object) -> Filed:
    return Filed(**({"state": FilingState.ACCEPTED, "since": DAY, "until": UNTIL} | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("case", "today", "standing", "on"),
    [
        (filed(), DAY, Standing.PROTECTED, None),
        (filed(), DAY + timedelta(59), Standing.PROTECTED, None),
        (filed(), DAY + timedelta(60), Standing.QUIET, None),
        (filed(), DAY + timedelta(89), Standing.QUIET, None),
        (filed(), DAY + timedelta(90), Standing.SILENT, DAY + timedelta(90)),
        # The job stood still for a month: the day of the lapse stays what it was.
        (filed(), DAY + timedelta(120), Standing.SILENT, DAY + timedelta(90)),
        (filed(last_followed=DAY + timedelta(80)), DAY + timedelta(95), Standing.PROTECTED, None),
        (filed(last_followed=UNTIL - timedelta(5)), UNTIL, Standing.PROTECTED, None),
        (
            filed(last_followed=UNTIL - timedelta(5)),
            UNTIL + timedelta(1),
            Standing.EXPIRED,
            UNTIL + timedelta(1),
        ),
        (
            filed(last_followed=UNTIL - timedelta(5)),
            UNTIL + timedelta(200),
            Standing.EXPIRED,
            UNTIL + timedelta(1),
        ),
        (filed(on_hold=True), DAY + timedelta(120), Standing.PROTECTED, None),
        (filed(on_hold=True), UNTIL + timedelta(1), Standing.EXPIRED, UNTIL + timedelta(1)),
        (filed(status_since=DAY + timedelta(70)), DAY + timedelta(100), Standing.PROTECTED, None),
        (filed(signed=True), UNTIL + timedelta(400), Standing.SETTLED, None),
        (filed(over=True, status_since=DAY), DAY, Standing.GONE, DAY),
        (filed(state=FilingState.PENDING, since=None, until=None), DAY, Standing.WAITING, None),
        (filed(state=FilingState.SUSPECT, since=None, until=None), DAY, Standing.WAITING, None),
        (filed(state=FilingState.RELEASED), DAY, Standing.ENDED, None),
    ],
)
def test_protection_follows_from_the_dates(
    case: Filed, today: date, standing: Standing, on: date | None
) -> None:
    found = protection_of(case, today, NORMS)
    assert (found.standing, found.on) == (standing, on)


@pytest.mark.parametrize(
    ("standing", "extension", "today", "refused"),
    [
        (Standing.PROTECTED, None, UNTIL - timedelta(10), None),
        (Standing.QUIET, None, UNTIL - timedelta(30), None),
        (Standing.PROTECTED, None, UNTIL - timedelta(9), "最晚 2026-08-23"),
        (Standing.EXPIRED, None, UNTIL + timedelta(1), "已经届满，不能再延期"),
        (Standing.PROTECTED, Extension.GRANTED, DAY, "只能延一次"),
        (Standing.PROTECTED, Extension.REFUSED, DAY, "只能延一次"),
    ],
)
def test_an_extension_is_asked_once_and_in_time(
    standing: Standing, extension: Extension | None, today: date, refused: str | None
) -> None:
    if refused is None:
        check_extension(Protection(standing, ""), extension, UNTIL, today, NORMS)
        return
    with pytest.raises(RuleBroken, match=refused):
        check_extension(Protection(standing, ""), extension, UNTIL, today, NORMS)


@pytest.mark.parametrize(
    ("standing", "extension"), [(Standing.WAITING, None), (Standing.PROTECTED, Extension.ASKED)]
)
def test_what_is_not_protected_or_already_asked_is_a_conflict(
    standing: Standing, extension: Extension | None
) -> None:
    with pytest.raises(Conflict):
        check_extension(Protection(standing, ""), extension, UNTIL, DAY, NORMS)


def test_the_second_zone_reads_nothing_but_the_day() -> None:
    assert rules.taken_words(UNTIL, UNTIL) == "已由其他单位报备（保护期至 2026-09-02）"
    past = rules.taken_words(UNTIL, UNTIL + timedelta(days=1))
    assert past == "已由其他单位报备（保护期至 2026-09-02，到期后仍以市商务局核定为准）"
