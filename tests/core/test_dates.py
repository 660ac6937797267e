"""Dates as ledgers write them; today is Monday, 23 November 2026."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.core import dates, days
from crm.core.errors import RuleBroken

TODAY = date(2026, 11, 23)

READ = [
    ("2022.3", "2022-03-01", "2022-03-31", "month", "2022年3月"),
    ("2022.03.15", "2022-03-15", "2022-03-15", "day", "2022-03-15"),
    ("2022/3/15", "2022-03-15", "2022-03-15", "day", "2022-03-15"),
    ("2022年3月15日", "2022-03-15", "2022-03-15", "day", "2022-03-15"),
    ("22.3.15", "2022-03-15", "2022-03-15", "day", "2022-03-15"),
    ("2022-03-15 00:00:00", "2022-03-15", "2022-03-15", "day", "2022-03-15"),
    ("20220315", "2022-03-15", "2022-03-15", "day", "2022-03-15"),
    (20220315, "2022-03-15", "2022-03-15", "day", "2022-03-15"),
    (44635, "2022-03-15", "2022-03-15", "day", "2022-03-15"),
    (44635.5, "2022-03-15", "2022-03-15", "day", "2022-03-15"),
    ("44635", "2022-03-15", "2022-03-15", "day", "2022-03-15"),
    (date(2022, 3, 15), "2022-03-15", "2022-03-15", "day", "2022-03-15"),
    (datetime(2022, 3, 15, 8), "2022-03-15", "2022-03-15", "day", "2022-03-15"),
    ("2022-3", "2022-03-01", "2022-03-31", "month", "2022年3月"),
    ("2022年3月", "2022-03-01", "2022-03-31", "month", "2022年3月"),
    ("２０２２．３", "2022-03-01", "2022-03-31", "month", "2022年3月"),
    (2022.3, "2022-03-01", "2022-03-31", "month", "2022年3月"),
    (2022.12, "2022-12-01", "2022-12-31", "month", "2022年12月"),
    ("2022.10", "2022-10-01", "2022-10-31", "month", "2022年10月"),
    ("2022.01", "2022-01-01", "2022-01-31", "month", "2022年1月"),
    ("2022-1", "2022-01-01", "2022-01-31", "month", "2022年1月"),
    ("2022年1月", "2022-01-01", "2022-01-31", "month", "2022年1月"),
    ("二〇二二年三月", "2022-03-01", "2022-03-31", "month", "2022年3月"),
    ("2022年3月上旬", "2022-03-01", "2022-03-10", "xun", "2022年3月上旬"),
    ("2022年3月中旬", "2022-03-11", "2022-03-20", "xun", "2022年3月中旬"),
    ("2024年2月下旬", "2024-02-21", "2024-02-29", "xun", "2024年2月下旬"),
    ("3月底", "2026-03-21", "2026-03-31", "xun", "2026年3月下旬"),
    ("6月初", "2026-06-01", "2026-06-10", "xun", "2026年6月上旬"),
    ("一季度", "2026-01-01", "2026-03-31", "quarter", "2026年一季度"),
    ("2023年一季度", "2023-01-01", "2023-03-31", "quarter", "2023年一季度"),
    ("2023Q4", "2023-10-01", "2023-12-31", "quarter", "2023年四季度"),
    ("上半年", "2026-01-01", "2026-06-30", "half", "2026年上半年"),
    ("2022年下半年", "2022-07-01", "2022-12-31", "half", "2022年下半年"),
    ("2022年", "2022-01-01", "2022-12-31", "year", "2022年"),
    (2022, "2022-01-01", "2022-12-31", "year", "2022年"),
    ("2022年底", "2022-12-01", "2022-12-31", "month", "2022年12月"),
    ("今年底", "2026-12-01", "2026-12-31", "month", "2026年12月"),
    ("明年初", "2027-01-01", "2027-01-31", "month", "2027年1月"),
    ("预计2026年6月", "2026-06-01", "2026-06-30", "month", "2026年6月"),
    ("拟2026年6月底开工", "2026-06-21", "2026-06-30", "xun", "2026年6月下旬"),
    ("去年三季度", "2025-07-01", "2025-09-30", "quarter", "2025年三季度"),
]


@pytest.mark.parametrize(("raw", "on", "until", "precision", "shown"), READ)
def test_a_date_is_read_as_precisely_as_it_was_written(raw, on, until, precision, shown):
    read = dates.parse(raw, today=TODAY)
    assert read is not None
    assert (read.on.isoformat(), read.until.isoformat(), read.precision) == (on, until, precision)
    assert dates.show(read) == shown
    assert not read.ambiguous and read.alternative is None


@pytest.mark.parametrize("raw", ["2022.1", 2022.1, "２０２２．１", "约2022.1"])
def test_a_first_month_that_may_have_been_october_is_flagged_with_both_readings(raw):
    read = dates.parse(raw, today=TODAY)
    assert read is not None and read.alternative is not None
    assert read.ambiguous
    assert (read.on, read.alternative.on) == (date(2022, 1, 1), date(2022, 10, 1))


@pytest.mark.parametrize("raw", [None, "", "待定", "—", "/", " "])
def test_no_date_is_none(raw):
    assert dates.parse(raw, today=TODAY) is None


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        ("已开工", "读不出日期"),
        ("预计明年", "读不出日期"),
        ("3.15", "读不出日期"),
        (5, "读不出日期"),
        (True, "读不出日期"),
        ("2022.13", "年份或月份"),
        ("2022.2.30", "日历上"),
        ("20221301", "日历上"),
        ("2025年3月-2026年5月", "不止一个日期"),
        ("1022-03-15", "不合常理"),
    ],
)
def test_an_unreadable_date_is_refused_in_words(raw, says):
    with pytest.raises(RuleBroken, match=says):
        dates.parse(raw, today=TODAY)


@pytest.mark.parametrize(
    ("raw", "read"),
    [
        ("明天", TODAY + timedelta(days=1)),
        ("前天", TODAY - timedelta(days=2)),
        ("3.15", date(TODAY.year, 3, 15)),
        ("3月15日", date(TODAY.year, 3, 15)),
        ("2022.3.5", date(2022, 3, 5)),
        ("待定", None),
        ("2026年3月", "哪一天"),
        ("一季度", "哪一天"),
        ("下周", "哪一天"),
        ("2-30", "日历上"),
        ("13-1", "日历上"),
    ],
)
def test_one_day_is_read_as_it_is_typed(raw, read):
    if isinstance(read, str):
        with pytest.raises(RuleBroken, match=read):
            days.parse(raw, today=TODAY)
    else:
        assert days.parse(raw, today=TODAY) == read


def test_a_number_is_no_serial_where_serials_are_not_expected():
    with pytest.raises(RuleBroken):
        dates.parse(44635, today=TODAY, number_is_serial=False)


def test_the_raw_text_is_kept():
    read = dates.parse("预计2026年6月 开工", today=TODAY)
    assert read is not None and read.raw == "预计2026年6月 开工"


def test_days_are_shown_in_words():
    assert dates.day_words(TODAY) == "11月23日 周一"
    assert dates.long(TODAY) == "2026年11月23日"
    assert dates.show(None) == "—"


#: The years that are read without doubt: 19xx and 20xx.
DAYS = st.dates(date(1960, 1, 1), date(2099, 12, 31))


@given(DAYS, st.sampled_from(["%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "%Y%m%d"]))
def test_a_day_reads_back_from_every_common_form(day, form):
    read = dates.parse(day.strftime(form), today=TODAY)
    assert read is not None and (read.on, read.until) == (day, day)


@given(st.integers(20_000, 73_000))
def test_serials_count_from_the_end_of_1899(serial):
    read = dates.parse(serial, today=TODAY)
    assert read is not None and read.on == date(1899, 12, 30) + timedelta(days=serial)


@given(DAYS, st.sampled_from(["%Y年%m月上旬", "%Y年%m月中旬", "%Y年%m月下旬", "%Y年%m月", "%Y年"]))
def test_what_is_shown_reads_back_as_the_same_span(day, form):
    read = dates.parse(day.strftime(form), today=TODAY)
    assert read is not None
    again = dates.parse(dates.show(read), today=TODAY)
    assert again is not None
    assert (again.on, again.until, again.precision) == (read.on, read.until, read.precision)


@given(st.text(alphabet="0123456789.-/年月日旬季度上中下底初半今明 ", max_size=14))
def test_any_text_is_read_or_refused_and_nothing_else(written):
    try:
        read = dates.parse(written, today=TODAY)
    except RuleBroken as refused:
        assert refused.message
    else:
        assert read is None or read.on <= read.until
