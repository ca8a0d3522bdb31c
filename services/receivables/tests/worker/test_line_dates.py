"""CASH-026: a line of a receipt with a date of its own bears what accrued by that date."""

from taxkit.ids import new_id


def _posted(neighbours, receipt, bill, day, **line):
    told = {**neighbours.line(1, 103_000, bill), **line}
    return neighbours.payment_posted(receipt, told, day=day)


def _effective(ledger):
    return [
        str(on) for (on,) in ledger.rows("select effective_on from postings where kind = 'payment'")
    ]


def test_cash_026_a_lines_own_date_decides_what_it_bears(app, bill, neighbours, ledger):
    """Paid before it was due though the receipt is of April: no interest, more tax."""
    timely = _posted(neighbours, new_id(), bill, "2022-04-20", effective_on="2022-03-01")
    app.consumer.absorb("on_payment_posted", [timely])

    assert ledger.balance("interest_income") == 0
    assert ledger.balance("taxes_receivable") == 180_000 - 103_000
    assert _effective(ledger) == ["2022-03-01"]


def test_cash_026_without_one_the_receipts_date_counts(app, bill, neighbours, ledger):
    """As it always did: messages from before name no date for a line."""
    late = _posted(neighbours, new_id(), bill, "2022-04-20", effective_on=None)
    app.consumer.absorb("on_payment_posted", [late])

    assert ledger.balance("interest_income") == -3_000
    assert _effective(ledger) == ["2022-04-20"]


def test_cash_026_a_reversal_takes_such_a_line_back(app, bill, neighbours, ledger):
    """Whatever the dates: everything is open again, and nothing accrued by it."""
    receipt = new_id()
    line = {**neighbours.line(1, 103_000, bill), "effective_on": "2022-03-01"}
    posted = neighbours.payment_posted(receipt, line, day="2022-02-20")
    taken_back = neighbours.payment_reversed(receipt, line, day="2022-02-20")
    app.consumer.absorb("on_payment_posted", [posted])
    app.consumer.absorb("on_payment_reversed", [taken_back])

    assert ledger.balance("taxes_receivable") == 180_000
    assert ledger.balance("cash_clearing") == 0
