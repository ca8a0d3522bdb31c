"""RECV-033: every check, grant, decision and reversal is kept with who, why, on what evidence."""

from datetime import date

import psycopg
import pytest
from sqlalchemy.exc import DBAPIError

from millage.receivables.v1 import discounts_pb2 as pb
from millage.receivables.v1.discounts_pb2_grpc import DiscountsServiceStub
from taxkit.ids import new_id
from taxkit.testing import bearer

PARCEL = "13264290020000"
RIGHTS = ("read", "discount", "discount.decide", "discount.reverse")


@pytest.fixture
def say(channel, keys):
    stub = DiscountsServiceStub(channel)

    def call(method, request, user="ana"):
        if hasattr(request, "idempotency_key"):
            request.idempotency_key = str(new_id())
        token = keys.token(*(f"receivables.{right}" for right in RIGHTS), user=user)
        return getattr(stub, method)(request, metadata=bearer(token))

    return call


def _a_whole_life(say, county):
    """Evaluated, refused automatically, asked for late, approved, taken back."""
    county.issue()
    receipt = county.pay(285_000, date(2022, 3, 1))
    named = {"bill_id": str(county.bill), "receipt_id": str(receipt)}
    say("Evaluate", pb.EvaluateRequest(**named), "eva")
    asked = say("RequestDiscount", pb.RequestDiscountRequest(
        **named, program="early", reason="post was late", exception=True, evidence="notice 12",
    ))  # fmt: skip
    decided = pb.DecideDiscountRequest(request_id=asked.request_id, grant=True, note="seen it")
    say("DecideDiscount", decided, "ben")
    say("ReverseDiscount", pb.ReverseDiscountRequest(
        **named, program="early", reason="no strike that day", evidence="memo 7",
    ), "cyn")  # fmt: skip


def test_recv_033_the_trail_says_who_did_what_why_and_what_it_changed(say, county):
    """RECV-033: in the order it happened, with the balance before and after each."""
    _a_whole_life(say, county)
    history = say("GetDiscountHistory", pb.GetDiscountHistoryRequest(parcel_number=PARCEL))
    trail = [
        (each.action, each.actor, each.reason, each.evidence,
         each.open_before_cents, each.open_after_cents)
        for each in reversed(history.log) if each.program == "early"
    ]  # fmt: skip
    late = "timely: received 2022-03-01 at 09:04: in no period"
    assert [each for each in trail if each[0] != "evaluated"] == [
        ("refused", "ledger", late, "", 300_000, 15_000),
        ("requested", "ana", "post was late", "notice 12", 15_000, 15_000),
        ("approved", "ben", "seen it", "notice 12", 15_000, 0),
        ("reversed", "cyn", "no strike that day", "memo 7", 0, 15_000),
    ]
    checked = [each for each in history.log if each.action == "evaluated"]
    assert {each.actor for each in checked} >= {"eva"}
    assert all(each.checks for each in checked)


@pytest.mark.parametrize(
    "what", ["update discount_log set actor = 'x'", "delete from discount_log"]
)
def test_recv_033_nothing_of_it_is_altered(say, county, what):
    """RECV-033: the database itself refuses."""
    _a_whole_life(say, county)
    with pytest.raises(DBAPIError) as refused, county.app.database.begin() as connection:
        connection.exec_driver_sql(what)
    assert isinstance(refused.value.orig, psycopg.Error)
