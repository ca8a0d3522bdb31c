"""What stands in the way of held money, each by its reason (RECV-042, RECV-043)."""

import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from millage.receivables.v1 import bill_changes_pb2, bill_changes_pb2_grpc
from millage.receivables.v1 import surplus_pb2 as pb
from taxkit.dated import Dated
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


def lawful(app, **changes):
    """The law of money held, otherwise from now on."""
    law = replace(app.held.at(app.clock.today()), **changes)
    app.held = Dated("held_money", (date(1980, 1, 1),), (law,))


def test_recv_043_a_procedure_that_its_kind_has_not_is_not_begun(app, stub, clerk, item):
    """RECV-043: the law of the day says which are open for which money."""
    law = app.held.at(app.clock.today())
    kinds = {code: replace(kind, workflows=()) for code, kind in law.kinds.items()}
    lawful(app, kinds=kinds)
    assert refused(start, stub, clerk, item, "claim", evidence="deed", payee="P") == (
        "PROCEDURE_NOT_OPEN"
    )
    assert state(stub, clerk, item)[0] == "open"


def test_recv_043_a_case_whose_workflow_the_law_dropped_waits(app, stub, clerk, chief, item):
    """RECV-043: nobody guesses its next step; the money stays where it is."""
    case = start(stub, clerk, item, "refund")
    lawful(app, workflows={})
    assert refused(act, stub, chief, case, "approve") == "WORKFLOW_GONE"
    assert state(stub, clerk, item)[:2] == ("in_workflow", 20_000)


@pytest.mark.parametrize("reason", ["NOT_MAPPED", "NOT_FOR_CASHIERING"])
def test_recv_037_a_type_without_its_subcode_says_so(app, stub, clerk, reason):
    """RECV-037: offered only if mapped to a kind of money, and that one is for cashiering."""
    kinds = app.held.at(app.clock.today()).kinds if reason == "NOT_FOR_CASHIERING" else {}
    lawful(app, kinds={code: replace(one, cashiering=False) for code, one in kinds.items()})
    types = stub.ListAdvanceTypes(pb.ListAdvanceTypesRequest(), metadata=clerk).types
    (regular,) = [one for one in types if one.code == "regular"]
    assert (regular.offered, regular.reason) == (False, reason)
