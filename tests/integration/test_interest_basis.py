"""RECV-014 and CASH-028 to CASH-030: the basket's basis is the one the ledger counts on."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import grpc
import pytest
from desks import JURISDICTIONS, PARCEL, Desks

from millage.cashiering.v1 import basket_payment_pb2 as pay
from millage.cashiering.v1 import basket_payment_pb2_grpc as pay_stubs
from millage.cashiering.v1 import basket_pb2, basket_pb2_grpc
from millage.cashiering.v1 import cashiering_pb2 as pb
from millage.cashiering.v1 import cashiering_pb2_grpc as stubs
from taxkit import ids, testing

# The second month after the first due date; the second installment is due in December.
NOW, DAY = datetime(2022, 4, 15, 18, tzinfo=UTC), "2022-04-15"
FULL = """offered: true
      standard: installment
      full: {monthly_rate: "0.005", start: due, months: begun, base: unpaid_tax,
             rounding: half_up}"""


@pytest.fixture
def desks(postgres_admin_url: str, tmp_path: Path) -> Iterator[Desks]:
    """No state's law: 1.5% of an installment a month, or 0.5% of the whole bill."""
    pack = shutil.copytree(Path(JURISDICTIONS) / "us-il-cook", tmp_path / "us-il-cook")
    for name, before, after in (
        ("receivables.yaml", "offered: false", FULL),
        ("cashiering_baskets.yaml", "interest_display: none", "interest_display: installment"),
    ):
        text = (pack / name).read_text("utf-8")
        assert text.count(before) == 1
        (pack / name).write_text(text.replace(before, after), "utf-8")
    with Desks.opened(postgres_admin_url, NOW, str(tmp_path)) as made:
        yield made


class Window:
    def __init__(self, desks: Desks) -> None:
        self.desks = desks
        self.baskets = basket_pb2_grpc.BasketServiceStub(desks.channel)
        self.lines = pay_stubs.BasketPaymentServiceStub(desks.channel)
        self.till = stubs.CashieringServiceStub(desks.channel)

    def ask(self, call: Any, kind: Any, **given: Any) -> Any:
        request = kind(idempotency_key=str(ids.new_id()), **given)
        return call(request, metadata=self.desks.metadata)

    def load(self) -> basket_pb2.Basket:
        opened = self.ask(
            self.baskets.OpenBasket, basket_pb2.OpenBasketRequest, session_id=self.session_id
        )
        return self.ask(
            self.baskets.LoadBasket,
            basket_pb2.LoadBasketRequest,
            basket_id=opened.basket_id,
            service_type="tax",
            keys=basket_pb2.LookupKeys(parcel_number=PARCEL),
        )

    def open(self) -> None:
        self.session_id = self.ask(
            self.till.OpenSession, pb.OpenSessionRequest, till_code="T01", business_date=DAY
        ).session_id

    def switch(self, basket: basket_pb2.Basket, basis: pay.Basis.ValueType) -> basket_pb2.Basket:
        where = {"basket_id": basket.basket_id, "version": basket.version}
        return self.ask(self.lines.SwitchBasis, pay.SwitchBasisRequest, basis=basis, **where)

    def pay(self, basket: basket_pb2.Basket) -> None:
        tender = pb.Tender(tender_type=pb.TENDER_TYPE_CASH, amount_cents=basket.total_cents)
        where = {"basket_id": basket.basket_id, "version": basket.version}
        self.ask(self.lines.PostBasket, pay.PostBasketRequest, tenders=[tender], **where)
        self.desks.pass_on()


def _interest(basket: basket_pb2.Basket) -> list[int]:
    return [one.interest_open_cents for one in basket.lines[0].installments]


def test_recv_014_cash_028_the_switch_quotes_every_bill_on_the_other_basis(desks: Desks) -> None:
    """RECV-014, CASH-028: 3% of the first half, or 1% of both; back again it is as before."""
    desks.issue(100_000, 100_000)
    window = Window(desks)
    window.open()
    loaded = window.load()
    assert (loaded.lines[0].basis, _interest(loaded)) == ("installment", [3_000, 0])
    assert loaded.total_cents == 103_000

    full = window.switch(loaded, pay.BASIS_FULL)

    assert (full.lines[0].basis, _interest(full)) == ("full", [1_000, 1_000])
    assert full.total_cents == 202_000
    assert window.switch(full, pay.BASIS_INSTALLMENT).total_cents == 103_000


def test_recv_014_a_short_payment_on_the_full_basis_keeps_the_bill_on_it(desks: Desks) -> None:
    """RECV-014: what the line was quoted on is told, whatever of it was paid."""
    bill_id = desks.issue(100_000, 100_000)
    window = Window(desks)
    window.open()
    full = window.switch(window.load(), pay.BASIS_FULL)
    short = window.ask(
        window.lines.ChangeLine,
        pay.ChangeLineRequest,
        basket_id=full.basket_id,
        version=full.version,
        line_number=1,
        amount_cents=50_000,
    )
    window.pay(short)
    request = pb.QuoteRequest(bill_ids=[str(bill_id)], as_of=DAY)
    (due,) = window.till.Quote(request, metadata=desks.metadata).bills
    assert (due.interest_basis, due.open_cents) == ("full", 202_000 - 50_000)


@pytest.mark.parametrize(
    ("basis", "word", "left"),
    [("BASIS_INSTALLMENT", "installment", 100_000), ("BASIS_FULL", "full", 0)],
)
def test_recv_014_cash_030_what_was_paid_first_dictates_the_basis(
    desks: Desks, basis: str, word: str, left: int
) -> None:
    """RECV-014, CASH-030: paid as quoted, the ledger has the basket's basis, and keeps it."""
    bill_id = desks.issue(100_000, 100_000)
    window = Window(desks)
    window.open()
    window.pay(window.switch(window.load(), pay.Basis.Value(basis)))
    request = pb.QuoteRequest(bill_ids=[str(bill_id)], as_of=DAY)
    (due,) = window.till.Quote(request, metadata=desks.metadata).bills
    assert (due.interest_basis, due.interest_basis_fixed, due.open_cents) == (word, True, left)


def test_recv_014_cash_030_a_basis_that_is_fixed_is_not_switched(desks: Desks) -> None:
    """RECV-014, CASH-030: the next basket shows it, and refuses another for the line."""
    desks.issue(100_000, 100_000)
    window = Window(desks)
    window.open()
    window.pay(window.load())
    again = window.load()
    assert (again.lines[0].basis, again.lines[0].basis_dictated) == ("installment", True)
    with pytest.raises(grpc.RpcError) as refused:
        window.ask(
            window.lines.ChangeLine,
            pay.ChangeLineRequest,
            basket_id=again.basket_id,
            version=again.version,
            line_number=1,
            basis=pay.BASIS_FULL,
        )
    assert testing.reason_of(refused.value) == "BASIS_DICTATED"
