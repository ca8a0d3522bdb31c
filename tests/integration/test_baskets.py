"""A basket from the counter to the ledger and back: quotes, flags, an advance, one receipt.

Cashiering and receivables run in this process on databases of their own, their API over the wire.
"""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import grpc
import pytest

from cashiering_service.bootstrap import SPEC as CASHIERING
from millage.cashiering.v1 import basket_payment_pb2 as pay
from millage.cashiering.v1 import basket_payment_pb2_grpc, basket_pb2_grpc, cashiering_pb2_grpc
from millage.cashiering.v1 import basket_pb2 as pb
from millage.cashiering.v1 import cashiering_pb2 as money
from millage.receivables.v1 import flags_pb2, flags_pb2_grpc
from millage.receivables.v1 import receivables_pb2 as ledger_pb
from millage.receivables.v1 import receivables_pb2_grpc as ledger_stubs
from receivables_service import api as receivables_api
from receivables_service.bootstrap import SPEC as RECEIVABLES
from taxkit import auth, ids, testing
from taxkit.app import App
from taxkit.clock import FixedClock

JURISDICTIONS = str(Path(__file__).parents[2] / "jurisdictions")
# In the second month after the due date: three percent of interest.
NOW = datetime(2022, 4, 15, 18, tzinfo=UTC)
DAY = "2022-04-15"
PARCEL = "13264290020000"
TO_LEDGER = {"PaymentPosted": "on_payment_posted"}
TO_COUNTER = {
    "BalanceChanged": "on_balance_changed",
    "FlagChanged": "on_flag_changed",
    "SurplusChanged": "on_surplus_changed",
}


@dataclass
class County:
    """A counter and a ledger that hear each other's news."""

    cashiering: App
    receivables: App
    channel: grpc.Channel
    ledger: grpc.Channel
    metadata: Any
    told_here: int = 0
    told_there: int = 0

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

    def pass_on(self) -> None:
        news = testing.emitted(self.cashiering)[self.told_here :]
        self.told_here += len(news)
        _absorb(self.receivables, news, TO_LEDGER)
        news = testing.emitted(self.receivables)[self.told_there :]
        self.told_there += len(news)
        _absorb(self.cashiering, news, TO_COUNTER)
        assert testing.parked(self.receivables) == testing.parked(self.cashiering) == []

    def issue(self, cents: int) -> None:
        bill_id = ids.new_id()
        data = {
            "bill_id": str(bill_id),
            "bill_number": f"2021-{PARCEL}",
            "bill_version": 1,
            "parcel_number": PARCEL,
            "tax_year": 2021,
            "owner": {"name": "Dolores Park", "email": None},
            "total_cents": cents,
            "installments": [{"installment": 1, "due_on": "2022-03-01", "amount_cents": cents}],
        }
        body = testing.foreign_event("org.millage.levy.BillCreated.v1", f"bill/{bill_id}", data)
        self.receivables.consumer.absorb("on_bill_created", [body])
        self.pass_on()


def _absorb(app: App, news: list[dict[str, Any]], methods: dict[str, str]) -> None:
    for event in news:
        method = methods.get(event["type"].split(".")[-2])
        if method:
            app.consumer.absorb(method, [json.dumps(event)])


@pytest.fixture
def county(postgres_admin_url: str) -> Iterator[County]:
    keys = testing.make_keys()
    metadata = testing.bearer(keys.token("cashiering.*", "receivables.*", user="cashier"))
    with ExitStack() as opened:

        def start(spec: Any, **settings: str) -> App:
            url = opened.enter_context(testing.fresh_database(postgres_admin_url, spec.name))
            given = {"MILLAGE_JURISDICTIONS_DIR": JURISDICTIONS, **settings}
            return opened.enter_context(testing.application(spec, url, FixedClock(NOW), **given))

        ledger = start(RECEIVABLES)
        settings = testing.replace_setting(ledger.settings, grpc_listen="127.0.0.1:0")
        verifier = auth.TokenVerifier(keys.public_pem)
        port = opened.enter_context(
            testing.serving(settings, verifier, receivables_api.servicers(ledger))
        )
        counter = start(CASHIERING, MILLAGE_RECEIVABLES_ADDR=f"127.0.0.1:{port}")
        channel = opened.enter_context(testing.server(CASHIERING, counter, keys))
        ledger_channel = opened.enter_context(grpc.insecure_channel(f"127.0.0.1:{port}"))
        yield County(counter, ledger, channel, ledger_channel, metadata)


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
    ledger = ledger_stubs.ReceivablesServiceStub(county.ledger)
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
    flags = flags_pb2_grpc.FlagServiceStub(county.ledger)
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
