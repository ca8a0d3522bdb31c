"""A basket from the counter to the ledger and back: quotes, flags, an advance, one receipt.

Cashiering and receivables run in this process on databases of their own, their API over the wire.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import grpc
import pytest
from desks import PARCEL, Desks

from millage.cashiering.v1 import basket_payment_pb2 as pay
from millage.cashiering.v1 import basket_payment_pb2_grpc, basket_pb2_grpc, cashiering_pb2_grpc
from millage.cashiering.v1 import basket_pb2 as pb
from millage.cashiering.v1 import cashiering_pb2 as money
from millage.receivables.v1 import flags_pb2, flags_pb2_grpc
from millage.receivables.v1 import receivables_pb2 as ledger_pb
from millage.receivables.v1 import receivables_pb2_grpc as ledger_stubs
from taxkit import ids, testing

# In the second month after the due date: three percent of interest.
NOW = datetime(2022, 4, 15, 18, tzinfo=UTC)
DAY = "2022-04-15"


class County(Desks):
    """A counter and a ledger that hear each other's news."""

    def ask(self, stub: Any, method: str, request: Any) -> Any:
        """Call a method, under a key of its own where it takes one."""
        if "idempotency_key" in request.DESCRIPTOR.fields_by_name:
            request.idempotency_key = str(ids.new_id())
        answer = getattr(stub, method)(request, metadata=self.metadata)
        self.pass_on()
        return answer

    def basket(self, method: str, request: Any) -> pb.Basket:
        return self.ask(basket_pb2_grpc.BasketServiceStub(self.channel), method, request)

    def payment(self, method: str, request: Any) -> Any:
        stub = basket_payment_pb2_grpc.BasketPaymentServiceStub(self.channel)
        return self.ask(stub, method, request)


@pytest.fixture
def county(postgres_admin_url: str) -> Iterator[County]:
    with County.opened(postgres_admin_url, NOW) as opened:
        yield opened


@pytest.fixture
def basket(county: County) -> pb.Basket:
    """A bill of 1,000.00 that is six weeks late, in a basket."""
    county.issue(100_000)
    stub = cashiering_pb2_grpc.CashieringServiceStub(county.channel)
    session = county.ask(
        stub, "OpenSession", money.OpenSessionRequest(till_code="T01", business_date=DAY)
    )
    opened = county.basket("OpenBasket", pb.OpenBasketRequest(session_id=session.session_id))
    return county.basket(
        "LoadBasket",
        pb.LoadBasketRequest(basket_id=opened.basket_id, keys=pb.LookupKeys(parcel_number=PARCEL)),
    )


def test_cash_026_a_line_is_quoted_by_the_ledger_as_of_its_date(county, basket) -> None:
    """Interest with it at the counter's date, none at a date before the due date."""
    request = pay.ChangeLineRequest(
        basket_id=basket.basket_id,
        version=basket.version,
        line_number=1,
        effective_on="2022-03-01",
    )
    moved = county.payment("ChangeLine", request)

    assert not basket.lines[0].provisional
    assert (basket.total_cents, basket.lines[0].interest_cents) == (103_000, 3_000)
    assert (moved.total_cents, moved.lines[0].interest_cents) == (100_000, 0)


def test_cash_069_a_basket_pays_a_bill_and_leaves_an_advance(county, basket) -> None:
    """One receipt; the ledger closes the bill, holds the advance, and ties out to the drawer."""
    keys = pb.LookupKeys(
        advance_type="regular", parcel_number=PARCEL, tax_year=2022, amount_cents=5_000
    )
    both = county.basket(
        "LoadBasket",
        pb.LoadBasketRequest(basket_id=basket.basket_id, service_type="advance", keys=keys),
    )
    tender = money.Tender(tender_type=money.TENDER_TYPE_CASH, amount_cents=108_000)
    posted = county.payment(
        "PostBasket",
        pay.PostBasketRequest(basket_id=both.basket_id, version=both.version, tenders=[tender]),
    )
    ledger = ledger_stubs.ReceivablesServiceStub(county.ledger_channel)
    quote = county.ask(ledger, "Quote", ledger_pb.QuoteRequest(parcel_number=PARCEL, as_of=DAY))
    books = county.ask(ledger, "GetTotals", ledger_pb.GetTotalsRequest(business_date=DAY))
    held = [
        event["data"]
        for event in testing.emitted(county.receivables)
        if event["type"].endswith("SurplusChanged.v1")
    ]

    assert [bill.open_cents for bill in quote.bills] == [0]
    assert [(one["category"], one["open_cents"]) for one in held] == [("advance", 5_000)]
    assert books.allocated_cents + books.surplus_cents + books.suspense_cents == 108_000
    assert posted.basket.state == pb.BASKET_STATE_POSTED


def test_cash_023_a_flag_set_in_the_ledger_stops_the_counter(county, basket) -> None:
    """The clerk sees it on the basket, and nothing is posted; lifted, it is."""
    flags = flags_pb2_grpc.FlagServiceStub(county.ledger_channel)
    which = {"subject_kind": "parcel", "subject": PARCEL, "flag": "dnap"}
    county.ask(flags, "SetFlag", flags_pb2.SetFlagRequest(reason="sheriff", **which))
    tender = money.Tender(tender_type=money.TENDER_TYPE_CASH, amount_cents=103_000)
    request = pay.PostBasketRequest(
        basket_id=basket.basket_id, version=basket.version, tenders=[tender]
    )
    with pytest.raises(grpc.RpcError) as refusal:
        county.payment("PostBasket", request)
    county.ask(flags, "LiftFlag", flags_pb2.LiftFlagRequest(reason="settled", **which))

    assert testing.reason_of(refusal.value) == "FLAG_DNAP"
    assert county.payment("PostBasket", request).receipt.total_cents == 103_000
