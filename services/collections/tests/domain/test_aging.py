"""COLL-002: age is days from the due date, and each age has one bucket."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collections_service.domain.aging import (
    AgingTerms,
    OpenInstallment,
    age_days,
    bucket_of,
    oldest_bucket,
    place_of,
    total_open,
)

TERMS = AgingTerms(
    rule_id="test/aging",
    pack_version="test",
    settled_code="settled",
    not_due_code="not_due",
    bucket_codes=("0-30", "31-60", "61-90", "over-90"),
    begin_days=(0, 31, 61, 91),
)
DUE_ON = date(2022, 12, 30)


def _owed(days: int, installment: int = 1, cents: int = 100) -> OpenInstallment:
    """Something that is this many days late on the due date of the tests."""
    return OpenInstallment(installment, DUE_ON - timedelta(days=days), cents)


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (-365, "not_due"),
        (-1, "not_due"),
        (0, "0-30"),
        (30, "0-30"),
        (31, "31-60"),
        (60, "31-60"),
        (61, "61-90"),
        (90, "61-90"),
        (91, "over-90"),
        (40_000, "over-90"),
    ],
)
def test_ac_21_a_bucket_ends_on_its_last_day(days: int, expected: str) -> None:
    """AC-21: 30 is in the first, 31 and 60 in the second, 61 and 90 in the third, 91 beyond."""
    assert expected == bucket_of(_owed(days), TERMS, DUE_ON)


def test_q_04_due_today_is_zero_days_old_and_counted() -> None:
    """Q-04: on the due date itself the age is 0; the day before it is not yet due."""
    assert age_days(DUE_ON, DUE_ON) == 0
    assert age_days(DUE_ON, DUE_ON - timedelta(days=1)) == -1


def test_a_bill_is_as_old_as_its_oldest_open_installment() -> None:
    """The order in which installments are listed does not matter."""
    parts = [_owed(-20, 2), _owed(61, 1)]

    assert oldest_bucket(parts, TERMS, DUE_ON) == "61-90"
    assert oldest_bucket(reversed(parts), TERMS, DUE_ON) == "61-90"


def test_a_bill_with_nothing_open_is_settled() -> None:
    """Nothing open has no age."""
    assert oldest_bucket([], TERMS, DUE_ON) == "settled"


def test_coll_007_a_part_payment_never_makes_the_rest_younger() -> None:
    """COLL-007: what remains keeps its own due date."""
    before, after = _owed(75, cents=500), _owed(75, cents=1)

    assert bucket_of(before, TERMS, DUE_ON) == bucket_of(after, TERMS, DUE_ON)


def test_open_money_is_added_up() -> None:
    """In whole cents, and nothing is 0."""
    assert total_open([_owed(1, 1, 100), _owed(2, 2, 250)]) == 350
    assert total_open([]) == 0


@given(st.integers(-50_000, 50_000), st.integers(0, 400))
def test_time_never_makes_a_debt_younger(days: int, later: int) -> None:
    """Waiting moves a debt to the same place or an older one."""
    assert place_of(days, TERMS) <= place_of(days + later, TERMS)
