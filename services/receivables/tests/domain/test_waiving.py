"""What a waiver takes off which charge, as far as it is there."""

from datetime import UTC, date, datetime
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


def installments(*interest):
    made = []
    for number, cents in enumerate(interest, 1):
        one = Installment(BillInstallment(number, DAY, 1000), TERM)
        one.interest.charged = cents
        made.append(one)
    return made


def taken(waived, *interest):
    fact = InterestAndPenaltyWaived(UUID(int=1), DAY, datetime(2020, 5, 1, tzinfo=UTC), (waived,))
    return [(charge.installment, part) for charge, part in steps(installments(*interest), fact)]


def test_recv_020_of_any_installment_the_first_gives_first():
    """RECV-020: what a till waives of a whole line comes off from the front."""
    waived = WaivedAmount(ANY_INSTALLMENT, ChargeType.INTEREST, 120)
    assert taken(waived, 100, 50) == [(1, 100), (2, 20)]


def test_recv_020_no_more_comes_off_than_is_there():
    """RECV-020: of a named installment only its own."""
    assert taken(WaivedAmount(2, ChargeType.INTEREST, 120), 100, 50) == [(2, 50)]
    assert taken(WaivedAmount(1, ChargeType.PENALTY, 120), 100, 50) == []


def test_recv_020_an_installment_the_bill_has_not_is_refused():
    """RECV-020: nobody may waive what is not demanded."""
    with pytest.raises(ValueError, match="no installment 3"):
        taken(WaivedAmount(3, ChargeType.INTEREST, 1), 100)
