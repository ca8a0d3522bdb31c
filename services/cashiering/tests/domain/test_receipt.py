"""CASH-002, CASH-005, CASH-055: from an order to a receipt, without a database."""

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cashiering_service.domain.accepting import accept_lines, effective_date, fit, keep_surplus
from cashiering_service.domain.receipt import (
    BillDue,
    Order,
    OrderedLine,
    Payer,
    Receipt,
    SessionHead,
    check_session,
    number_of,
)
from cashiering_service.domain.tender import Tender
from taxkit.errors import Refusal
from taxkit.money import CENTS_MAX

SESSION = SessionHead(UUID(int=1), "T01", 2, date(2022, 12, 15), date(2022, 12, 10), is_open=True)
DUES = {UUID(int=n): BillDue(UUID(int=n), f"2021-{n:014d}", 1, f"{n:014d}", 2021) for n in range(9)}
PLAIN = replace(SESSION, effective_on=SESSION.business_date)
ORDER = Order(UUID(int=1), Payer("Imogen Vale", None), [], [], None, "")


def _order(*lines: tuple[int, int]) -> Order:
    return replace(ORDER, lines=[OrderedLine(UUID(int=n), 1, cents) for n, cents in lines])


@given(st.dictionaries(st.integers(0, 8), st.integers(1, 10**12), min_size=1))
def test_cash_055_a_receipts_lines_are_the_orders_in_their_order(amounts: dict[int, int]) -> None:
    """Numbered from one, adding up, each with the bill it names."""
    lines, total = accept_lines(_order(*amounts.items()), DUES)

    assert total == sum(amounts.values())
    assert [line.line_number for line in lines] == list(range(1, len(amounts) + 1))
    assert [(line.bill, line.amount_cents) for line in lines] == [
        (DUES[UUID(int=n)], cents) for n, cents in amounts.items()
    ]


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ([], "LINES_COUNT"),
        ([(1, 0)], "AMOUNT_NOT_POSITIVE"),
        ([(1, CENTS_MAX + 1)], "AMOUNT_TOO_LARGE"),
        ([(1, CENTS_MAX), (2, 1)], "AMOUNT_TOO_LARGE"),
        ([(1, 5), (1, 5)], "BILL_TWICE"),
        ([(77, 5)], "BILL_NOT_FOUND"),
    ],
)
def test_cash_055_lines_that_cannot_be_meant_are_refused(
    lines: list[tuple[int, int]], reason: str
) -> None:
    """With the first thing that is wrong."""
    with pytest.raises(Refusal) as refusal:
        accept_lines(_order(*lines), DUES)

    assert refusal.value.reason == reason


def test_the_largest_amount_is_taken() -> None:
    """2^53 - 1 cents: every JSON reader holds it exactly."""
    assert accept_lines(_order((1, CENTS_MAX)), DUES)[1] == CENTS_MAX


@pytest.mark.parametrize(
    ("asked", "counts_on"),
    [(None, date(2022, 12, 10)), (date(2022, 12, 15), date(2022, 12, 15)),
     (date(2020, 1, 1), date(2020, 1, 1))],
)  # fmt: skip
def test_cash_004_the_orders_effective_date_goes_before_the_sessions(asked, counts_on) -> None:
    """Up to the business date."""
    assert effective_date(replace(ORDER, effective_on=asked), SESSION) == counts_on


def test_cash_004_an_effective_date_after_the_business_date_is_refused() -> None:
    """Money is not received tomorrow."""
    with pytest.raises(Refusal, match="EFFECTIVE_DATE_IN_FUTURE"):
        effective_date(replace(ORDER, effective_on=date(2022, 12, 16)), SESSION)


def test_cash_002_money_is_taken_into_an_open_session_only() -> None:
    """NO_OPEN_SESSION when there is none of the id, SESSION_CLOSED when it is closed."""
    assert check_session(SESSION, SESSION.session_id) is SESSION
    with pytest.raises(Refusal, match="NO_OPEN_SESSION"):
        check_session(None, UUID(int=3))
    with pytest.raises(Refusal, match="SESSION_CLOSED"):
        check_session(replace(SESSION, is_open=False), SESSION.session_id)


def test_cash_005_a_number_names_till_day_session_and_place() -> None:
    """A hundred thousandth receipt has a digit more."""
    assert number_of(PLAIN, 7) == "T01-20221215-2-00007"
    assert number_of(PLAIN, 100_000) == "T01-20221215-2-100000"


def test_cash_005_an_effective_date_of_its_own_is_in_the_number() -> None:
    """Its receipts are a series of their own."""
    assert number_of(SESSION, 7) == "T01-20221215-2-E20221210-00007"


@given(st.lists(st.integers(1, 10**9), min_size=1, max_size=8), st.integers(0, 10**9))
def test_cash_043_surplus_goes_to_the_last_line_and_nowhere_else(
    amounts: list[int], surplus: int
) -> None:
    """The lines add up to what was asked and the surplus; bills and numbers stay."""
    asked, due = accept_lines(_order(*enumerate(amounts)), DUES)

    kept = keep_surplus(asked, surplus)

    assert sum(line.amount_cents for line in kept) == due + surplus
    assert kept[:-1] == asked[:-1]
    assert replace(kept[-1], amount_cents=amounts[-1]) == asked[-1]


@pytest.mark.parametrize(
    ("total", "change", "surplus"),
    [(101, 0, 0), (100, 1, 0), (99, 1, 0), (100, 0, -1), (100, 0, 100)],
)
def test_a_receipt_that_does_not_add_up_cannot_exist(total: int, change: int, surplus: int) -> None:
    """Lines, total, tenders, change and surplus are checked where the receipt is made."""
    lines, _ = accept_lines(_order((1, 100)), DUES)

    def receipt(total_cents: int, change_cents: int, surplus_cents: int) -> Receipt:
        return Receipt(
            receipt_id=UUID(int=5),
            receipt_number="T01-20221215-2-00001",
            session=SESSION,
            source="counter",
            payer=ORDER.payer,
            lines=lines,
            tenders=(Tender("cash", 100, None),),
            total_cents=total_cents,
            change_cents=change_cents,
            effective_on=SESSION.effective_on,
            received_on=SESSION.business_date,
            recorded_at=datetime(2022, 12, 15, tzinfo=UTC),
            traceparent="",
            posted_by="cashier",
            surplus_cents=surplus_cents,
        )

    assert receipt(100, 0, 40).total_cents == 100
    with pytest.raises(AssertionError):
        receipt(total, change, surplus)


@given(st.dictionaries(st.integers(0, 8), st.integers(1, 1000), min_size=1), st.integers(1, 10_000))
def test_cash_040_lines_made_to_fit_add_up_to_what_is_tendered(
    amounts: dict[int, int], tendered: int
) -> None:
    """The last gives and takes first: those before it stay as they were asked for."""
    order = replace(
        _order(*amounts.items()), tenders=[Tender("cash", tendered, None)], allocate_tendered=True
    )
    lines, total = accept_lines(order, DUES)

    asked = list(amounts.values())
    assert total == tendered == sum(line.amount_cents for line in lines)
    assert [line.amount_cents for line in lines[:-1]] == asked[: len(lines) - 1]
    assert [line.line_number for line in lines] == list(range(1, len(lines) + 1))
    assert lines[-1].amount_cents <= asked[len(lines) - 1] or len(lines) == len(asked)


@pytest.mark.parametrize("tendered", [0, -5, CENTS_MAX + 1])
def test_cash_040_tenders_that_cannot_be_meant_move_no_line(tendered: int) -> None:
    """They are refused when they are weighed, for what they are."""
    lines, _ = accept_lines(_order((1, 5)), DUES)

    assert fit(lines, tendered) == lines
