"""AC-2 from the window to the ledger: cashiering's API, its events, and receivables' rows.

Both services run in this process (`desks.py`), so that each case is seen to the end without waiting
for a broker.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import grpc
import pytest
from desks import Desks

from millage.cashiering.v1 import authority_pb2, authority_pb2_grpc
from millage.cashiering.v1 import cashiering_pb2 as counter_pb
from millage.cashiering.v1 import cashiering_pb2_grpc as counter_stubs
from millage.receivables.v1 import receivables_pb2 as ledger_pb
from millage.receivables.v1 import receivables_pb2_grpc as ledger_stubs
from taxkit import ids, testing

NOW = datetime(2022, 2, 10, 18, tzinfo=UTC)
DAY = "2022-02-10"
CASH, CHECK = counter_pb.TENDER_TYPE_CASH, counter_pb.TENDER_TYPE_CHECK


@dataclass
class Pair(Desks):
    """A window and what the ledger makes of what is paid there."""

    session_id: str = ""

    @property
    def counter(self) -> counter_stubs.CashieringServiceStub:
        return counter_stubs.CashieringServiceStub(self.channel)

    @property
    def ledger(self) -> ledger_stubs.ReceivablesServiceStub:
        return ledger_stubs.ReceivablesServiceStub(self.ledger_channel)

    @property
    def authority(self) -> authority_pb2_grpc.AuthorityServiceStub:
        return authority_pb2_grpc.AuthorityServiceStub(self.channel)

    def tolerate(self, cents: int) -> None:
        """Set how far the cashier may let go or keep."""
        self.authority.SetLimits(
            authority_pb2.SetLimitsRequest(
                idempotency_key=str(ids.new_id()),
                cashier="cashier",
                effective_from=DAY,
                tolerance_cents=cents,
            ),
            metadata=self.metadata,
        )

    def account(self, name: str) -> int:
        """What an account of the ledger adds up to: debits above zero."""
        with self.receivables.database.begin() as connection:
            return connection.exec_driver_sql(
                "select coalesce(sum(amount_cents), 0)::bigint from ledger_entries"
                " where ledger_account = %s",
                (name,),
            ).scalar_one()

    def pay(
        self, lines: Sequence[tuple[UUID, int]], tenders: Sequence[tuple[int, int]], **changes: Any
    ) -> counter_pb.Receipt:
        """Pay at the window; the ledger is told of it."""
        receipt = self.counter.PostPayment(
            counter_pb.PostPaymentRequest(
                idempotency_key=str(ids.new_id()),
                session_id=self.session_id,
                payer=counter_pb.Payer(name="Dolores Park"),
                lines=[
                    counter_pb.PaymentLine(bill_id=str(bill_id), bill_version=1, amount_cents=cents)
                    for bill_id, cents in lines
                ],
                tenders=[
                    counter_pb.Tender(tender_type=kind, amount_cents=cents, reference="1044")
                    for kind, cents in tenders
                ],
                **changes,
            ),
            metadata=self.metadata,
        )
        self.pass_on()
        return receipt

    def reverse(self, receipt: counter_pb.Receipt) -> None:
        self.counter.ReversePayment(
            counter_pb.ReversePaymentRequest(
                idempotency_key=str(ids.new_id()), receipt_id=receipt.receipt_id, reason="asked to"
            ),
            metadata=self.metadata,
        )
        self.pass_on()

    def quote(self, bill_id: UUID) -> ledger_pb.BillQuote:
        request = ledger_pb.GetBillRequest(bill_id=str(bill_id), as_of=DAY)
        return self.ledger.GetBill(request, metadata=self.metadata).quote

    def booked(self, receipt: counter_pb.Receipt) -> tuple[dict[int, int], int]:
        """Where a receipt's money is in the ledger: cents by installment, and surplus."""
        request = ledger_pb.GetAllocationsRequest(receipt_id=receipt.receipt_id)
        applied: dict[int, int] = {}
        surplus = 0
        for row in self.ledger.GetAllocations(request, metadata=self.metadata).rows:
            if row.state == "surplus":
                surplus += row.amount_cents
            else:
                applied[row.installment] = applied.get(row.installment, 0) + row.amount_cents
        return applied, surplus

    def check_tie_out(self) -> None:
        """Nothing parked; what the drawers took is what the ledger holds, to the cent."""
        assert testing.parked(self.receivables) == []
        drawers = self.counter.GetTotals(
            counter_pb.GetTotalsRequest(business_date=DAY), metadata=self.metadata
        )
        books = self.ledger.GetTotals(
            ledger_pb.GetTotalsRequest(business_date=DAY), metadata=self.metadata
        )
        held = books.allocated_cents + books.surplus_cents + books.suspense_cents
        assert drawers.received_cents == held


@pytest.fixture(scope="module")
def pair(postgres_admin_url: str) -> Iterator[Pair]:
    with Pair.opened(postgres_admin_url, NOW) as made:
        made.session_id = made.counter.OpenSession(
            counter_pb.OpenSessionRequest(idempotency_key="o", till_code="T01", business_date=DAY),
            metadata=made.metadata,
        ).session_id
        yield made


@pytest.mark.parametrize(
    ("line", "tender", "return_change", "surplus", "change", "open_cents"),
    [
        pytest.param(10_000, (CASH, 12_000), True, 0, 2_000, 0, id="a-change"),
        pytest.param(10_000, (CASH, 12_000), False, 2_000, 0, 0, id="b-no-change-wanted"),
        pytest.param(10_000, (CHECK, 12_000), True, 2_000, 0, 0, id="c-check-gives-none"),
        pytest.param(11_000, (CASH, 11_000), True, 1_000, 0, 0, id="d-above-on-the-line"),
        pytest.param(11_000, (CASH, 12_000), True, 1_000, 1_000, 0, id="e-both-on-one-receipt"),
        pytest.param(6_000, (CASH, 6_000), True, 0, 0, 4_000, id="g-partial"),
    ],
)
def test_ac_2_over_and_under_a_bill_of_100(
    pair: Pair, line, tender, return_change, surplus, change, open_cents
):
    """CASH-041, CASH-043..046: applied, surplus and change as the matrix has them, and no more."""
    bill_id = pair.issue(10_000)

    receipt = pair.pay([(bill_id, line)], [tender], return_change=return_change)

    assert receipt.change_cents == change
    assert pair.booked(receipt) == ({1: 10_000 - open_cents}, surplus)
    quoted = pair.quote(bill_id)
    assert (quoted.open_cents, quoted.surplus_cents) == (open_cents, surplus)
    pair.check_tie_out()


def test_ac_2_f_above_what_is_due_pays_the_later_installment(pair: Pair):
    """CASH-042: 500 is due of 1,000; 700 is 500 of the first and 200 of the second, no surplus."""
    bill_id = pair.issue(50_000, 50_000)

    receipt = pair.pay([(bill_id, 70_000)], [(CHECK, 70_000)])

    assert pair.booked(receipt) == ({1: 50_000, 2: 20_000}, 0)
    assert (receipt.surplus_cents, receipt.change_cents) == (0, 0)
    assert pair.quote(bill_id).open_cents == 30_000
    pair.check_tie_out()


def test_cash_043_what_a_check_brings_above_the_line_pays_the_bill_before_it_is_surplus(
    pair: Pair,
):
    """A check over 120 for a line of 60: the bill's other 40 come first, 20 are held."""
    bill_id = pair.issue(10_000)

    receipt = pair.pay([(bill_id, 6_000)], [(CHECK, 12_000)], return_change=True)

    assert (receipt.due_cents, receipt.surplus_cents) == (6_000, 6_000)
    assert pair.booked(receipt) == ({1: 10_000}, 2_000)
    pair.check_tie_out()


def test_cash_045_surplus_of_two_bills_is_held_on_the_last(pair: Pair):
    """The first is settled to the cent."""
    first, last = pair.issue(10_000), pair.issue(5_000)

    receipt = pair.pay([(first, 10_000), (last, 5_000)], [(CHECK, 15_300)], return_change=True)

    assert receipt.surplus_cents == 300
    assert (pair.quote(first).surplus_cents, pair.quote(last).surplus_cents) == (0, 300)
    pair.check_tie_out()


def test_a_reversed_receipt_leaves_no_surplus(pair: Pair):
    """All of it is taken back, and the bill is open as before."""
    bill_id = pair.issue(10_000)
    receipt = pair.pay([(bill_id, 10_000)], [(CASH, 12_000)], return_change=False)

    pair.reverse(receipt)

    quoted = pair.quote(bill_id)
    assert (quoted.open_cents, quoted.surplus_cents) == (10_000, 0)
    pair.check_tie_out()


@pytest.mark.parametrize(
    ("line", "tender", "let_go"),
    [
        pytest.param(10_000, 9_950, 50, id="h-short-within-tolerance"),
        pytest.param(10_040, 10_040, -40, id="j-just-above-the-balance"),
    ],
)
def test_ac_2_h_and_j_the_tolerance_has_an_account_and_the_bill_is_paid_in_full(
    pair: Pair, line, tender, let_go
):
    """CASH-046, Q-18: 100 applied, no surplus, and cash in clearing is what the drawer holds."""
    bill_id = pair.issue(10_000)
    pair.tolerate(100)
    before = pair.account("tolerance"), pair.account("cash_clearing")

    receipt = pair.pay([(bill_id, line)], [(CASH, tender)], return_change=True)

    assert (receipt.tolerance_cents, receipt.change_cents) == (let_go, 0)
    assert pair.booked(receipt) == ({1: 10_000}, 0)
    assert pair.quote(bill_id).open_cents == 0
    assert pair.account("tolerance") - before[0] == let_go
    assert pair.account("cash_clearing") - before[1] == tender
    pair.check_tie_out()

    pair.reverse(receipt)

    assert pair.quote(bill_id).open_cents == 10_000
    assert (pair.account("tolerance"), pair.account("cash_clearing")) == before
    pair.check_tie_out()
    pair.tolerate(0)


def test_ac_2_i_beyond_the_tolerance_nothing_is_posted(pair: Pair):
    """98.00 for 100.00 with a tolerance of 1.00."""
    bill_id = pair.issue(10_000)
    pair.tolerate(100)

    with pytest.raises(grpc.RpcError) as refusal:
        pair.pay([(bill_id, 10_000)], [(CASH, 9_800)], return_change=True)

    assert testing.reason_of(refusal.value) == "TENDERS_UNBALANCED"
    assert pair.quote(bill_id).open_cents == 10_000
    pair.tolerate(0)
