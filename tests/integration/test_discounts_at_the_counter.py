"""AC-12 at the counter: the discount is quoted, the line pays what settles, the ledger agrees."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from desks import JURISDICTIONS, PARCEL, Desks

from millage.cashiering.v1 import basket_payment_pb2 as pay
from millage.cashiering.v1 import basket_payment_pb2_grpc as pay_stubs
from millage.cashiering.v1 import basket_pb2, basket_pb2_grpc
from millage.cashiering.v1 import cashiering_pb2 as pb
from millage.cashiering.v1 import cashiering_pb2_grpc as stubs
from taxkit import ids

NOW, DAY = datetime(2022, 1, 15, 18, tzinfo=UTC), "2022-01-15"
LAW = """
discounts:
  keyed_by: tax_year
  terms:
    - from: 2015
      citation: "AC-12: the ordinance of a county that is nowhere"
      certainty: house rule
      programs:
        - code: early
          name: Early payment
          discount_type: early
          gl_account: "4190-EARLY"
          periods:
            - rate: "0.05"
              first: {month: 1, day: 1, years_after: 1}
              last: {month: 1, day: 31, years_after: 1}
"""


@pytest.fixture
def desks(postgres_admin_url: str, tmp_path: Path) -> Iterator[Desks]:
    """Both services, in a county that lets 5% off until the end of January."""
    pack = shutil.copytree(Path(JURISDICTIONS) / "us-il-cook", tmp_path / "us-il-cook")
    (pack / "discounts.yaml").write_text(LAW, "utf-8")
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
        session_id = self.ask(
            self.till.OpenSession, pb.OpenSessionRequest, till_code="T01", business_date=DAY
        ).session_id
        opened = self.ask(
            self.baskets.OpenBasket, basket_pb2.OpenBasketRequest, session_id=session_id
        )
        return self.ask(
            self.baskets.LoadBasket,
            basket_pb2.LoadBasketRequest,
            basket_id=opened.basket_id,
            service_type="tax",
            keys=basket_pb2.LookupKeys(parcel_number=PARCEL),
        )

    def receipt(self, number: str) -> pb.Receipt:
        request = pb.GetReceiptRequest(receipt=number)
        return self.till.GetReceipt(request, metadata=self.desks.metadata)

    def post(self, basket: basket_pb2.Basket, kind: pb.TenderType.ValueType, cents: int) -> Any:
        tender = pb.Tender(tender_type=kind, amount_cents=cents, reference="1842")
        where = {"basket_id": basket.basket_id, "version": basket.version}
        done = self.ask(
            self.lines.PostBasket,
            pay.PostBasketRequest,
            tenders=[tender],
            allocate_tendered=False,
            **where,
        )
        number = done.receipt.receipt_number
        before = [each.state for each in self.receipt(number).discounts]
        self.desks.pass_on()
        after = [(each.state, each.amount_cents) for each in self.receipt(number).discounts]
        # RECV-032: the receipt promises nothing, and shows the discount once the ledger has told.
        assert (before, after) == (["expected"], [("granted", 15_000)])
        return done


def _accounts(desks: Desks) -> dict[str, int]:
    with desks.receivables.database.begin() as connection:
        rows = connection.exec_driver_sql(
            "select ledger_account, sum(amount_cents)::bigint from ledger_entries"
            " join postings using (posting_id) where kind = 'payment' group by 1"
        )
        return {row[0]: row[1] for row in rows}


def test_ac_12_cash_beyond_the_discounted_balance_is_change(desks: Desks) -> None:
    """CASH-025, CASH-043: 2,850 settles 3,000; of 2,875 in cash 25 are given back."""
    desks.issue(200_000, 100_000)
    window = Window(desks)
    basket = window.load()
    (line,) = basket.lines
    assert (line.open_cents, line.discount_cents, line.paying_cents) == (300_000, 15_000, 285_000)
    assert line.discount_until == "2022-01-31"
    assert basket.total_cents == 285_000

    window.post(basket, pb.TENDER_TYPE_CASH, 287_500)

    assert _accounts(desks) == {
        "cash_clearing": 285_000, "discount": 15_000, "taxes_receivable": -300_000,
    }  # fmt: skip


def test_ac_12_a_line_beyond_the_discounted_balance_leaves_a_surplus(desks: Desks) -> None:
    """CASH-041: 2,875 entered on the line: 2,850 are applied, 25 are held."""
    desks.issue(200_000, 100_000)
    window = Window(desks)
    basket = window.load()
    typed = window.ask(
        window.lines.ChangeLine,
        pay.ChangeLineRequest,
        basket_id=basket.basket_id,
        version=basket.version,
        line_number=1,
        amount_cents=287_500,
    )

    window.post(typed, pb.TENDER_TYPE_CHECK, 287_500)

    assert _accounts(desks) == {
        "cash_clearing": 287_500, "discount": 15_000, "surplus_liability": -2_500,
        "taxes_receivable": -300_000,
    }  # fmt: skip
