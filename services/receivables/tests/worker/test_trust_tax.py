"""RECV-069: levy is told of a trust-tax bill that an import pays in full."""

import json
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
        ("trust_tax", 180_000, "counter"),
        ("trust_tax", 180_000, "mail"),
        ("trust_tax", 179_999, "lockbox"),
        ("", 180_000, "lockbox"),
        ("unsecured", 180_000, "lockbox"),
    ],
)
def test_recv_069_nothing_else_is_told(app, issue, neighbours, ledger, bill_class, cents, source):
    """RECV-069: not the counter, not a part, not another class of bills."""
    body = posted(neighbours, issue(bill_class), cents, source)
    app.consumer.absorb("on_payment_posted", [body])
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
