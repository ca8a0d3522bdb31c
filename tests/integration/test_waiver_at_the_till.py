"""AC-3 and CASH-047 from the window to the ledger and back: what each service tells the other.

Both run in this process on databases of their own; the counter quotes over the wire.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import grpc
import pytest
from desks import JURISDICTIONS, PARCEL, Desks

from distribution_service.bootstrap import SPEC as DISTRIBUTION
from millage.cashiering.v1 import authority_pb2, authority_pb2_grpc, held_money_pb2
from millage.cashiering.v1 import cashiering_pb2 as pb
from millage.cashiering.v1 import cashiering_pb2_grpc as stubs
from millage.cashiering.v1 import held_money_pb2_grpc as held_stubs
from millage.receivables.v1 import bill_changes_pb2, bill_changes_pb2_grpc
from millage.receivables.v1 import receivables_pb2 as ledger_pb
from millage.receivables.v1 import receivables_pb2_grpc as ledger_stubs
from taxkit import ids, testing

# In the second month after the first due date: three percent of interest.
NOW = datetime(2022, 4, 15, 18, tzinfo=UTC)
DAY = "2022-04-15"


@dataclass
class Pair(Desks):
    """A till with a session, and the ledger behind it."""

    session_id: str = ""

    @property
    def counter(self) -> Any:
        return stubs.CashieringServiceStub(self.channel)

    def pay(self, line: pb.PaymentLine, *tenders: pb.Tender) -> pb.Receipt:
        receipt = self.counter.PostPayment(
            pb.PostPaymentRequest(
                idempotency_key=str(ids.new_id()),
                session_id=self.session_id,
                payer=pb.Payer(name="Dolores Park"),
                lines=[line],
                tenders=tenders,
            ),
            metadata=self.metadata,
        )
        self.pass_on()
        return receipt

    def reverse(self, receipt: pb.Receipt) -> None:
        self.counter.ReversePayment(
            pb.ReversePaymentRequest(
                idempotency_key=str(ids.new_id()), receipt_id=receipt.receipt_id, reason="asked to"
            ),
            metadata=self.metadata,
        )
        self.pass_on()

    def open_cents(self, bill_id: UUID) -> int:
        """What the counter quotes, from the ledger."""
        request = pb.QuoteRequest(bill_ids=[str(bill_id)], as_of=DAY)
        quote = self.counter.Quote(request, metadata=self.metadata)
        assert not quote.provisional
        return quote.open_cents

    def check_tie_out(self) -> None:
        drawers = self.counter.GetTotals(
            pb.GetTotalsRequest(business_date=DAY), metadata=self.metadata
        )
        books = ledger_stubs.ReceivablesServiceStub(self.ledger_channel).GetTotals(
            ledger_pb.GetTotalsRequest(business_date=DAY), metadata=self.metadata
        )
        held = books.allocated_cents + books.surplus_cents + books.suspense_cents
        assert drawers.received_cents == held


def _line(bill_id: UUID, cents: int, **changes: Any) -> pb.PaymentLine:
    return pb.PaymentLine(bill_id=str(bill_id), bill_version=1, amount_cents=cents, **changes)


def _cash(cents: int) -> pb.Tender:
    return pb.Tender(tender_type=pb.TENDER_TYPE_CASH, amount_cents=cents)


@pytest.fixture
def pair(postgres_admin_url: str) -> Iterator[Pair]:
    with Pair.opened(postgres_admin_url, NOW) as made:
        made.session_id = made.counter.OpenSession(
            pb.OpenSessionRequest(idempotency_key="o", till_code="T01", business_date=DAY),
            metadata=made.metadata,
        ).session_id
        yield made


def _limit_interest(pair: Pair, cents: int) -> None:
    authority_pb2_grpc.AuthorityServiceStub(pair.channel).SetLimits(
        authority_pb2.SetLimitsRequest(
            idempotency_key="l",
            cashier="cashier",
            effective_from=DAY,
            max_interest_waiver_cents=cents,
        ),
        metadata=pair.metadata,
    )


def test_ac_3_interest_waived_at_the_till_is_locked_until_it_is_unlocked(
    pair: Pair, postgres_admin_url: str
) -> None:
    """CASH-051: tax 1,000, interest 30; limit 30 for interest and nothing for penalty."""
    _limit_interest(pair, 3_000)
    bill_id = pair.issue(100_000)
    assert pair.open_cents(bill_id) == 103_000
    waive = {"allocation_rule": "tax-first", "waived": pb.Waived(interest_cents=3_000)}

    too_much = waive | {"waived": pb.Waived(penalty_cents=2_000)}
    with pytest.raises(grpc.RpcError) as refusal:
        pair.pay(_line(bill_id, 100_000, **too_much), _cash(100_000))
    assert testing.reason_of(refusal.value) == "LIMIT_EXCEEDED"

    receipt = pair.pay(_line(bill_id, 100_000, **waive), _cash(100_000))
    assert pair.open_cents(bill_id) == 0
    (waived,) = [
        event["data"]
        for event in testing.emitted(pair.receivables)
        if event["type"].endswith("PenaltyInterestWaived.v1")
    ]
    assert (waived["amount_cents"], waived["receipt_id"]) == (3_000, receipt.receipt_id)
    pair.check_tie_out()

    pair.reverse(receipt)
    assert pair.open_cents(bill_id) == 100_000

    bill_changes_pb2_grpc.BillChangesServiceStub(pair.ledger_channel).UnlockPenaltyInterest(
        bill_changes_pb2.UnlockPenaltyInterestRequest(
            idempotency_key="u", bill_id=str(bill_id), reason="waived by mistake"
        ),
        metadata=pair.metadata,
    )
    assert pair.open_cents(bill_id) == 103_000
    pair.check_tie_out()
    assert _in_the_books(pair, postgres_admin_url) == [3_000, -3_000]


def _in_the_books(pair: Pair, postgres_admin_url: str) -> list[int]:
    """What distribution enters of what the ledger told of waivers, in order (DIST-016)."""
    told = [
        json.dumps(event)
        for event in testing.emitted(pair.receivables)
        if event["type"].endswith("PenaltyInterestWaived.v1")
    ]
    law = {"MILLAGE_JURISDICTIONS_DIR": JURISDICTIONS}
    with (
        testing.fresh_database(postgres_admin_url, "distribution") as url,
        testing.application(DISTRIBUTION, url, **law) as books,
    ):
        books.consumer.absorb("on_penalty_interest_waived", [*told, *told])
        with books.database.begin() as connection:
            entries = "select amount_cents from waiver_entries order by sequence"
            return list(connection.exec_driver_sql(entries).scalars())


def test_cash_047_a_surplus_pays_another_bill_and_a_reversal_gives_it_back(pair: Pair) -> None:
    """CASH-047: what one bill had too much pays another; tills and ledger know the same."""
    first, second = pair.issue(100_000), pair.issue(50_000)
    pair.pay(_line(first, 123_000), _cash(123_000))
    held = held_stubs.HeldMoneyServiceStub(pair.channel)

    def listed() -> list[tuple[int, int]]:
        request = held_money_pb2.ListHeldMoneyRequest(parcel_number=PARCEL)
        items = held.ListHeldMoney(request, metadata=pair.metadata).items
        return [(item.open_cents, item.available_cents) for item in items]

    assert listed() == [(20_000, 20_000)]
    request = held_money_pb2.ListHeldMoneyRequest(parcel_number=PARCEL)
    (item,) = held.ListHeldMoney(request, metadata=pair.metadata).items
    tender = pb.Tender(
        tender_type=pb.TENDER_TYPE_SURPLUS, amount_cents=15_000, reference=item.reference
    )
    receipt = pair.pay(_line(second, 15_000), tender)

    assert listed() == [(5_000, 5_000)]
    assert pair.open_cents(second) == 51_500 - 15_000
    pair.check_tie_out()

    pair.reverse(receipt)
    assert listed() == [(20_000, 20_000)]
    assert pair.open_cents(second) == 51_500
    pair.check_tie_out()


def test_cash_052_hands_decide_where_the_ledger_puts_the_money(pair: Pair) -> None:
    """CASH-053, CASH-054: 500 for tax although 30 of interest come first by the statute."""
    bill_id = pair.issue(100_000)
    assert pair.open_cents(bill_id) == 103_000
    by_hand = [pb.AllocationRow(installment=1, charge_type="tax", amount_cents=50_000)]
    receipt = pair.pay(_line(bill_id, 50_000, allocation=by_hand), _cash(50_000))

    request = ledger_pb.GetAllocationsRequest(receipt_id=receipt.receipt_id)
    ledger = ledger_stubs.ReceivablesServiceStub(pair.ledger_channel)
    rows = ledger.GetAllocations(request, metadata=pair.metadata).rows
    assert [(row.charge_type, row.amount_cents) for row in rows] == [("tax", 50_000)]
    pair.check_tie_out()


def test_cash_052_a_rule_chosen_at_the_till_is_the_ledgers(pair: Pair) -> None:
    """The codes of both packs are the same: tax-first leaves the interest open."""
    bill_id = pair.issue(100_000)
    receipt = pair.pay(_line(bill_id, 50_000, allocation_rule="tax-first"), _cash(50_000))

    request = ledger_pb.GetAllocationsRequest(receipt_id=receipt.receipt_id)
    ledger = ledger_stubs.ReceivablesServiceStub(pair.ledger_channel)
    rows = ledger.GetAllocations(request, metadata=pair.metadata).rows
    assert [(row.charge_type, row.amount_cents) for row in rows] == [("tax", 50_000)]
    pair.check_tie_out()
