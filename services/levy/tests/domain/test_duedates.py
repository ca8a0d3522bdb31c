"""LEVY-002: due dates by rule, off weekends and holidays, later where bills go out late."""

from datetime import date

import pytest

from levy_service.domain.duedates import DueDay, DueRule, LateMailing, YearDay
from levy_service.domain.installments import Due
from taxkit.calendar import Roll, business_calendar

CALENDAR = business_calendar("US", "CA")
CALIFORNIA = DueRule(
    (
        DueDay(YearDay(12, 10), YearDay(11, 1)),
        DueDay(YearDay(4, 10, years_after=1), YearDay(2, 1, years_after=1)),
    )
)
TEXAS = DueRule(
    (DueDay(YearDay(1, 31, years_after=1)),),
    late_mailing=LateMailing(YearDay(1, 10, years_after=1), 21),
)


def following(day: date) -> date:
    return CALENDAR.roll(day, Roll.FOLLOWING)


def stays(day: date) -> date:
    return day


@pytest.mark.parametrize(
    ("tax_year", "last_days"),
    [
        (2019, [date(2019, 12, 10), date(2020, 4, 10)]),
        # December 10, 2022 was a Saturday; April 10, 2021 too.
        (2022, [date(2022, 12, 12), date(2023, 4, 10)]),
        (2020, [date(2020, 12, 10), date(2021, 4, 12)]),
    ],
)
def test_levy_002_a_last_day_moves_off_the_weekend(tax_year: int, last_days: list[date]) -> None:
    """To the next day of business; the day it is payable from stays."""
    due = CALIFORNIA.due(tax_year, following, None)

    assert last_days == [each.due_on for each in due]
    assert [date(tax_year, 11, 1), date(tax_year + 1, 2, 1)] == [each.payable_on for each in due]


@pytest.mark.parametrize(
    ("mailed_on", "due_on"),
    [
        (None, date(2024, 1, 31)),
        (date(2024, 1, 10), date(2024, 1, 31)),
        # January 31 would leave twenty days.
        (date(2024, 1, 11), date(2024, 2, 29)),
        (date(2024, 2, 8), date(2024, 2, 29)),
        (date(2024, 2, 9), date(2024, 3, 31)),
        (date(2024, 12, 12), date(2025, 1, 31)),
    ],
)
def test_levy_002_a_bill_mailed_late_is_due_later(mailed_on: date | None, due_on: date) -> None:
    """Late from the first of the first month that leaves 21 days after the mailing."""
    assert (Due(due_on),) == TEXAS.due(2023, stays, mailed_on)


@pytest.mark.parametrize(("year", "day"), [(2023, 28), (2024, 29)])
def test_levy_002_day_31_is_the_last_of_any_month(year: int, day: int) -> None:
    """The last day of February, leap years too."""
    assert date(year, 2, day) == YearDay(2, 31).of(year)
    assert date(year, 12, 31) == YearDay(12, 31).of(year)


def test_levy_002_bills_paid_in_one_have_a_day_of_their_own() -> None:
    """None where the rule names none."""
    rule = DueRule(CALIFORNIA.days, single=DueDay(YearDay(12, 31)))

    assert rule.single_due(2022, following, None) == Due(date(2023, 1, 3))
    assert CALIFORNIA.single_due(2022, following, None) is None


@pytest.mark.parametrize(
    ("month", "day", "after"), [(0, 1, 0), (13, 1, 0), (1, 0, 0), (1, 32, 0), (1, 1, 3)]
)
def test_levy_002_a_day_that_is_none_is_refused(month: int, day: int, after: int) -> None:
    """No thirteenth month, no thirty-second day."""
    with pytest.raises(ValueError, match=r"no day of a year|years_after"):
        YearDay(month, day, after)
