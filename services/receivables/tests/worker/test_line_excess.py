"""AC-2 d to g, the ledger's part: what a line brings beyond, or short of, what is due."""

import pytest

from taxkit.ids import new_id
from taxkit.testing import parked

# Of two halves of 500.00: what each installment gets, and what is held as surplus.
MATRIX = {
    "CASH-042, AC-2 f: above the due half, within the balance": (70_000, [50_000, 20_000], 0),
    "CASH-042: the whole balance": (100_000, [50_000, 50_000], 0),
    "CASH-041, AC-2 d: above the balance": (101_000, [50_000, 50_000], 1_000),
    "CASH-046, AC-2 g: less than is due": (30_000, [30_000, 0], 0),
}


@pytest.fixture
def halves(app, neighbours):
    """A bill of two halves, the first of which is due."""
    bill_id = new_id()
    created = neighbours.bill_created(bill_id, first_cents=50_000, second_cents=50_000)
    app.consumer.absorb("on_bill_created", [created])
    return bill_id


def paid(ledger, receipt):
    """What a receipt put on each installment, and what of it is surplus."""
    rows = ledger.rows(
        "select coalesce(installment, 0), -sum(amount_cents)::bigint from ledger_entries"
        f" where receipt_id = '{receipt}' and ledger_account in ('taxes_receivable',"
        " 'surplus_liability') group by 1 order by 1"
    )
    found = dict(rows)
    return [found.get(1, 0), found.get(2, 0)], found.get(0, 0)


@pytest.mark.parametrize("case", MATRIX)
def test_ac_2_a_line_pays_later_installments_before_it_makes_surplus(
    app, neighbours, ledger, halves, case
):
    """CASH-042: within the balance nothing is surplus; above it only what is above."""
    cents, installments, surplus = MATRIX[case]
    receipt = new_id()
    body = neighbours.payment_posted(receipt, neighbours.line(1, cents, halves), day="2022-02-20")
    app.consumer.absorb("on_payment_posted", [body])

    assert parked(app) == []
    assert paid(ledger, receipt) == (installments, surplus)


def test_cash_045_surplus_of_a_line_stands_beside_change_of_its_tender(
    app, neighbours, ledger, halves
):
    """CASH-045, AC-2 e: 1,010.00 on the line, 1,020.00 in cash: 10.00 held, 10.00 handed back."""
    receipt = new_id()
    tenders = [{"tender_type": "cash", "amount_cents": 102_000, "reference": None}]
    line = neighbours.line(1, 101_000, halves)
    body = neighbours.payment_posted(receipt, line, day="2022-02-20", tenders=tenders)
    app.consumer.absorb("on_payment_posted", [body])

    assert parked(app) == []
    assert paid(ledger, receipt) == ([50_000, 50_000], 1_000)
    assert ledger.balance("cash_clearing") == 101_000
