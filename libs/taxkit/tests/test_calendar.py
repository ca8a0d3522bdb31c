"""Business days, months begun, and the date a payment counts on."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taxkit.calendar import (
    Roll,
    Timeliness,
    business_calendar,
    effective_date,
    known_holidays,
    months_begun,
    months_later,
)

ILLINOIS = business_calendar("US", "IL", closed=[date(2019, 2, 27)])
days = st.dates(date(2000, 1, 1), date(2060, 12, 31))


@pytest.mark.parametrize(
    ("day", "rolled"),
    [
        (date(2019, 3, 1), date(2019, 3, 1)),  # a Friday
        (date(2020, 3, 1), date(2020, 3, 3)),  # a Sunday, then Casimir Pulaski Day
        (date(2021, 3, 1), date(2021, 3, 2)),  # Casimir Pulaski Day
        (date(2020, 8, 1), date(2020, 8, 3)),  # a Saturday
        (date(2019, 2, 27), date(2019, 2, 28)),  # closed by the county
    ],
)
def test_a_date_rolls_over_weekends_holidays_and_closings(day, rolled):
    """These are the due dates Cook County really printed, from the dates in the statute."""
    assert rolled == ILLINOIS.roll(day, Roll.FOLLOWING)
    assert day == ILLINOIS.roll(day, Roll.NONE)


def test_the_next_business_day_is_never_the_day_itself():
    """From a Thursday comes Friday, from a Friday Monday."""
    assert date(2019, 3, 8) == ILLINOIS.next_business_day(date(2019, 3, 7))
    assert date(2019, 3, 11) == ILLINOIS.next_business_day(date(2019, 3, 8))


@given(days)
def test_rolling_never_goes_back_and_ends_on_a_business_day(day):
    """However many holidays lie together."""
    rolled = ILLINOIS.roll(day, Roll.FOLLOWING)

    assert rolled >= day
    assert ILLINOIS.is_business_day(rolled)
    assert rolled == ILLINOIS.roll(rolled, Roll.FOLLOWING)


@pytest.mark.parametrize(
    ("after", "until", "months"),
    [
        (date(2019, 3, 1), date(2019, 3, 1), 0),
        (date(2019, 3, 1), date(2018, 12, 31), 0),
        (date(2019, 3, 1), date(2019, 3, 2), 1),
        (date(2019, 3, 1), date(2019, 4, 1), 1),
        (date(2019, 3, 1), date(2019, 4, 2), 2),
        (date(2019, 1, 31), date(2019, 2, 28), 1),
        (date(2019, 1, 31), date(2019, 3, 1), 2),
        (date(2019, 12, 31), date(2020, 1, 1), 1),
        (date(2020, 2, 29), date(2021, 2, 28), 12),
        (date(2020, 2, 29), date(2021, 3, 1), 13),
    ],
)
def test_a_month_begun_counts_as_a_month(after, until, months):
    """The first begins the day after, each further one after the same day of the month."""
    assert months == months_begun(after, until)


@given(days, days)
def test_months_begun_never_fall_and_rise_by_one_at_a_time(after, until):
    """From one day to the next at most one month begins."""
    step = months_begun(after, until + timedelta(days=1)) - months_begun(after, until)

    assert 0 <= step <= 1


def test_a_postmark_counts_only_where_the_law_says_so():
    """Mail in time is in time; a postmark after the day of receipt cannot be right."""
    received, mailed = date(2019, 3, 5), date(2019, 3, 1)

    assert mailed == effective_date(received, mailed, Timeliness.POSTMARK)
    assert received == effective_date(received, mailed, Timeliness.RECEIPT)
    assert received == effective_date(received, None, Timeliness.POSTMARK)
    assert mailed == effective_date(mailed, received, Timeliness.POSTMARK)


def test_a_holiday_that_offices_work_on_moves_nothing():
    """Only that one: another holiday, or two of which one is kept, still does."""
    texas = business_calendar("US", "TX", working=["Cesar Chavez Day", "Emancipation Day In Texas"])

    assert texas.is_business_day(date(2026, 3, 31))
    assert not business_calendar("US", "TX").is_business_day(date(2026, 3, 31))
    assert not texas.is_business_day(date(2024, 6, 19))  # Juneteenth is kept on the same day
    assert not texas.is_business_day(date(2026, 12, 25))


def test_the_holidays_of_a_place_are_known_by_name():
    """Which is what a pack may say offices work on."""
    assert "Cesar Chavez Day" in known_holidays("US", "TX")
    assert "Cesar Chavez Day" not in known_holidays("US", "IL")


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2019, 12, 31), 2, date(2020, 2, 29)),
        (date(2023, 12, 31), 2, date(2024, 2, 29)),
        (date(2019, 11, 15), 14, date(2021, 1, 15)),
        (date(2019, 11, 15), 0, date(2019, 11, 15)),
    ],
)
def test_months_later_ends_with_the_month(day, months, later):
    """The same day, or the last where a month is too short."""
    assert months_later(day, months) == later
