"""What callers of distribution's API are told, and refused."""

import grpc
import pytest

from millage.distribution.v1 import distribution_pb2 as pb
from millage.distribution.v1 import distribution_pb2_grpc as stubs
from taxkit.ids import new_id
from taxkit.testing import bearer, reason_of

NEXT_DAY = "2023-03-02"


@pytest.fixture
def stub(channel):
    return stubs.DistributionServiceStub(channel)


@pytest.fixture
def reader(keys):
    return bearer(keys.token("distribution.read"))


@pytest.fixture
def paid(app, neighbours):
    """A receipt over 600.00: 400.00 and 9 cents interest allocated, the rest not."""
    bill, receipt, session = new_id(), new_id(), new_id()
    neighbours.absorb(app, "on_bill_created", neighbours.bill_created(bill))
    neighbours.absorb(
        app, "on_payment_posted", neighbours.payment_posted(receipt, 60_000, session_id=session)
    )
    neighbours.absorb(
        app,
        "on_payment_allocated",
        neighbours.allocated(bill, 2, (receipt, "tax", 40_000), (receipt, "interest", 9)),
    )
    return bill, receipt, session


def test_shares_of_a_receipt_name_agency_rule_and_what_is_left(stub, reader, paid):
    """Each share with its agency's name and the rule it follows; the rest is undistributed."""
    bill, receipt, _ = paid
    answer = stub.GetShares(pb.GetSharesRequest(receipt_id=str(receipt)), metadata=reader)
    assert answer.undistributed_cents == 19_991
    assert sum(share.amount_cents for share in answer.shares) == 40_009
    (interest,) = [share for share in answer.shares if share.charge_type == "interest"]
    assert (
        interest.agency_code,
        interest.amount_cents,
        interest.rule_id,
    ) == ("010010000", 9, "us-il-cook/distribution/interest/2010")
    assert {str(bill)} == {share.bill_id for share in answer.shares}
    assert "Agency 020120000" in {share.agency_name for share in answer.shares}


def test_totals_count_a_reversal_on_its_own_business_date(app, stub, reader, paid, neighbours):
    """What came in on one day and left on the next shows on both days, to the cent."""
    bill, receipt, session = paid
    neighbours.absorb(
        app, "on_payment_reversed", neighbours.payment_reversed(receipt, 60_000, day=NEXT_DAY)
    )
    neighbours.absorb(
        app,
        "on_payment_allocated",
        neighbours.allocated(
            bill,
            4,
            (receipt, "tax", -40_000),
            (receipt, "interest", -9),
            kind="reversal",
            day=NEXT_DAY,
        ),
    )
    neighbours.absorb(app, "on_session_closed", neighbours.session_closed(session))
    neighbours.absorb(app, "on_deposit_made", neighbours.deposit_made(session))
    first, second = (
        stub.GetTotals(pb.GetTotalsRequest(business_date=day), metadata=reader)
        for day in (neighbours.DAY, NEXT_DAY)
    )
    assert totals(first) == (60_000, 40_009, 19_991, 40_009)
    assert totals(second) == (-60_000, -40_009, -19_991, -40_009)
    answer = stub.GetShares(pb.GetSharesRequest(receipt_id=str(receipt)), metadata=reader)
    assert answer.undistributed_cents == 0


@pytest.mark.parametrize("deposit_first", [False, True])
def test_cash_061_shares_may_be_paid_out_once_their_session_is_closed_and_deposited(
    app, stub, reader, paid, neighbours, *, deposit_first: bool
):
    """Computed at once, releasable only after both, whichever is heard of first."""
    request = pb.GetTotalsRequest(business_date=neighbours.DAY)
    news = [
        ("on_session_closed", neighbours.session_closed(paid[2])),
        ("on_deposit_made", neighbours.deposit_made(new_id(), paid[2])),
    ]
    found = [stub.GetTotals(request, metadata=reader).releasable_cents]
    for method, body in reversed(news) if deposit_first else news:
        neighbours.absorb(app, method, body)
        found.append(stub.GetTotals(request, metadata=reader).releasable_cents)

    assert found == [0, 0, 40_009]


def test_agency_totals_over_a_range_of_dates(stub, reader, paid, neighbours):
    """Net per agency, in the order of their codes."""
    request = pb.ListAgencyTotalsRequest(from_date=neighbours.DAY, to_date=NEXT_DAY)
    agencies = stub.ListAgencyTotals(request, metadata=reader).agencies
    assert sorted(neighbours.LINES) == [agency.agency_code for agency in agencies]
    assert sum(agency.shared_cents for agency in agencies) == 40_009


def test_the_reversal_of_a_payment_not_heard_of_yet_evens_out(app, stub, reader, neighbours):
    """PaymentReversed before PaymentPosted: the same receipt in the end."""
    receipt = new_id()
    neighbours.absorb(app, "on_payment_reversed", neighbours.payment_reversed(receipt, 500))
    neighbours.absorb(
        app, "on_payment_posted", neighbours.payment_posted(receipt, 500, session_id=new_id())
    )
    answer = stub.GetShares(pb.GetSharesRequest(receipt_id=str(receipt)), metadata=reader)
    assert answer.undistributed_cents == 0


@pytest.mark.parametrize(
    ("method", "request_", "reason"),
    [
        ("GetShares", pb.GetSharesRequest(receipt_id="7"), "ID_INVALID"),
        ("GetShares", pb.GetSharesRequest(receipt_id=str(new_id())), "RECEIPT_NOT_FOUND"),
        ("GetTotals", pb.GetTotalsRequest(business_date="March"), "DATE_INVALID"),
        *(
            (name, request(from_date="2023-03-02", to_date="2023-03-01"), "DATE_RANGE_INVALID")
            for name, request in (
                ("ListAgencyTotals", pb.ListAgencyTotalsRequest),
                ("ListFundTotals", pb.ListFundTotalsRequest),
                ("ListDiscountTotals", pb.ListDiscountTotalsRequest),
            )
        ),
    ],
)
def test_bad_requests_are_refused_with_a_reason(stub, reader, method, request_, reason):
    """A stable reason code each."""
    with pytest.raises(grpc.RpcError) as refused:
        getattr(stub, method)(request_, metadata=reader)
    assert reason == reason_of(refused.value)


@pytest.mark.parametrize("method", ["GetShares", "GetTotals", "ListAgencyTotals"])
def test_every_method_needs_the_right_to_read(stub, keys, method):
    """A token with another service's right opens nothing."""
    request = getattr(pb, f"{method}Request")()
    with pytest.raises(grpc.RpcError) as refused:
        getattr(stub, method)(request, metadata=bearer(keys.token("levy.read")))
    assert reason_of(refused.value) == "FORBIDDEN"


def totals(answer: pb.Totals) -> tuple[int, int, int, int]:
    return (
        answer.received_cents,
        answer.shared_cents,
        answer.undistributed_cents,
        answer.releasable_cents,
    )
