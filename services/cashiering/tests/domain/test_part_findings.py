"""RECV-062: a part that is not taken, in a basket and in an order."""

from datetime import date
from uuid import UUID

import pytest

from cashiering_service.domain.charges import OpenInstallment
from cashiering_service.domain.coded import CodeKnown
from cashiering_service.domain.finding import Severity
from cashiering_service.domain.findings import BillKnown
from cashiering_service.domain.part_findings import check_lines, of_part
from cashiering_service.domain.part_payments import Accepted, PartPayments, Parts, Standings
from cashiering_service.domain.paying import Charge, Wish
from cashiering_service.domain.receipt import BillDue, ReceiptLine
from cashiering_service.domain.waiver import Waived
from taxkit.errors import Refusal

CODED = PartPayments(Accepted.CODED_ONLY)
DAY = date(2022, 6, 1)
CHARGES = (Charge(1, date(2022, 3, 1), 600, 40), Charge(2, date(2022, 12, 30), 400))
PART = CodeKnown("PART", "", frozenset({"partial_payment"}))


class Paying:
    """A line on a bill without a quote of its own."""

    quoted = None
    wish = Wish(DAY)

    def __init__(self, cents: int) -> None:
        self.paying_cents = cents


def _bill(codes: tuple[CodeKnown, ...] = (), plan_status: str = "") -> BillKnown:
    return BillKnown(
        UUID(int=1), "2021-P", "P", 2021, "Ada", 1_040, CHARGES,
        plan_number="P-1" * bool(plan_status), plan_status=plan_status, codes=codes,
    )  # fmt: skip


def test_recv_062_in_a_basket_it_is_a_finding_that_refuses() -> None:
    """RECV-062: with the bill it is about."""
    (found,) = of_part(Paying(1), _bill(), CODED)
    assert (found.code, found.severity) == ("PARTIAL_NOT_CODED", Severity.REFUSE)
    assert (found.parcel_number, found.bill_number) == ("P", "2021-P")


@pytest.mark.parametrize("bill", [_bill((PART,)), _bill(plan_status="active")])
def test_recv_062_a_code_or_a_plan_lets_a_part_be_paid(bill: BillKnown) -> None:
    """RECV-062: either is enough."""
    assert list(of_part(Paying(1), bill, CODED)) == []


def test_recv_062_a_pending_plan_is_none() -> None:
    """RECV-050: nothing was agreed on yet."""
    assert len(list(of_part(Paying(1), _bill(plan_status="pending"), CODED))) == 1


def _order(cents: int, waived: Waived | None = None) -> ReceiptLine:
    return ReceiptLine(1, cents, "P", BillDue(UUID(int=1), "2021-P", 1, "P", 2021), waived=waived)


PARTS = Parts(
    CODED,
    {
        UUID(int=1): Standings(
            "2021-P",
            is_coded=False,
            is_in_plan=False,
            told=[OpenInstallment(1, date(2022, 3, 1), {"tax": 600, "interest": 40})],
            quoted={},
        )
    },
)


def test_recv_062_an_order_is_refused_whole() -> None:
    """RECV-062: one cent short of all."""
    check_lines([_order(640)], PARTS, DAY)
    with pytest.raises(Refusal, match="allows a part") as refused:
        check_lines([_order(639)], PARTS, DAY)
    assert refused.value.reason == "PARTIAL_NOT_CODED"


def test_recv_062_what_is_waived_counts_as_paid() -> None:
    """CASH-051: who pays the rest pays no part."""
    check_lines([_order(600, Waived(penalty_cents=0, interest_cents=40))], PARTS, DAY)


def test_recv_062_money_on_no_bill_is_no_part_of_one() -> None:
    """RECV-062: an advance, or a bill of which nothing is known."""
    check_lines([ReceiptLine(1, 5, "P", None)], PARTS, DAY)
    check_lines([_order(1)], Parts(CODED, {}), DAY)
