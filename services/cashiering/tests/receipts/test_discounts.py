"""RECV-032 on paper: a receipt shows its discount, before and after the ledger has judged."""

from datetime import date

import pytest
from sqlalchemy.exc import DBAPIError

from cashiering_service.receipts import discount_quotes
from millage.cashiering.v1 import cashiering_pb2 as pb
from taxkit import ids, testing

DAY = "2022-12-15"


class Ledger:
    """Receivables, as it tells of one receipt's discounts."""

    def __init__(self, app, counter, receipt: pb.Receipt) -> None:
        self.app, self.counter, self.receipt = app, counter, receipt
        self.grant_id, self.payment_id = str(ids.new_id()), str(ids.new_id())

    def _tell(self, name: str, method: str, **more) -> None:
        line = self.receipt.lines[0]
        data = {
            "grant_id": self.grant_id,
            "posting_id": str(ids.new_id()),
            "receipt_id": self.receipt.receipt_id,
            "payment_id": self.payment_id,
            "bill_id": line.bill_id,
            "bill_number": line.bill_number,
            "business_date": DAY,
            **more,
        }
        body = testing.foreign_event(
            f"org.millage.receivables.{name}.v1", f"bill/{line.bill_id}", data
        )
        self.app.consumer.absorb(method, [body, body])

    def applies(self, cents: int = 500) -> None:
        given = {"program": "early", "rate": "0.05", "amount_cents": cents}
        self._tell("DiscountApplied", "on_discount_applied", **given)

    def takes_back(self, cents: int = 500) -> None:
        given = {"program": "early", "rate": "0.05", "amount_cents": cents}
        self._tell("DiscountReversed", "on_discount_reversed", **given)

    def says(self, state: str, reason: str, cents: int = 0) -> None:
        one = {"program": "early", "discount_type": "early", "rate": "0.05", "said": reason}
        one |= {"state": state, "reason": reason, "amount_cents": cents}
        self._tell("DiscountNotGranted", "on_discount_not_granted", programs=[one])

    def shown(self) -> list[tuple[str, int, str]]:
        request = pb.GetReceiptRequest(receipt=self.receipt.receipt_number)
        found = self.counter.stub.GetReceipt(request, metadata=self.counter.metadata)
        return [(each.state, each.amount_cents, each.text) for each in found.discounts]


@pytest.fixture
def quoted(app, counter, session) -> pb.Receipt:
    """A receipt that settles what was quoted for its bill with a discount of 5.00."""
    due = pb.BillDue(
        bill_id=str(counter.bill[0]),
        discount_cents=500,
        settles_cents=9_500,
        discount_programs=["early"],
    )
    for _ in range(2):
        discount_quotes.keep(app.database, [due], date.fromisoformat(DAY), provisional=False)
    return counter.pay(session.session_id, 9_500)


def _printed(receipts, receipt: pb.Receipt) -> list[tuple[str, int | None]]:
    rows = receipts.rows("receipt", receipt_number=receipt.receipt_number)
    return [(row["detail"], row["amount_cents"]) for row in rows if row["part"] == "Discount"]


def test_recv_032_before_the_ledger_has_judged_it_is_subject_to_that(
    app, counter, receipts, quoted
) -> None:
    """Quoted at 95.00 with 5.00 off: the receipt says so and promises nothing."""
    said = "early: subject to the check of the account"
    assert Ledger(app, counter, quoted).shown() == [("expected", 500, said)]
    assert _printed(receipts, quoted) == [(said, 500)]


def test_ac_12_the_receipt_shows_the_discount_once_it_was_told(
    app, counter, receipts, quoted
) -> None:
    """JSON, paper and reprint; the first print stays what it was."""
    ledger = Ledger(app, counter, quoted)
    before = receipts.run("receipt", receipt_number=quoted.receipt_number)
    first = receipts.read(before.run_id)
    ledger.applies()
    assert ledger.shown() == [("granted", 500, "early 5%: taken off the bill")]
    assert _printed(receipts, quoted) == [("early 5%: taken off the bill", 500)]
    assert receipts.read(before.run_id) == first
    assert receipts.read(before.run_id, "pdf")
    (view,) = receipts.view(quoted.receipt_number).receipt.discounts
    assert (view.bill_number, view.program, view.rate) == ("2021-13264290020000", "early", "0.05")


def test_recv_030_one_taken_back_is_owed_again_on_the_reprint(app, counter, receipts, quoted):
    """Told in the other order, it comes out the same."""
    ledger = Ledger(app, counter, quoted)
    ledger.takes_back()
    ledger.applies()
    assert ledger.shown() == [("taken_back", 0, "early 5%: taken back, owed again")]
    assert _printed(receipts, quoted) == [("early 5%: taken back, owed again", None)]


@pytest.mark.parametrize(
    ("state", "reason", "cents", "said"),
    [
        ("refused", "prior_years", 0, "early 5%: not granted, an earlier year is unpaid"),
        ("pending", "approval", 500, "early 5%: subject to a second person's approval"),
    ],
)
def test_recv_028_why_it_was_not_granted_is_said_until_it_is(
    app, counter, receipts, quoted, state, reason, cents, said
) -> None:
    """AC-13 d: the reason instead of the expectation; a grant that comes later takes its place."""
    ledger = Ledger(app, counter, quoted)
    ledger.says(state, reason, cents)
    assert ledger.shown() == [(state, cents, said)]
    assert _printed(receipts, quoted) == [(said, cents or None)]
    ledger.applies()
    assert [one for one, *_ in ledger.shown()] == ["granted"]


def test_what_was_paid_short_of_the_quote_expects_nothing(app, counter, session, quoted) -> None:
    """Nor does a receipt that was taken back."""
    short = counter.pay(session.session_id, 9_000)
    assert Ledger(app, counter, short).shown() == []
    counter.reverse(quoted.receipt_id)
    assert Ledger(app, counter, quoted).shown() == []


@pytest.mark.parametrize("table", ["discount_quotes", "receipt_discounts", "discount_refusals"])
@pytest.mark.parametrize("change", ["update {} set bill_id = bill_id", "delete from {}"])
def test_what_was_told_of_discounts_cannot_be_changed(app, quoted, table, change) -> None:
    with (
        pytest.raises(DBAPIError, match="append-only"),
        app.database.begin() as connection,
    ):
        connection.exec_driver_sql(change.format(table))
