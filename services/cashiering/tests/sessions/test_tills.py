"""CASH-001: tills and cashiers as data."""

import pytest

from millage.cashiering.v1 import cashiering_pb2 as money
from millage.cashiering.v1 import sessions_pb2 as pb
from taxkit import testing


def test_cash_001_a_till_is_added_and_changed(desk, counter, rows) -> None:
    """Each change is kept with who made it, from what to what."""
    made = desk.set_till("T07", name="Lobby", misc_sources=pb.Codes(codes=["DOGS", "COPIES"]))
    changed = desk.set_till("T07", name="Lobby 2", payment_types=pb.Codes(codes=["tax"]))

    assert (made.name, list(made.misc_sources.codes)) == ("Lobby", ["COPIES", "DOGS"])
    assert not made.HasField("payment_types")
    assert list(changed.payment_types.codes) == ["tax"]
    assert not changed.HasField("misc_sources")
    listed = desk.stub.ListTills(pb.ListTillsRequest(), metadata=counter.metadata).tills
    assert [changed] == list(listed)
    trail = rows(
        "select subject, before ->> 'name', after ->> 'name', changed_by from setup_changes"
        " order by change_id"
    )
    assert trail == [
        ("till/T07", None, "Lobby", "cashier"),
        ("till/T07", "Lobby", "Lobby 2", "cashier"),
    ]


def test_cash_001_the_list_of_tills_names_open_sessions(desk, counter, session) -> None:
    """So that a supervisor sees which drawers are out."""
    desk.set_till("T02")
    tills = desk.stub.ListTills(pb.ListTillsRequest(), metadata=counter.metadata).tills

    assert [("T01", session.session_id), ("T02", "")] == [
        (t.till_code, t.session_id) for t in tills
    ]


def test_cash_001_a_till_taken_out_of_use_keeps_its_session(
    desk, counter, session, refused
) -> None:
    """What is open goes on; no other is opened."""
    assert desk.set_till(inactive=True).inactive
    counter.pay(session.session_id)
    counter.close(session.session_id)

    refused("TILL_INACTIVE", counter.open)


def test_cash_001_a_cashiers_lists_are_set_and_read(desk, counter) -> None:
    """Who was never set has no list."""
    set_ = desk.set_cashier("imogen", payment_types=pb.Codes(), misc_sources=pb.Codes(codes=["A"]))
    get = desk.stub.GetCashier

    assert set_ == get(pb.GetCashierRequest(cashier="imogen"), metadata=counter.metadata)
    assert set_.HasField("payment_types")
    assert pb.Cashier(cashier="nobody") == get(
        pb.GetCashierRequest(cashier="nobody"), metadata=counter.metadata
    )


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"till_code": "t 1"}, "TILL_CODE_INVALID"),
        ({"name": "x" * 201}, "TEXT_INVALID"),
        ({"name": "a\x00b"}, "TEXT_INVALID"),
        ({"payment_types": pb.Codes(codes=["cheese"])}, "PAYMENT_TYPE_UNKNOWN"),
        ({"misc_sources": pb.Codes(codes=[""])}, "MISC_SOURCES_INVALID"),
        ({"misc_sources": pb.Codes(codes=["x" * 65])}, "TEXT_INVALID"),
        ({"idempotency_key": ""}, "IDEMPOTENCY_KEY_INVALID"),
    ],
)
def test_cash_001_a_till_that_cannot_be_meant_is_refused(
    desk, refused, unchanged, changes, reason: str
) -> None:
    """Nothing is written."""
    with unchanged():
        refused(reason, desk.set_till, **changes)


def test_cash_001_setup_needs_its_right_and_takes_a_key_once(desk, keys, refused, rows) -> None:
    """A plain cashier may not; the same key gives the same answer."""
    plain = testing.bearer(keys.token("cashiering.session"))
    refused("FORBIDDEN", desk.set_till, "T05", plain)

    first = desk.set_till("T05", idempotency_key="once")
    assert first == desk.set_till("T05", idempotency_key="once")
    refused("IDEMPOTENCY_CONFLICT", desk.set_till, "T06", idempotency_key="once")
    refused("CASHIER_MISSING", desk.set_cashier, " ")
    assert rows("select count(*) from setup_changes") == [(1,)]


def test_cash_001_what_till_or_cashier_may_not_take_is_refused(
    desk, counter, session, refused, unchanged
) -> None:
    """PAYMENT_TYPE_NOT_ALLOWED names which of the two; at once, in a session that is open."""
    desk.set_till(payment_types=pb.Codes(codes=["misc"]))
    with unchanged():
        error = refused("PAYMENT_TYPE_NOT_ALLOWED", counter.pay, session.session_id)
    assert "this till" in error.details()

    desk.set_till()
    desk.set_cashier(payment_types=pb.Codes())
    with unchanged():
        error = refused("PAYMENT_TYPE_NOT_ALLOWED", counter.pay, session.session_id)
    assert "this cashier" in error.details()

    desk.set_cashier(payment_types=pb.Codes(codes=["tax"]))
    assert counter.pay(session.session_id).total_cents == 10_000


def test_cash_001_each_kind_of_payment_is_listed_by_itself(
    desk, counter, session, refused, unchanged, bill_of
) -> None:
    """A till for motor vehicles takes no tax, one for tax no motor vehicles."""
    bill_id = str(bill_of("13264290020000", 2021))

    def pay(service: str):
        line = money.PaymentLine(
            bill_id=bill_id, bill_version=1, amount_cents=10_000, service=service
        )
        return counter.pay(session.session_id, lines=[line])

    for listed, service in (("motor_vehicle", ""), ("tax", "motor_vehicle"), ("tax", "tax_sale")):
        desk.set_till(payment_types=pb.Codes(codes=[listed]))
        with unchanged():
            refused("PAYMENT_TYPE_NOT_ALLOWED", pay, service)
    desk.set_till(payment_types=pb.Codes(codes=["motor_vehicle", "bankruptcy"]))
    assert pay("motor_vehicle").total_cents == pay("bankruptcy_litigation").total_cents == 10_000
    with unchanged():
        error = refused("SERVICE_TYPE_UNKNOWN", pay, "cheese")
    assert error.fields == ["lines[0].service"]
