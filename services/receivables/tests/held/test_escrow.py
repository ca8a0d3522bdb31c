"""Escrow accounts with contact, deposits and draws, through the public API (RECV-045)."""

import threading
from datetime import UTC, datetime

import grpc
import pytest

from millage.receivables.v1 import escrow_pb2 as pb
from millage.receivables.v1 import escrow_pb2_grpc as stubs
from receivables_service.held import items as held_items
from taxkit.clock import FixedClock
from taxkit.ids import new_id
from taxkit.testing import bearer, parked, reason_of


@pytest.fixture(autouse=True)
def in_february(app):
    app.clock = app.consumer._clock = FixedClock(datetime(2022, 2, 11, 18, tzinfo=UTC))


@pytest.fixture
def stub(channel):
    return stubs.EscrowServiceStub(channel)


@pytest.fixture
def clerk(keys):
    return bearer(keys.token("receivables.read", "receivables.escrow"))


def open_account(stub, who, number="E-1", kind="general", name="Harbor Title", **contact):
    asked = pb.OpenEscrowAccountRequest(
        idempotency_key=str(new_id()), escrow_account=number, kind=kind,
        contact=pb.EscrowContact(name=name, email="desk@example.org", **contact),
    )  # fmt: skip
    return stub.OpenEscrowAccount(asked, metadata=who)


def get(stub, who, number="E-1"):
    return stub.GetEscrowAccount(pb.GetEscrowAccountRequest(escrow_account=number), metadata=who)


def close(stub, who, number="E-1"):
    asked = pb.CloseEscrowAccountRequest(idempotency_key=str(new_id()), escrow_account=number)
    return stub.CloseEscrowAccount(asked, metadata=who)


def refused(call, *args, **options):
    with pytest.raises(grpc.RpcError) as error:
        call(*args, **options)
    return reason_of(error.value)


def deposit(app, neighbours, cents):
    receipt = new_id()
    line = {
        **neighbours.line(1, cents), "kind": "advance", "advance_type": "escrow",
        "tax_year": None, "suspense_reason": None, "escrow_account": "E-1",
    }  # fmt: skip
    app.consumer.absorb("on_payment_posted", [neighbours.payment_posted(receipt, line)])
    return receipt


def tender(neighbours, bill, cents, receipt=None):
    paid = [{"tender_type": "escrow", "amount_cents": cents, "reference": "E-1"}]
    line = neighbours.line(1, cents, bill)
    return neighbours.payment_posted(receipt or new_id(), line, tenders=paid)


def test_recv_045_deposits_and_draws_are_traced_with_the_balance(
    app, stub, clerk, bill, neighbours, ledger
):
    """RECV-045: each by the receipt it came with or went to."""
    open_account(stub, clerk)
    first, second = deposit(app, neighbours, 50_000), deposit(app, neighbours, 30_000)
    spent = new_id()
    app.consumer.absorb("on_payment_posted", [tender(neighbours, bill, 60_000, spent)])
    found = get(stub, clerk)
    assert (found.balance_cents, found.available_cents, found.closed) == (20_000, 20_000, False)
    assert [
        (str(first), 50_000, 50_000),
        (str(second), 30_000, 80_000),
        (str(spent), -50_000, 30_000),
        (str(spent), -10_000, 20_000),
    ] == [(one.receipt_id, one.amount_cents, one.balance_cents) for one in found.movements]
    told = ledger.told("EscrowChanged")[-1]["data"]
    assert (told["name"], told["available_cents"]) == ("Harbor Title", 20_000)


def test_recv_045_eight_threads_never_take_an_account_below_zero(
    app, stub, clerk, bill, neighbours, ledger
):
    """RECV-045: three of eight tenders fit; five wait with their reason."""
    open_account(stub, clerk)
    deposit(app, neighbours, 20_000)
    deposit(app, neighbours, 14_000)
    bodies = [tender(neighbours, bill, 11_000) for _ in range(8)]
    threads = [
        threading.Thread(target=app.consumer.absorb, args=("on_payment_posted", [body]))
        for body in bodies
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert get(stub, clerk).balance_cents == 1_000
    assert ledger.rows("select reason, count(*)::int from held_exceptions group by 1") == [
        ("ESCROW_INSUFFICIENT", 5)
    ]
    sequences = [int(one["sequence"]) for one in ledger.told("EscrowChanged")]
    assert len(sequences) == len(set(sequences))
    with app.database.begin() as connection:
        assert list(held_items.differences(connection, 10)) == parked(app) == []


def test_recv_045_an_account_is_closed_empty_and_once(app, stub, clerk, bill, neighbours, ledger):
    """RECV-045: with money left it stays open; closed is told."""
    open_account(stub, clerk, kind="dealer")
    deposit(app, neighbours, 5_000)
    assert refused(close, stub, clerk) == "ESCROW_NOT_EMPTY"
    app.consumer.absorb("on_payment_posted", [tender(neighbours, bill, 5_000)])
    assert close(stub, clerk).closed
    assert refused(close, stub, clerk) == "ESCROW_ACCOUNT_CLOSED"
    assert ledger.told("EscrowChanged")[-1]["data"]["closed"] is True


def test_recv_045_a_contact_changes_and_the_old_one_stays(stub, clerk, ledger):
    """RECV-045: two versions on record, the newest shown and told."""
    open_account(stub, clerk)
    asked = pb.ChangeEscrowContactRequest(
        idempotency_key="k", escrow_account="E-1", contact=pb.EscrowContact(name="Bay Title")
    )
    assert stub.ChangeEscrowContact(asked, metadata=clerk).contact.name == "Bay Title"
    assert stub.ChangeEscrowContact(asked, metadata=clerk).contact.name == "Bay Title"
    assert ledger.rows("select name from escrow_contacts order by version") == [
        ("Harbor Title",),
        ("Bay Title",),
    ]
    assert [int(one["sequence"]) for one in ledger.told("EscrowChanged")] == [1, 2]


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"number": "E 1"}, "ESCROW_NUMBER_INVALID"),
        ({"number": ""}, "ESCROW_NUMBER_INVALID"),
        ({"kind": "secret"}, "ESCROW_KIND_UNKNOWN"),
        ({"name": " "}, "CONTACT_MISSING"),
        ({"phone": "1\x00"}, "TEXT_INVALID"),
    ],
)
def test_recv_045_hostile_accounts_are_refused(stub, clerk, options, reason):
    """RECV-045: with a reason, and none is opened."""
    assert refused(open_account, stub, clerk, **options) == reason


def test_recv_045_a_number_is_given_once_and_rights_are_asked_for(stub, clerk, keys):
    """RECV-045: taken, unknown, and without the right."""
    open_account(stub, clerk)
    assert refused(open_account, stub, clerk) == "ESCROW_ACCOUNT_TAKEN"
    assert refused(get, stub, clerk, "E-2") == "ESCROW_ACCOUNT_UNKNOWN"
    reader = bearer(keys.token("receivables.read"))
    assert refused(open_account, stub, reader, "E-3") == "FORBIDDEN"
