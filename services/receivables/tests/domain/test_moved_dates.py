"""RECV-015 to RECV-017: months of an installment whose due date was moved."""

from datetime import UTC, date, datetime, timedelta

from receivables_service.domain import moved_dates
from receivables_service.domain.balances import Installment
from receivables_service.domain.facts import BillInstallment
from receivables_service.domain.interest_terms import InterestWays
from receivables_service.domain.terms import InterestTerm, MonthCounting
from taxkit.calendar import business_calendar
from taxkit.money import Rounding

PLAIN = InterestTerm("test", 1, 100, Rounding.HALF_UP, MonthCounting.TOUCHED)
APR_30, JUL_30, OCT_31 = date(2008, 4, 30), date(2008, 7, 30), date(2008, 10, 31)
NOW = datetime(2008, 1, 1, tzinfo=UTC)


def installment(number, due_on, begins_on=None):
    found = Installment(BillInstallment(number, due_on, 50_000), PLAIN)
    found.tax.charged = 50_000
    found.modified, found.begins_on = True, begins_on
    return found


def test_none_up_to_the_end_of_the_due_month_then_all_since_the_base_date():
    """RECV-016: July 31 is free; on August 1 the months since April have come."""
    one = installment(1, JUL_30, APR_30)
    assert moved_dates.own_months(one, date(2008, 7, 31), PLAIN) == 0
    assert one.base_on == JUL_30
    assert moved_dates.own_months(one, date(2008, 8, 1), PLAIN) == 4
    assert one.base_on == APR_30


def test_a_waiver_beyond_the_moved_date_goes_on():
    """Cook County waived 2019's second installment through October 1, 2020, also where it moved."""
    one = installment(2, date(2020, 8, 31))
    one.late_after = date(2020, 10, 1)
    months = [
        moved_dates.own_months(one, date(2020, 9, 1) + timedelta(days=days), PLAIN)
        for days in (0, 30, 31, 61)
    ]
    assert months == [0, 0, 1, 2]

    one.change_due(date(2020, 9, 15), None, date(2020, 10, 1))
    assert moved_dates.own_months(one, date(2020, 10, 1), PLAIN) == 0
    one.change_due(date(2020, 10, 15), None, date(2020, 10, 1))
    assert moved_dates.own_months(one, date(2020, 10, 31), PLAIN) == 0
    assert moved_dates.own_months(one, date(2020, 11, 1), PLAIN) == 1


def test_called_due_it_goes_by_what_called_it():
    """By the calendar since the first's base date if that was moved, else as the law counts."""
    first, second = installment(1, JUL_30, APR_30), installment(2, OCT_31)
    second.called_after, second.called_by = JUL_30, first
    assert moved_dates.months(second, date(2008, 8, 1), PLAIN) == 4
    second.called_by = None
    assert moved_dates.months(second, date(2008, 7, 31), PLAIN) == 1


def test_a_month_ends_on_a_business_day_where_the_law_has_it_so():
    """August 31, 2008 was a Sunday and September 1 Labor Day: August lasts through the 2nd."""
    law = InterestTerm(
        "test", 1, 100, Rounding.HALF_UP,
        ways=InterestWays(
            month_ends_roll=True, calendar=business_calendar("US")
        ),
    )  # fmt: skip
    one = installment(1, JUL_30)
    assert moved_dates.own_months(one, date(2008, 9, 2), law) == 1
    assert moved_dates.own_months(one, date(2008, 9, 3), law) == 2
