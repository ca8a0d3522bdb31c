"""CASH-049: what is free of an escrow account is told whole, whichever deposit moved."""

from datetime import UTC, datetime

import pytest

from receivables_service.held.events import EscrowChangedV1
from taxkit.clock import FixedClock
from taxkit.ids import new_id
from taxkit.testing import parked


@pytest.fixture(autouse=True)
def in_february(app):
    """Before anything bears interest."""
    clock = FixedClock(datetime(2022, 2, 11, 18, tzinfo=UTC))
    app.clock = app.consumer._clock = clock


def _deposit(app, neighbours, cents, account="E-1"):
    line = {
        **neighbours.line(1, cents), "kind": "advance", "advance_type": "escrow",
        "parcel_number": "13264290020000", "tax_year": None, "suspense_reason": None,
        "escrow_account": account,
    }  # fmt: skip
    app.consumer.absorb("on_payment_posted", [neighbours.payment_posted(new_id(), line)])


def _told(ledger, account="E-1"):
    events = [one for one in ledger.told("EscrowChanged") if one["subject"] == f"escrow/{account}"]
    assert all(EscrowChangedV1().validate(one["data"]) == {} for one in events)
    sequences = [int(one["sequence"]) for one in events]
    assert sequences == sorted(set(sequences))
    return [one["data"]["available_cents"] for one in events]


def test_cash_049_deposits_of_one_account_are_told_together(app, neighbours, ledger):
    """And another account by itself."""
    _deposit(app, neighbours, 50_000)
    _deposit(app, neighbours, 30_000)
    _deposit(app, neighbours, 700, "E-2")

    assert (_told(ledger), _told(ledger, "E-2")) == ([50_000, 80_000], [700])
    assert parked(app) == []


def test_cash_049_a_tender_of_escrow_takes_it_off_the_account(app, neighbours, ledger):
    """Over both deposits; a reversal puts it back."""
    _deposit(app, neighbours, 50_000)
    _deposit(app, neighbours, 30_000)
    bill, receipt = new_id(), new_id()
    app.consumer.absorb("on_bill_created", [neighbours.bill_created(bill)])
    line = neighbours.line(1, 60_000, bill)
    tender = {"tender_type": "escrow", "amount_cents": 60_000, "reference": "E-1"}
    posted = neighbours.payment_posted(receipt, line, tenders=[tender])
    app.consumer.absorb("on_payment_posted", [posted])

    assert _told(ledger)[-1] == 20_000

    app.consumer.absorb("on_payment_reversed", [neighbours.payment_reversed(receipt, line)])
    assert _told(ledger)[-1] == 80_000
    assert parked(app) == []


def test_an_overpayment_belongs_to_no_account(app, neighbours, ledger):
    """Nothing is told of escrow."""
    bill = new_id()
    app.consumer.absorb("on_bill_created", [neighbours.bill_created(bill)])
    line = neighbours.line(1, 999_000, bill)
    app.consumer.absorb("on_payment_posted", [neighbours.payment_posted(new_id(), line)])

    assert ledger.told("SurplusChanged")
    assert ledger.told("EscrowChanged") == []
