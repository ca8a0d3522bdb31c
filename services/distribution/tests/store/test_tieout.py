"""The shares' leg of the tie-out is measured at one moment, and says whose money all of it is."""

import pytest

from distribution_service import fund_entries, queries, tieout
from taxkit import metrics
from taxkit.ids import new_id


def money(state: str) -> int:
    return int(metrics.MONEY_CENTS.labels(state)._value.get())


@pytest.fixture
def pay(app, neighbours):
    """Let a payment of a bill come in, from its posting to its shares."""
    bills = []

    def one(cents: int = 1_000) -> None:
        bill, receipt = new_id(), new_id()
        bills.append(bill)
        posted = neighbours.payment_posted(receipt, cents, session_id=new_id())
        neighbours.absorb(app, "on_bill_created", neighbours.bill_created(bill))
        neighbours.absorb(app, "on_payment_posted", posted)
        allocated = neighbours.allocated(bill, 2, (receipt, "tax", cents))
        neighbours.absorb(app, "on_payment_allocated", allocated)

    return one


def test_what_comes_in_while_it_is_measured_is_no_difference(app, pay, monkeypatch):
    """Under a stream of payments every look would find one, and the alarm would ring."""
    pay()
    totals = queries.totals

    def and_another(connection, day):
        found = totals(connection, day)
        pay()
        return found

    monkeypatch.setattr(queries, "totals", and_another)
    tieout.measure(app)

    assert metrics.TIEOUT_DIFFERENCE_CENTS.labels("shares")._value.get() == 0
    assert (money("received"), money("shared")) == (1_000, 1_000)


def test_what_is_booked_to_funds_is_not_undistributed(app, pay, neighbours):
    """The gauges say what GetTotals says."""
    pay(700)
    line = {
        "line_number": 1, "kind": "misc", "parcel_number": "", "tax_year": None,
        "amount_cents": 250, "source_code": "COPIES", "credit_fund": "001",
        "credit_account": "4400",
    }  # fmt: skip
    receipt, session = new_id(), new_id()
    posted = neighbours.payment_posted(receipt, 300, session_id=session, lines=[line])
    neighbours.absorb(app, "on_payment_posted", posted)
    neighbours.absorb(app, "on_session_closed", neighbours.session_closed(session, 300))
    neighbours.absorb(app, "on_deposit_made", neighbours.deposit_made(session))
    tieout.measure(app)

    with app.database.begin() as connection:
        assert fund_entries.of_receipt(connection, receipt) == 250
    assert [money(state) for state in ("received", "shared", "in_funds", "undistributed")] == [
        1_000, 700, 250, 50,
    ]  # fmt: skip
    assert money("releasable") == 250
