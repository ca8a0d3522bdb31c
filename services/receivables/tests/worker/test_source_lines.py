"""CASH-077: money for miscellaneous sources is for their funds, and never the ledger's."""

from taxkit.ids import new_id
from taxkit.testing import parked


def _misc(neighbours, number: int, cents: int):
    return neighbours.line(number, cents) | {
        "kind": "misc",
        "suspense_reason": None,
        "source_code": "DOGS",
        "fields": {"dog": "Rex"},
    }


def test_cash_077_of_a_mixed_receipt_only_the_bill_is_posted(app, bill, neighbours, ledger):
    """The source's line leaves no trace, forth or back."""
    receipt = new_id()
    lines = (_misc(neighbours, 1, 1_500), neighbours.line(2, 60_000, bill))
    app.consumer.absorb("on_payment_posted", [neighbours.payment_posted(receipt, *lines)])
    (allocated,) = ledger.told("PaymentAllocated")
    assert sum(row["amount_cents"] for row in allocated["data"]["rows"]) == 60_000

    app.consumer.absorb("on_payment_reversed", [neighbours.payment_reversed(receipt, *lines)])
    found = ledger.rows(
        "select coalesce(sum(amount_cents), 0)::bigint from ledger_entries"
        " where ledger_account = 'cash_clearing'"
    )
    assert found == [(0,)]
    assert parked(app) == []


def test_cash_077_a_receipt_for_sources_alone_posts_nothing(app, neighbours, ledger):
    """And is not parked for it."""
    receipt, line = new_id(), _misc(neighbours, 1, 1_500)
    app.consumer.absorb("on_payment_posted", [neighbours.payment_posted(receipt, line)])
    app.consumer.absorb("on_payment_reversed", [neighbours.payment_reversed(receipt, line)])

    assert ledger.rows("select count(*) from postings") == [(0,)]
    assert parked(app) == []
