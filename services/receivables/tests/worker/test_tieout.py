"""The tie-out's ledger: every cent that was told of is posted, or the gauge says how many not."""

import pytest

from receivables_service.reports import tieout
from taxkit import metrics, testing
from taxkit.ids import new_id


@pytest.fixture
def difference(app):
    def measured() -> float:
        tieout.measure(app)
        return metrics.TIEOUT_DIFFERENCE_CENTS.labels("ledger")._value.get()

    return measured


def test_whatever_becomes_of_money_the_ledger_has_it(app, neighbours, bill, difference):
    """Applied, surplus, suspense, reversed, and reversed before it came."""
    assert difference() == 0
    one, two, three, early = new_id(), new_id(), new_id(), new_id()
    line, much, none = (
        neighbours.line(1, 5_000, bill),
        neighbours.line(1, 500_000, bill),
        neighbours.line(1, 700),
    )
    app.consumer.absorb(
        "on_payment_posted",
        [
            neighbours.payment_posted(one, line),
            neighbours.payment_posted(two, much),
            neighbours.payment_posted(three, none),
        ],
    )
    assert difference() == 0
    app.consumer.absorb("on_payment_reversed", [neighbours.payment_reversed(two, much)])
    app.consumer.absorb("on_payment_reversed", [neighbours.payment_reversed(early, line)])
    assert difference() == 0
    app.consumer.absorb("on_payment_posted", [neighbours.payment_posted(early, line)])

    assert difference() == 0
    assert testing.parked(app) == []


def test_a_cent_that_is_told_and_not_posted_is_seen(app, neighbours, bill, difference):
    """Whoever puts a fact beside the ledger, past every command."""
    app.consumer.absorb(
        "on_payment_posted", [neighbours.payment_posted(new_id(), neighbours.line(1, 500, bill))]
    )
    with app.database.begin() as connection:
        connection.exec_driver_sql(
            "insert into facts (fact_id, kind, bill_id, receipt_id, line_number, business_date,"
            " effective_on, recorded_at, amount_cents) select %s, kind, bill_id, %s, 1,"
            " business_date, effective_on, recorded_at, 77 from facts where kind = 'payment'",
            (new_id(), new_id()),
        )

    assert difference() == 77
