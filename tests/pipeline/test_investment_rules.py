"""Monthly investment: what may be reported, where a correction is written, and sums that never go wrong."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.core.errors import RuleBroken
from crm.pipeline.rules import investment as rules
from crm.pipeline.rules.investment import Amounts, Draft, Plan, Row, Said

TODAY = date(2026, 11, 23)


def draft(
    completed: str | None = "100", paid: str | None = None, equipment: str | None = None, **said
) -> Draft:
    amounts = Amounts(*(None if v is None else D(v) for v in (completed, paid, equipment)))
    return Draft(amounts, Said(**said))


@pytest.mark.parametrize(
    ("sent", "month", "field"),
    [
        (draft("-1"), "2026-10", "completed"),
        (draft(paid="-0.01"), "2026-10", "paid_in"),
        (draft("NaN"), "2026-10", "completed"),
        (draft("1e13"), "2026-10", "completed"),
        (draft("1.0000001"), "2026-10", "completed"),
        (draft("100", equipment="100.01"), "2026-10", "equipment"),
        (draft(None, equipment="5"), "2026-10", "completed"),
        (draft(None), "2026-10", "completed"),
        (draft(), "2026-12", "month"),
        (draft(), "2026-13", "month"),
        (draft(in_statistics=True, in_statistics_on=date(2026, 11, 24)), "2026-10", "in_statistics_on"),
        (draft(in_statistics_on=date(2026, 10, 1)), "2026-10", "in_statistics"),
        (draft(progress="进" * 501), "2026-10", "progress"),
        (draft(note="说" * 301), "2026-10", "note"),
    ],
)
def test_what_cannot_be_true_is_refused_beside_its_field(sent: Draft, month: str, field: str) -> None:
    with pytest.raises(RuleBroken) as broken:
        rules.check(sent, month, TODAY)
    assert broken.value.field == field


@pytest.mark.parametrize(
    "sent",
    [
        draft("0"),
        draft("100", equipment="100"),
        draft(None, paid="20"),
        draft(None, progress="桩基完成"),
        draft("5", in_statistics=True, in_statistics_on=TODAY),
    ],
)
def test_a_month_may_say_nothing_was_invested_or_only_how_far_the_site_is(sent: Draft) -> None:
    rules.check(sent, "2026-11", TODAY)


def test_more_than_agreed_is_a_question_and_exactly_as_agreed_is_none() -> None:
    assert rules.question(D("100.01"), D(100))
    assert not rules.question(D(100), D(100))
    assert not rules.question(None, D(100))
    assert not rules.question(D(100), None)


def test_a_known_amount_of_a_closed_month_cannot_become_unknown() -> None:
    rows = [Row(1, "2026-09", "", Amounts(D(5)))]
    with pytest.raises(RuleBroken) as broken:
        rules.entry(rows, "2026-09", Amounts(), {"2026-09"})
    assert broken.value.field == "completed"


def test_a_correction_lies_in_the_first_open_month_after_its_own() -> None:
    rows = [Row(1, "2026-08", "", Amounts(D(50), None, D(10)))]
    wanted = Amounts(D(47), D(3), D(10))
    made = rules.entry(rows, "2026-08", wanted, {"2026-08", "2026-09"})
    assert made == rules.Entry("2026-10", "2026-08", Amounts(D(-3), D(3), D(0)))


def test_words_of_a_later_correction_stand_for_the_month() -> None:
    rows = [
        Row(1, "2026-08", "", Amounts(D(5)), Said("桩基")),
        Row(2, "2026-10", "2026-08", Amounts(D(1)), Said("主体")),
    ]
    known = rules.truth(rows, "2026-08")
    assert known.said.progress == "主体"
    assert known.amounts == Amounts(D(6))
    assert known.version == 2


@pytest.mark.parametrize(
    ("plan", "on", "share"),
    [
        (Plan(D(1), date(2026, 1, 1), date(2026, 12, 31)), date(2026, 6, 30), D("0.496")),
        (Plan(D(1), date(2026, 1, 1), date(2026, 1, 1)), date(2026, 1, 1), D("1.000")),
        (Plan(D(1), date(2026, 1, 1), date(2026, 12, 31)), date(2025, 12, 31), D("0.000")),
        (Plan(D(1), date(2026, 1, 1), date(2026, 12, 31)), date(2028, 1, 1), D("1.000")),
        (Plan(D(1), None, date(2026, 12, 31)), TODAY, None),
        (Plan(D(1), date(2026, 5, 1), date(2026, 4, 1)), TODAY, None),
    ],
)
def test_the_building_time_passes_from_nothing_to_the_whole(plan: Plan, on: date, share: D | None) -> None:
    assert plan.elapsed(on) == share


def test_months_run_over_the_end_of_a_year() -> None:
    assert rules.months_between("2025-11", "2026-02") == ["2025-11", "2025-12", "2026-01", "2026-02"]
    assert rules.month_before("2026-01") == "2025-12"
    assert rules.last_day("2028-02") == date(2028, 2, 29)


# --- any sequence of entries, closings and corrections --------------------------------------------------

MONTHS = rules.months_between("2025-09", "2026-02")
amount = st.one_of(st.none(), st.integers(0, 10**9).map(lambda n: D(n) / 10**4))
report = st.tuples(st.just("report"), st.sampled_from(MONTHS), amount, amount, amount)
closing = st.tuples(st.just("close"), st.sampled_from(MONTHS))


@dataclass
class Ledger:
    """A line kept by the rules, and beside it the plainest book there is: month → what was said last."""

    rows: list[Row] = field(default_factory=list)
    locked: set[str] = field(default_factory=set)
    said: dict[str, Amounts] = field(default_factory=dict)
    frozen: dict[str, Amounts] = field(default_factory=dict)

    def report(self, month: str, wanted: Amounts) -> None:
        try:
            made = rules.entry(self.rows, month, wanted, self.locked)
        except RuleBroken:
            before = self.said.get(month, Amounts())
            names = [n for n in rules.NAMES if getattr(wanted, n) is None]
            assert month in self.locked and any(getattr(before, n) is not None for n in names)
            return
        self.rows = [r for r in self.rows if (r.month, r.adjusts) != (made.month, made.adjusts)]
        self.rows.append(Row(len(self.rows) + 1, made.month, made.adjusts, made.amounts))
        self.said[month] = wanted

    def close(self, month: str) -> None:
        self.locked.add(month)
        self.frozen.setdefault(month, rules.of_month(self.rows, month))


def _wan(amounts: Sequence[Amounts], name: str) -> D:
    return sum((getattr(a, name) or D(0) for a in amounts), D(0))


@given(st.lists(st.one_of(report, closing), max_size=40))
def test_sums_are_the_last_known_truth_and_a_closed_month_never_changes(acts: list) -> None:
    book = Ledger()
    for act, month, *amounts in acts:
        if act == "close":
            # The month that is running stays open, as in the product.
            if month != MONTHS[-1]:
                book.close(month)
        else:
            book.report(month, Amounts(*amounts))
        for name in rules.NAMES:
            assert _wan([rules.upto(book.rows, MONTHS[-1])], name) == _wan(list(book.said.values()), name)
        for closed, then in book.frozen.items():
            assert rules.of_month(book.rows, closed) == then
        for spoken, truth in book.said.items():
            now = rules.truth(book.rows, spoken).amounts
            assert all((getattr(now, n) or 0) == (getattr(truth, n) or 0) for n in rules.NAMES)
