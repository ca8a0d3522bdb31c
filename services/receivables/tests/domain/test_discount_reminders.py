"""NOTI-004: which periods end soon, and for bills of which notice."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receivables_service.domain.discount_reminders import endings
from receivables_service.domain.discount_terms import (
    DiscountType,
    Period,
    Program,
    WeekendRule,
    YearDay,
)
from taxkit.calendar import months_later

JAN_31 = date(2022, 1, 31)


def program(*periods: Period, **more) -> Program:
    given = {"remind_days": 7, **more}
    return Program("early", "Early", DiscountType.EARLY, periods, "4190", **given)


def fixed() -> Period:
    return Period(Decimal("0.05"), YearDay(1, 1, 1), YearDay(1, 31, 1))


def found(one: Program, today: date, roll=lambda day: day) -> list:
    return [(each.last_day, each.issued_on) for each in endings(one, 2021, today, roll)]


def test_a_period_of_the_year_ends_for_all_its_bills() -> None:
    """From so many days before until the last day itself."""
    one = program(fixed())
    assert found(one, date(2022, 1, 23)) == []
    assert found(one, date(2022, 1, 24)) == found(one, JAN_31) == [(JAN_31, None)]
    assert found(one, date(2022, 2, 1)) == []


def test_without_days_or_on_request_nobody_is_reminded() -> None:
    assert found(program(fixed(), remind_days=None), JAN_31) == []
    assert found(program(fixed(), automatic=False), JAN_31) == []


def test_a_last_day_that_moves_is_the_day_reminded_of() -> None:
    moved = date(2022, 2, 2)
    one = program(fixed(), weekend=WeekendRule.DELIVERED)
    assert found(one, moved, lambda day: moved if day == JAN_31 else day) == [(moved, None)]


@given(st.integers(1, 90), st.integers(1, 4), st.integers(0, 400))
def test_no_bill_of_a_notice_is_missed(days, months, after) -> None:
    """Each notice whose time ends in the span is found, with its own last day."""
    today = date(2022, 1, 1)
    issued_on = today - timedelta(days=after)
    one = program(Period(Decimal("0.02"), days_after_notice=days, months_after_notice=months))
    ends = {issued_on + timedelta(days=days), months_later(issued_on, months)}
    wanted = {day for day in ends if today <= day <= today + timedelta(days=7)}
    assert {last for last, issued in found(one, today) if issued == issued_on} == wanted


@pytest.mark.parametrize("days", [0, 61])
def test_a_reminder_is_some_days_before(days: int) -> None:
    with pytest.raises(ValueError, match="reminds 1 to 60"):
        program(fixed(), remind_days=days)
