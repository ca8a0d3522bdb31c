"""What a waiver takes off which charge, as far as it is there."""

from datetime import UTC, date, datetime
from itertools import zip_longest
from uuid import UUID

import pytest

from receivables_service.domain.balances import Installment
from receivables_service.domain.facts import (
    ANY_INSTALLMENT,
    BillInstallment,
    InterestAndPenaltyWaived,
    WaivedAmount,
)
from receivables_service.domain.terms import ChargeType, InterestTerm
from receivables_service.domain.waiving import steps
from taxkit.money import Rounding

DAY = date(2020, 5, 1)
TERM = InterestTerm("test/interest", 0, 1, Rounding.HALF_UP)


def installments(*interest, paid=()):
    made = []
    for number, (cents, of_it) in enumerate(zip_longest(interest, paid, fillvalue=0), 1):
        one = Installment(BillInstallment(number, DAY, 1000), TERM)
        one.interest.charged, one.interest.paid = cents, of_it
        made.append(one)
    return made


def taken(waived, *interest, paid=()):
    """What comes off which installment, taken off as a fold does."""
    fact = InterestAndPenaltyWaived(UUID(int=1), DAY, datetime(2020, 5, 1, tzinfo=UTC), (waived,))
    off = []
    for charge, part in steps(installments(*interest, paid=paid), fact):
        charge.charged -= part
        off.append((charge.installment, part))
    return off


def test_recv_020_of_any_installment_the_first_gives_first():
    """RECV-020: what a till waives of a whole line comes off from the front."""
    waived = WaivedAmount(ANY_INSTALLMENT, ChargeType.INTEREST, 120)
    assert taken(waived, 100, 50) == [(1, 100), (2, 20)]


def test_recv_020_what_is_unpaid_is_waived_before_what_was_paid():
    """RECV-020: interest paid on the first half stays paid while the second's is open."""
    waived = WaivedAmount(ANY_INSTALLMENT, ChargeType.INTEREST, 50)
    assert taken(waived, 100, 50, paid=(100,)) == [(2, 50)]
    assert taken(waived, 100, 30, paid=(80,)) == [(1, 20), (2, 30)]
    # Paid meanwhile, as by a payment that was told late: it still need not be paid.
    assert taken(waived, 100, 30, paid=(100, 30)) == [(1, 50)]


def test_recv_020_no_more_comes_off_than_is_there():
    """RECV-020: of a named installment only its own."""
    assert taken(WaivedAmount(2, ChargeType.INTEREST, 120), 100, 50) == [(2, 50)]
    assert taken(WaivedAmount(1, ChargeType.PENALTY, 120), 100, 50) == []


def test_recv_020_an_installment_the_bill_has_not_is_refused():
    """RECV-020: nobody may waive what is not demanded."""
    with pytest.raises(ValueError, match="no installment 3"):
        taken(WaivedAmount(3, ChargeType.INTEREST, 1), 100)
