"""CASH-059: receipts are found by what is known of them, and viewed with what was allowed."""

import pytest

from millage.cashiering.v1 import (
    authority_pb2,
    authority_pb2_grpc,
    corrections_pb2,
    corrections_pb2_grpc,
)
from millage.cashiering.v1 import cashiering_pb2 as money

BILL = "2021-13264290020000"


@pytest.fixture
def taken(counter, session):
    """Three receipts: cash of Imogen Vale, a check of Tom Ash, and mail."""
    name = session.session_id
    return [
        counter.pay(name, 100).receipt_number,
        counter.pay(
            name, 200, tenders=[counter.check(200, "1044")], payer=money.Payer(name="Tom Ash")
        ).receipt_number,
        counter.pay(name, 300, source="mail", postmarked_on="2022-12-08").receipt_number,
    ]


@pytest.mark.parametrize(
    ("wanted", "places"),
    [
        ({}, [0, 1, 2]),
        ({"payer": "imogen"}, [0, 2]),
        ({"payer": "Tom Ash"}, [1]),
        ({"payer": "%"}, []),
        ({"parcel_number": "13264290020000"}, [0, 1, 2]),
        ({"parcel_number": "13264290020001"}, []),
        ({"bill_number": BILL, "total_cents": 300}, [2]),
        ({"reference": "1044"}, [1]),
        ({"source": "mail"}, [2]),
        ({"posted_by": "cashier", "total_cents": 100}, [0]),
        ({"posted_by": "somebody"}, []),
        ({"from_on": "2022-12-16"}, []),
        ({"to_on": "2022-12-14"}, []),
    ],
)
def test_cash_059_a_receipt_is_found_by_what_is_known(receipts, taken, wanted, places) -> None:
    """All that is said has to fit."""
    assert receipts.find(**wanted) == [taken[place] for place in places]


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        ({"from_on": ""}, "DATE_INVALID"),
        ({"to_on": "2022-11-01"}, "DATES_REVERSED"),
        ({"from_on": "2020-01-01"}, "RANGE_TOO_LONG"),
        ({"total_cents": -1}, "AMOUNT_OUT_OF_RANGE"),
        ({"payer": "\x00"}, "TEXT_INVALID"),
        ({"page_token": "x"}, "ID_INVALID"),
    ],
)
def test_cash_059_what_cannot_be_looked_for_is_refused(receipts, refused, wanted, reason) -> None:
    """A year at most, so that nobody reads a county's every receipt."""
    refused(reason, receipts.find, **wanted)


@pytest.fixture
def grant(counter, session, channel, keys):
    """Up to five dollars short, allowed by a supervisor for one order."""
    authority = authority_pb2_grpc.AuthorityServiceStub(channel)
    authority.SetLimits(
        authority_pb2.SetLimitsRequest(
            idempotency_key=counter.key(),
            cashier="cashier",
            effective_from="2022-01-01",
            overrides_allowed=True,
        ),
        metadata=counter.metadata,
    )
    return authority.AuthoriseOverride(
        authority_pb2.AuthoriseOverrideRequest(
            idempotency_key=counter.key(),
            session_id=session.session_id,
            order_key="the order",
            action="tolerance",
            amount_cents=500,
            reason="short of change",
            approver_token=keys.token("cashiering.override.approve", user="supervisor"),
        ),
        metadata=counter.metadata,
    )


def test_cash_059_a_view_shows_overrides_voids_and_prints(
    receipts, counter, session, channel, grant
) -> None:
    """Who allowed what, who asked to void it, and each time it was printed."""
    receipt = counter.pay(
        session.session_id,
        tenders=[counter.cash(9_600)],
        idempotency_key="the order",
        override_grants=[grant.grant_id],
    )
    corrections_pb2_grpc.CorrectionsServiceStub(channel).RequestVoid(
        corrections_pb2.RequestVoidRequest(
            idempotency_key=counter.key(), receipt=receipt.receipt_id, reason="wrong parcel"
        ),
        metadata=counter.metadata,
    )
    run = receipts.run("receipt", receipt_number=receipt.receipt_number)
    found = receipts.view(receipt.receipt_number)

    assert found.receipt.receipt_id == receipt.receipt_id
    assert found.posted_by == "cashier"
    assert [(one.action, one.amount_cents, one.approver) for one in found.overrides] == [
        ("tolerance", 500, "supervisor")
    ]
    assert [(one.requested_by, one.reason, one.decided_by) for one in found.voids] == [
        ("cashier", "wrong parcel", "")
    ]
    assert [(one.run_id, one.report, one.asked_by) for one in found.prints] == [
        (run.run_id, "receipt", "cashier")
    ]


def test_cash_059_a_receipt_there_is_not_is_not_viewed(receipts, refused) -> None:
    refused("RECEIPT_NOT_FOUND", receipts.view, "T09-20221215-1-00001")
