"""RECV-014: the basis of a bill's interest, quoted, fixed by the first payment, and kept."""

from datetime import date

import grpc
import pytest

from taxkit.testing import reason_of

MARCH = date(2020, 3, 10)
pytestmark = pytest.mark.parametrize("law_folder", ["basis"], indirect=True)


def allocated(basis):
    return {"rule_id": "", "basis": basis, "by": "", "at": None, "rows": []}


def test_recv_014_a_quote_shows_both_bases_until_a_payment_has_chosen(quiet):
    """RECV-014: 3 months at 1% of the first half, or at 0.5% of the whole; then one of them."""
    quiet.issue(500, 500)
    free = quiet.quote(MARCH)
    assert (free.interest_basis, free.interest_basis_fixed) == ("installment", False)
    assert (free.open_cents, quiet.quote(MARCH, basis="full").open_cents) == (101_500, 101_500)
    assert [one.interest_open_cents for one in free.installments] == [1_500, 0]

    quiet.pay(100, MARCH, allocation=allocated("full"))

    kept = quiet.quote(MARCH, basis="installment")
    assert (kept.interest_basis, kept.interest_basis_fixed) == ("full", True)
    assert [one.interest_charged_cents for one in kept.installments] == [750, 750]


def test_recv_014_a_backdated_first_payment_moves_the_bill_to_its_basis(quiet):
    """RECV-014: arrival order does not count; what was posted by the other basis is posted back."""
    quiet.issue(500, 500)
    quiet.pay(100, MARCH, allocation=allocated("full"))
    receipt = quiet.pay(50, date(2020, 2, 10), allocation=allocated("installment"))
    assert quiet.quote(MARCH).interest_basis == "installment"
    quiet.void(receipt, 50, date(2020, 3, 11))
    assert quiet.quote(MARCH).interest_basis == "full"
    assert sum(quiet.balance_of_receipts().values()) == 10_000


def test_recv_014_a_payment_that_says_nothing_is_in_full_when_it_settles_the_whole(quiet):
    """RECV-014: imports carry no basis; who pays all of the full quote is on it."""
    quiet.issue(500, 500)
    quiet.pay(1_015, MARCH)
    settled = quiet.quote(MARCH)
    assert (settled.interest_basis, settled.open_cents) == ("full", 0)


def test_recv_014_a_basis_that_is_none_is_refused(quiet):
    """RECV-014: full or installment; nothing else reaches the derivation."""
    quiet.issue(500, 500)
    with pytest.raises(grpc.RpcError) as refused:
        quiet.quote(MARCH, basis="both'; --")
    assert reason_of(refused.value) == "BASIS_UNKNOWN"
