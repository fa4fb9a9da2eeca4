"""Terms of an agreement: anniversaries, extension, the end after notice; against a slow twin."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonwatch.release.duration import Duration, end_after_notice_s, first_end_s, term_end_s

days = st.dates(date(1990, 1, 1), date(2080, 1, 1))
steps = st.integers(1, 7)


def at_s(day: date) -> float:
    return datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()


def years_later(day: date, years: int) -> date:
    """The slow twin of an anniversary: the last day of February where there is no 29th."""
    while True:
        try:
            return date(day.year + years, day.month, day.day)
        except ValueError:
            day -= timedelta(days=1)


def ends_one_by_one(since: date, years: int, step: int, asked: date) -> date:
    first = years_later(since, years)
    end, count = first, 0
    while end < asked:
        count += step
        end = years_later(first, count)
    return end


@given(days, steps, steps, days)
def test_the_end_of_the_term_is_the_one_found_by_counting(since, years, step, asked):
    duration = Duration(years=years, extended_by_years=step)
    expected = ends_one_by_one(since, years, step, asked)
    assert term_end_s(duration, at_s(since), at_s(asked)) == at_s(expected)


@given(days, days, steps, steps, days)
def test_with_a_start_the_term_is_counted_from_it_whenever_it_was_signed(
    start, signed, years, step, asked
):
    duration = Duration(start_s=at_s(start), years=years, extended_by_years=step)
    expected = ends_one_by_one(start, years, step, asked)
    assert term_end_s(duration, at_s(signed), at_s(asked)) == at_s(expected)


@given(days, days, days, st.integers(1, 400))
def test_with_a_start_notice_ends_it_on_a_yearly_day_of_the_start(
    start, signed, noticed, notice_days
):
    duration = Duration(start_s=at_s(start), years=1, extended_by_years=1)
    ends_s = end_after_notice_s(duration, at_s(signed), at_s(noticed), notice_days)
    earliest = noticed + timedelta(days=notice_days)
    assert ends_s == at_s(ends_one_by_one(start, 1, 1, earliest))


@given(days, days, st.integers(1, 400))
def test_notice_never_ends_an_extended_agreement_sooner_than_its_days(since, noticed, notice_days):
    duration = Duration(years=1, extended_by_years=1)
    ends_s = end_after_notice_s(duration, at_s(since), at_s(noticed), notice_days)
    assert ends_s >= at_s(noticed) + notice_days * 86_400.0
    end = datetime.fromtimestamp(ends_s, UTC).date()
    assert end.month == since.month


@given(days, st.integers(1, 400))
def test_without_a_term_notice_ends_it_when_its_days_have_run_out(noticed, notice_days):
    ends_s = end_after_notice_s(None, 0.0, at_s(noticed), notice_days)
    assert datetime.fromtimestamp(ends_s, UTC).date() == noticed + timedelta(days=notice_days)


@pytest.mark.parametrize(("years", "end"), [(1, date(2025, 2, 28)), (4, date(2028, 2, 29))])
def test_an_agreement_of_29_february(years, end):
    assert first_end_s(Duration(years=years), at_s(date(2024, 2, 29))) == at_s(end)


def test_without_extension_notice_does_not_outlast_the_term():
    duration = Duration(end_s=at_s(date(2024, 1, 1)))
    noticed_s = at_s(date(2023, 12, 1))
    assert end_after_notice_s(duration, 0.0, noticed_s, 90) == at_s(date(2024, 1, 1))
