"""From the window to the ledger: mail, lines with dates of their own, and a service's own rule."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from desks import Desks

from millage.cashiering.v1 import cashiering_pb2 as pb
from millage.cashiering.v1 import cashiering_pb2_grpc as stubs
from millage.receivables.v1 import receivables_pb2 as ledger_pb
from millage.receivables.v1 import receivables_pb2_grpc as ledger_stubs
from taxkit import ids

# In the second month after the due date of March 1: three percent of interest.
NOW = datetime(2022, 4, 15, 18, tzinfo=UTC)
DAY = "2022-04-15"


class Window(Desks):
    """A till whose payments the ledger hears of."""

    session_id = ""

    def call(self, method: str, request: Any) -> Any:
        request.idempotency_key = str(ids.new_id())
        stub = stubs.CashieringServiceStub(self.channel)
        answer = getattr(stub, method)(request, metadata=self.metadata)
        self.pass_on()
        return answer

    def pay(self, *lines: pb.PaymentLine, **changes: Any) -> pb.Receipt:
        cents = sum(line.amount_cents for line in lines)
        tenders = [pb.Tender(tender_type=pb.TENDER_TYPE_CASH, amount_cents=cents)]
        return self.call(
            "PostPayment",
            pb.PostPaymentRequest(
                session_id=self.session_id, lines=lines, tenders=tenders, **changes
            ),
        )

    def rows(self, receipt: pb.Receipt, bill_id: UUID) -> list[tuple[str, int]]:
        """What a receipt paid on a bill: (charge type, cents)."""
        stub = ledger_stubs.ReceivablesServiceStub(self.ledger_channel)
        request = ledger_pb.GetAllocationsRequest(receipt_id=receipt.receipt_id)
        found = stub.GetAllocations(request, metadata=self.metadata).rows
        return [(row.charge_type, row.amount_cents) for row in found if row.bill_id == str(bill_id)]


@pytest.fixture(scope="module")
def window(postgres_admin_url: str) -> Iterator[Window]:
    with Window.opened(postgres_admin_url, NOW) as made:
        opened = pb.OpenSessionRequest(till_code="T01", business_date=DAY)
        made.session_id = made.call("OpenSession", opened).session_id
        yield made


def _line(bill_id: UUID, cents: int, **said: str) -> pb.PaymentLine:
    return pb.PaymentLine(bill_id=str(bill_id), bill_version=1, amount_cents=cents, **said)


def test_recv_023_mail_that_was_sent_in_time_bears_no_interest(window: Window) -> None:
    """AC-13 b in its principle: the postmark counts, not the day it was keyed in."""
    bill_id = window.issue(100_000)
    sent = {"source": "mail", "postmarked_on": "2022-03-01", "received_on": "2022-03-04"}
    receipt = window.pay(_line(bill_id, 100_000), **sent)

    assert receipt.effective_on == "2022-03-01"
    assert window.rows(receipt, bill_id) == [("tax", 100_000)]


def test_recv_023_mail_that_was_sent_late_bears_it(window: Window) -> None:
    """A day after the due date is the first month."""
    bill_id = window.issue(100_000)
    receipt = window.pay(_line(bill_id, 101_500), source="mail", postmarked_on="2022-03-02")

    assert window.rows(receipt, bill_id) == [("interest", 1_500), ("tax", 100_000)]


def test_cash_026_two_lines_of_a_receipt_count_from_their_own_days(window: Window) -> None:
    """One in time, one late; taken back, both are open as before."""
    early, late = window.issue(100_000), window.issue(100_000)
    receipt = window.pay(_line(early, 100_000, effective_on="2022-03-01"), _line(late, 103_000))

    assert window.rows(receipt, early) == [("tax", 100_000)]
    assert window.rows(receipt, late) == [("interest", 3_000), ("tax", 100_000)]
    reason = pb.ReversePaymentRequest(receipt_id=receipt.receipt_id, reason="wrong payer")
    window.call("ReversePayment", reason)
    stub = ledger_stubs.ReceivablesServiceStub(window.ledger_channel)
    for bill_id in (early, late):
        request = ledger_pb.GetBillRequest(bill_id=str(bill_id), as_of="2022-03-01")
        assert stub.GetBill(request, metadata=window.metadata).quote.open_cents == 100_000


def test_recv_011_a_services_own_rule_counts_where_none_is_named(window: Window) -> None:
    """The rule the ledger went by is the one its law gives the service."""
    bill_id = window.issue(100_000)
    receipt = window.pay(_line(bill_id, 50_000, service="tax_sale_buyer"))
    stub = ledger_stubs.ReceivablesServiceStub(window.ledger_channel)
    request = ledger_pb.GetAllocationsRequest(receipt_id=receipt.receipt_id)
    rules = {row.rule_id for row in stub.GetAllocations(request, metadata=window.metadata).rows}

    assert all(rule.endswith("/fees-first") for rule in rules)
    assert rules
