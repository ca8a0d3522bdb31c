"""RECV-001: balance and due are two things: what is open, and what of it has come due."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receivables_service.domain.coming_due import due_cents
from receivables_service.domain.state import NOTHING_KNOWN, InstallmentBalance
from receivables_service.domain.terms import InterestBasis

MARCH, JULY = date(2022, 3, 1), date(2022, 7, 1)


def balance(number, day, cents, **more):
    return InstallmentBalance(number, day, cents, cents, 0, 0, **more)


STATE = replace(
    NOTHING_KNOWN, issued=True,
    installments=(balance(1, MARCH, 100, fee_open_cents=7), balance(2, JULY, 80)),
)  # fmt: skip


@pytest.mark.parametrize(
    ("on", "by_installment", "full"),
    [
        (date(2022, 2, 28), 0, 0),
        (MARCH, 107, 187),
        (date(2022, 6, 30), 107, 187),
        (JULY, 187, 187),
    ],
)
def test_recv_001_what_is_due_by_installment_or_in_full(on, by_installment, full) -> None:
    """RECV-001, RECV-014: on its day an installment is due; on the full basis all by the first."""
    assert due_cents(STATE, on) == by_installment
    assert due_cents(replace(STATE, basis=InterestBasis.INSTALLMENT), on) == by_installment
    assert due_cents(replace(STATE, basis=InterestBasis.FULL), on) == full


def test_recv_001_what_is_called_due_is_due_by_the_earlier_day() -> None:
    """RECV-001: where a missed installment calls the rest due."""
    called = STATE.installments[1]._replace(called_due_on=date(2022, 4, 1))
    state = replace(STATE, installments=(STATE.installments[0], called))
    assert due_cents(state, date(2022, 3, 31)) == 107
    assert due_cents(state, date(2022, 4, 1)) == 187


def test_recv_001_of_a_bill_nobody_knows_nothing_is_due() -> None:
    """On either basis."""
    assert due_cents(NOTHING_KNOWN, JULY) == 0
    assert due_cents(replace(NOTHING_KNOWN, basis=InterestBasis.FULL), JULY) == 0


@given(st.dates(date(2021, 1, 1), date(2023, 1, 1)), st.sampled_from([None, *InterestBasis]))
def test_recv_001_never_more_is_due_than_is_open(on, basis) -> None:
    """RECV-001: and never less on a later day."""
    state = replace(STATE, basis=basis)
    assert 0 <= due_cents(state, on) <= due_cents(state, JULY) == state.open_cents
