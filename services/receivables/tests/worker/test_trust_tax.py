"""LEVY-021, RECV-069: levy is told of a trust-tax bill that is paid in full, however it came."""

import json
from datetime import date
from itertools import permutations

import pytest

from taxkit.ids import new_id
from taxkit.testing import parked

IMPORTS = ["lockbox", "csv", "lender", "web", "ivr", "wire", "dmv"]


@pytest.fixture
def issue(app, neighbours):
    def tell(bill_class="trust_tax"):
        bill = new_id()
        body = neighbours.bill_created(bill, bill_class=bill_class)
        app.consumer.absorb("on_bill_created", [body])
        return bill

    return tell


def posted(neighbours, bill, cents, source, receipt=None):
    body = neighbours.payment_posted(receipt or new_id(), neighbours.line(1, cents, bill))
    envelope = json.loads(body)
    envelope["data"]["source"] = source
    return json.dumps(envelope)


def settled(ledger):
    return [
        (one["data"]["settled"], one["data"]["source"])
        for one in ledger.told("TrustTaxBillSettled")
    ]


@pytest.mark.parametrize("source", IMPORTS)
def test_recv_069_any_import_that_settles_the_bill_is_told(app, issue, neighbours, ledger, source):
    """RECV-069: once, in the bill's own stream, with the receipt it came by."""
    bill = issue()
    body = posted(neighbours, bill, 180_000, source)
    app.consumer.absorb("on_payment_posted", [body])
    app.consumer.absorb("on_payment_posted", [body])
    assert settled(ledger) == [(True, source)]
    (told,) = ledger.told("TrustTaxBillSettled")
    assert told["data"]["receipt_id"] == json.loads(body)["data"]["receipt_id"]
    assert told["subject"] == f"bill/{bill}"
    assert parked(app) == []


@pytest.mark.parametrize(
    ("bill_class", "cents", "source"),
    [
        ("trust_tax", 179_999, "lockbox"),
        ("trust_tax", 179_999, "counter"),
        ("", 180_000, "counter"),
        ("", 180_000, "lockbox"),
        ("unsecured", 180_000, "lockbox"),
    ],
)
def test_recv_069_nothing_else_is_told(app, issue, neighbours, ledger, bill_class, cents, source):
    """LEVY-021, RECV-069: not a part, not another class of bills."""
    body = posted(neighbours, issue(bill_class), cents, source)
    app.consumer.absorb("on_payment_posted", [body])
    assert (settled(ledger), parked(app)) == ([], [])


@pytest.mark.parametrize("source", ["counter", "mail", "misc"])
def test_levy_021_so_is_one_that_is_paid_at_a_window(app, issue, neighbours, ledger, source):
    """LEVY-021: full payment counts wherever the money is taken."""
    body = posted(neighbours, issue(), 180_000, source)
    app.consumer.absorb("on_payment_posted", [body])
    assert (settled(ledger), parked(app)) == ([(True, source)], [])


def test_levy_021_a_correction_down_to_what_was_paid_settles_and_one_up_opens(
    app, issue, neighbours, ledger
):
    """LEVY-021: the money that is there counts, whatever changed the bill; told once a change."""
    bill, receipt = issue(), new_id()
    body = posted(neighbours, bill, 100_000, "counter", receipt)
    app.consumer.absorb("on_payment_posted", [body])
    for version, second, day in ((2, 0, "2022-02-11"), (3, 0, "2022-02-12"), (4, 50, "2022-02-13")):
        parts = [
            {"installment": 1, "due_on": "2022-03-01", "amount_cents": 100_000},
            {"installment": 2, "due_on": "2022-12-30", "amount_cents": second},
        ]
        body = neighbours.bill_corrected(bill, version, parts, date.fromisoformat(day))
        app.consumer.absorb("on_bill_corrected", [body])
    assert settled(ledger) == [(True, "counter"), (False, "")]
    named = [one["data"]["receipt_id"] for one in ledger.told("TrustTaxBillSettled")]
    assert (named, parked(app)) == ([str(receipt)] * 2, [])


def test_levy_021_a_bill_corrected_to_nothing_that_nobody_paid_is_not_paid(
    app, issue, neighbours, ledger
):
    """LEVY-021: its return was not paid, it was filed too high."""
    bill = issue()
    parts = [
        {"installment": 1, "due_on": "2022-03-01", "amount_cents": 0},
        {"installment": 2, "due_on": "2022-12-30", "amount_cents": 0},
    ]
    body = neighbours.bill_corrected(bill, 2, parts, date(2022, 2, 11))
    app.consumer.absorb("on_bill_corrected", [body])
    assert (settled(ledger), parked(app)) == ([], [])


def test_recv_069_the_import_that_pays_the_rest_settles_the_bill(app, issue, neighbours, ledger):
    """RECV-069: part at the counter, the rest by lockbox; two lines of a batch tell once."""
    bill = issue()
    app.consumer.absorb(
        "on_payment_posted",
        [posted(neighbours, bill, 100_000, "counter"), posted(neighbours, bill, 80_000, "lockbox")],
    )
    assert settled(ledger) == [(True, "lockbox")]


def test_recv_069_a_settling_payment_that_is_taken_back_is_told_too(app, issue, neighbours, ledger):
    """RECV-069: the return is only filed again."""
    bill, receipt = issue(), new_id()
    app.consumer.absorb("on_payment_posted", [posted(neighbours, bill, 180_000, "web", receipt)])
    line = neighbours.line(1, 180_000, bill)
    app.consumer.absorb("on_payment_reversed", [neighbours.payment_reversed(receipt, line)])
    assert settled(ledger) == [(True, "web"), (False, "")]
    sequences = [one["sequence"] for one in ledger.told("TrustTaxBillSettled")]
    assert sequences == sorted(sequences)


def test_recv_069_money_that_overtakes_its_bill_settles_it_when_it_comes(app, neighbours, ledger):
    """RECV-069: either order of arrival tells the same."""
    for order in permutations((0, 1)):
        bill = new_id()
        events = [
            ("on_bill_created", neighbours.bill_created(bill, bill_class="trust_tax")),
            ("on_payment_posted", posted(neighbours, bill, 180_000, "lockbox")),
        ]
        for place in order:
            method, body = events[place]
            app.consumer.absorb(method, [body])
    assert settled(ledger) == [(True, "lockbox"), (True, "lockbox")]
    assert parked(app) == []
