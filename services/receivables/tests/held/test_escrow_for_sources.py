"""CASH-049, RECV-045: a dealer's escrow account pays charges that are no bill's."""

from datetime import UTC, datetime

import pytest

from millage.receivables.v1 import escrow_pb2 as pb
from millage.receivables.v1 import escrow_pb2_grpc as stubs
from taxkit.clock import FixedClock
from taxkit.ids import new_id
from taxkit.testing import bearer, parked

ACCOUNT = "E-1"


@pytest.fixture(autouse=True)
def in_february(app):
    app.clock = app.consumer._clock = FixedClock(datetime(2022, 2, 11, 18, tzinfo=UTC))


@pytest.fixture
def dealer(app, channel, keys, neighbours):
    """An account with 500.00 in it; gives what is on it now."""
    stub = stubs.EscrowServiceStub(channel)
    who = bearer(keys.token("receivables.read", "receivables.escrow"))
    contact = pb.EscrowContact(name="Bayside Motors", email="desk@example.org")
    asked = pb.OpenEscrowAccountRequest(
        idempotency_key=str(new_id()), escrow_account=ACCOUNT, kind="general", contact=contact
    )
    stub.OpenEscrowAccount(asked, metadata=who)
    deposit = {
        **neighbours.line(1, 50_000), "kind": "advance", "advance_type": "escrow",
        "tax_year": None, "suspense_reason": None, "escrow_account": ACCOUNT,
    }  # fmt: skip
    app.consumer.absorb("on_payment_posted", [neighbours.payment_posted(new_id(), deposit)])
    wanted = pb.GetEscrowAccountRequest(escrow_account=ACCOUNT)
    return lambda: stub.GetEscrowAccount(wanted, metadata=who).balance_cents


def test_cash_049_a_receipt_without_a_bill_draws_the_account(
    app, dealer, neighbours, ledger
) -> None:
    """Once, and back when the receipt is taken back; the charge itself is no matter here."""
    receipt = new_id()
    charge = {
        **neighbours.line(1, 20_000), "kind": "misc", "source_code": "VEHICLE",
        "parcel_number": "", "tax_year": None, "suspense_reason": None,
    }  # fmt: skip
    tender = {"tender_type": "escrow", "amount_cents": 20_000, "reference": ACCOUNT}
    posted = neighbours.payment_posted(receipt, charge, tenders=[tender])
    app.consumer.absorb("on_payment_posted", [posted])
    app.consumer.absorb("on_payment_posted", [posted])

    assert (dealer(), parked(app)) == (30_000, [])
    assert ledger.rows("select count(*) from held_exceptions") == [(0,)]
    app.consumer.absorb("on_payment_reversed", [neighbours.payment_reversed(receipt, charge)])
    assert (dealer(), parked(app)) == (50_000, [])
