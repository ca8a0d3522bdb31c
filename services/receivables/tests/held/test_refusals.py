"""What stands in the way of held money, each by its reason (RECV-042, RECV-043)."""

import sys
from pathlib import Path

import pytest

from millage.receivables.v1 import bill_changes_pb2, bill_changes_pb2_grpc
from millage.receivables.v1 import surplus_pb2 as pb
from taxkit.ids import new_id
from taxkit.testing import bearer, parked

sys.path.insert(0, str(Path(__file__).parent))

from test_procedures import (
    act,
    chief,
    clerk,
    in_february,
    item,
    other,
    receipt,
    refused,
    start,
    state,
    stub,
    tied,
)

__all__ = ["chief", "clerk", "in_february", "item", "other", "receipt", "stub"]


def test_recv_042_claimed_money_is_not_placed_by_hand(stub, clerk, item, bill, channel, keys):
    """RECV-042: while somebody works on it, and it is free again when nobody does."""
    changes = bill_changes_pb2_grpc.BillChangesServiceStub(channel)
    who = bearer(keys.token("receivables.reallocate"))

    def place():
        return changes.Reallocate(
            bill_changes_pb2.ReallocateRequest(
                idempotency_key=str(new_id()), bill_id=str(bill), reason="the bill was raised"
            ),
            metadata=who,
        )

    case = start(stub, clerk, item, "refund")
    assert refused(place) == "HELD_MONEY_BUSY"
    act(stub, clerk, case, "withdraw")
    assert place().amount_cents == 0


def test_recv_042_reserved_money_is_no_tender(app, stub, clerk, item, other, neighbours, ledger):
    """RECV-042: the tender waits with the reason that it is, not with that there is too little."""
    asked = pb.ReserveSurplusRequest(
        idempotency_key="r1", surplus_item_id=item, reserved_for="basket 9"
    )
    stub.ReserveSurplus(asked, metadata=clerk)
    body = neighbours.payment_posted(
        new_id(), neighbours.line(1, 500, other),
        tenders=[{"tender_type": "surplus", "amount_cents": 500, "reference": item}],
    )  # fmt: skip
    app.consumer.absorb("on_payment_posted", [body])

    assert ledger.rows("select reason from held_exceptions") == [("SURPLUS_RESERVED",)]
    assert state(stub, clerk, item)[:2] == ("reserved", 20_000)
    assert tied(app) == parked(app) == []


def test_recv_043_money_that_is_gone_begins_no_procedure(stub, clerk, chief, item):
    """RECV-043: nothing of it is left."""
    act(stub, chief, start(stub, clerk, item, "refund"), "approve")
    assert state(stub, clerk, item)[:2] == ("closed", 0)
    assert refused(start, stub, clerk, item, "refund") == "SURPLUS_CLOSED"


@pytest.mark.parametrize(
    ("method", "request_", "reason"),
    [
        ("ActOnCase", pb.ActOnCaseRequest(case_id=str(new_id()), action="approve"),
         "CASE_NOT_FOUND"),
        ("ListSurplus", pb.ListSurplusRequest(), "LIST_OF_WHAT"),
        ("ReserveSurplus", pb.ReserveSurplusRequest(surplus_item_id=str(new_id())),
         "RESERVED_FOR_WHOM"),
        ("ReserveSurplus",
         pb.ReserveSurplusRequest(surplus_item_id=str(new_id()), reserved_for="basket 9"),
         "SURPLUS_NOT_FOUND"),
    ],
    ids=["case", "list", "whom", "item"],
)  # fmt: skip
def test_recv_042_what_is_not_there_or_not_said_is_refused(stub, clerk, method, request_, reason):
    """RECV-042, RECV-043: by its own reason."""
    if "idempotency_key" in request_.DESCRIPTOR.fields_by_name:
        request_.idempotency_key = str(new_id())
    assert refused(getattr(stub, method), request_, metadata=clerk) == reason


def test_recv_043_money_is_not_applied_to_the_bill_it_is_held_on(stub, clerk, item, bill):
    """RECV-043: there it is placed by a reallocation."""
    reason = refused(start, stub, clerk, item, "apply", target_bill_id=str(bill))
    assert reason == "TARGET_BILL_ITS_OWN"
