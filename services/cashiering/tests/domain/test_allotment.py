"""CASH-052, CASH-054: rows given by hand, and the rules a line may be allocated by."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cashiering_service.domain.allotment import (
    ROWS_MAX,
    AllocationRule,
    Allotment,
    AllotmentRow,
    check_rows,
)
from cashiering_service.domain.charges import OpenCharges, OpenInstallment
from taxkit.errors import Refusal

OPEN = OpenCharges(
    (
        OpenInstallment(1, date(2022, 3, 1), {"tax": 500, "interest": 30}),
        OpenInstallment(2, date(2022, 12, 30), {"tax": 500}),
    )
)
ROW = AllotmentRow(2, "tax", 400)


@given(st.integers(0, 500), st.integers(0, 30), st.integers(0, 500))
def test_cash_054_rows_within_what_is_open_that_add_up_to_the_line_are_taken(
    first: int, interest: int, second: int
) -> None:
    """In whatever order the law would have it."""
    rows = [
        AllotmentRow(number, kind, cents)
        for number, kind, cents in (
            (1, "tax", first),
            (1, "interest", interest),
            (2, "tax", second),
        )
        if cents
    ]

    check_rows(rows, "allocation", first + interest + second, OPEN)


@pytest.mark.parametrize(
    ("rows", "line", "reason"),
    [
        ([ROW], 401, "ALLOCATION_NOT_THE_LINE"),
        ([ROW], 399, "ALLOCATION_NOT_THE_LINE"),
        ([replace(ROW, amount_cents=501)], 501, "ALLOCATION_ABOVE_OPEN"),
        ([replace(ROW, installment=3)], 400, "ALLOCATION_ABOVE_OPEN"),
        ([replace(ROW, charge_type="interest")], 400, "ALLOCATION_ABOVE_OPEN"),
        ([replace(ROW, charge_type="roads")], 400, "CHARGE_TYPE_UNKNOWN"),
        ([replace(ROW, amount_cents=0)], 0, "AMOUNT_NOT_POSITIVE"),
        ([replace(ROW, amount_cents=-1), ROW], 399, "AMOUNT_NOT_POSITIVE"),
        ([ROW, ROW], 800, "CHARGE_TWICE"),
        ([ROW] * (ROWS_MAX + 1), 400, "ALLOCATION_TOO_LONG"),
    ],
)
def test_cash_054_rows_that_cannot_be_meant_are_refused(rows, line: int, reason: str) -> None:
    """Not the line, not open, twice, or nothing."""
    with pytest.raises(Refusal) as refusal:
        check_rows(rows, "lines[0].allocation", line, OPEN)

    assert refusal.value.reason == reason


def test_cash_052_a_rule_orders_every_kind_of_charge_once() -> None:
    """A rule that forgets one would leave it to chance."""
    AllocationRule("a", "A", ("tax", "penalty", "interest", "fee"))
    with pytest.raises(ValueError, match="name each of"):
        AllocationRule("a", "A", ("tax", "interest"))


def test_cash_053_hands_override_a_rule_does_not() -> None:
    """The mark is for rows only."""
    chosen = Allotment("tax-first", (), "cashier", datetime(2022, 12, 15, tzinfo=UTC))

    assert not chosen.is_overridden
    assert replace(chosen, rows=(ROW,)).is_overridden


def test_cash_052_rows_of_one_charge_may_name_its_codes_apart() -> None:
    """CASH-052: by code, by how it is carried, by fund; together never above what is open."""
    half = replace(ROW, amount_cents=ROW.amount_cents // 2)
    named = [replace(half, charge_code="cost"), replace(half, fund="bank", collection_type="S")]
    check_rows(named, "lines[0].allocation", ROW.amount_cents, OPEN)
    assert named[1].narrowed == {"collection_type": "S", "fund": "bank"}
    for rows, reason in (
        ([*named, half], "ALLOCATION_ABOVE_OPEN"),
        ([named[0], named[0]], "CHARGE_TWICE"),
        ([replace(half, collection_type="X")], "COLLECTION_TYPE_UNKNOWN"),
    ):
        with pytest.raises(Refusal) as refusal:
            check_rows(rows, "lines[0].allocation", sum(row.amount_cents for row in rows), OPEN)
        assert refusal.value.reason == reason
