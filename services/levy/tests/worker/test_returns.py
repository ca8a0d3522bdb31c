"""LEVY-021, RECV-069: a return is filed, and paid when its bill is paid in full."""

import itertools
from uuid import UUID

import grpc
import pytest

from millage.levy.v1 import returns_pb2 as pb
from millage.levy.v1 import returns_pb2_grpc as stubs
from taxkit import ids, testing

METHOD = "on_trust_tax_bill_settled"


@pytest.fixture
def returns(channel, keys):
    stub = stubs.ReturnServiceStub(channel)

    def ask(method, request, *rights):
        token = keys.token(*(rights or ("levy.return", "levy.read")), user="clerk")
        return getattr(stub, method)(request, metadata=testing.bearer(token))

    return ask


@pytest.fixture
def trust_bill(levy, roll):
    """A bill of a roll of trust taxes."""

    def of_class(messages):
        for message in messages:
            if message.WhichOneof("part") == "header":
                message.header.bill_class = "trust_tax"
            yield message

    return levy.load(of_class(roll.whole(2021))).bill_ids[0]


def file(returns, bill_id, key="k", number="TT-2021-7", **options):
    asked = pb.FileReturnRequest(idempotency_key=key, bill_id=bill_id, return_number=number)
    return returns("FileReturn", asked, **options)


def settled(bill_id, sequence, *, paid=True):
    data = {
        "bill_id": bill_id, "bill_number": "2021-1", "parcel_number": "1", "tax_year": 2021,
        "settled": paid, "receipt_id": str(UUID(int=sequence)),
        "source": "lockbox" if paid else "", "changed_on": "2023-03-31",
    }  # fmt: skip
    name = "org.millage.receivables.TrustTaxBillSettled.v1"
    return testing.foreign_event(name, f"bill/{bill_id}", data, sequence=sequence)


def refused(call, *args, **options):
    with pytest.raises(grpc.RpcError) as error:
        call(*args, **options)
    return testing.reason_of(error.value)


def status(returns, bill_id):
    found = returns("GetReturn", pb.GetReturnRequest(bill_id=bill_id))
    return (found.status, [step.status for step in found.steps])


def test_recv_069_a_return_moves_from_filed_to_paid_and_keeps_its_steps(app, returns, trust_bill):
    """RECV-069: told twice it moves once; the step names the receipt."""
    assert file(returns, trust_bill).status == "filed"
    body = settled(trust_bill, 4)
    app.consumer.absorb(METHOD, [body, body])
    assert status(returns, trust_bill) == ("paid", ["filed", "paid"])
    found = returns("GetReturn", pb.GetReturnRequest(return_number="TT-2021-7"))
    assert (found.steps[1].changed_by, found.steps[1].receipt_id) == (
        "receivables", str(UUID(int=4)),
    )  # fmt: skip
    assert testing.parked(app) == []


def test_recv_069_the_newest_that_was_told_counts_in_any_order(app, returns, trust_bill):
    """RECV-069: paid, taken back, paid again: whichever comes first, it ends paid."""
    told = [settled(trust_bill, 4), settled(trust_bill, 6, paid=False), settled(trust_bill, 8)]
    file(returns, trust_bill)
    for order in itertools.permutations(told):
        app.consumer.absorb(METHOD, list(order))
        assert status(returns, trust_bill)[0] == "paid"
    app.consumer.absorb(METHOD, [settled(trust_bill, 10, paid=False)])
    assert status(returns, trust_bill)[0] == "filed"


def test_recv_069_a_bill_that_was_settled_before_its_return_is_filed(app, returns, trust_bill):
    """RECV-069: what was told first is not lost."""
    app.consumer.absorb(METHOD, [settled(trust_bill, 4)])
    assert file(returns, trust_bill).status == "paid"


def test_recv_069_only_a_trust_tax_bill_has_a_return_and_only_one(
    app, returns, trust_bill, levy, roll
):
    """RECV-069: the same call is answered again, another is refused."""
    first = file(returns, trust_bill)
    assert first == file(returns, trust_bill)
    assert refused(file, returns, trust_bill, number="TT-8") == "IDEMPOTENCY_CONFLICT"
    assert refused(file, returns, trust_bill, "other") == "RETURN_FILED"
    plain = levy.load(roll.whole(2020)).bill_ids[0]
    assert refused(file, returns, plain, "plain", "TT-9") == "NOT_A_TRUST_TAX_BILL"


@pytest.mark.parametrize(
    ("bill_id", "number", "reason"),
    [
        ("7", "TT", "ID_INVALID"),
        (str(UUID(int=9)), "TT", "BILL_NOT_FOUND"),
        (str(UUID(int=9)), "", "RETURN_NUMBER_MISSING"),
        (str(UUID(int=9)), "x" * 61, "TEXT_INVALID"),
        (str(UUID(int=9)), "a\x00", "TEXT_INVALID"),
    ],
)
def test_recv_069_hostile_values_are_refused(returns, bill_id, number, reason):
    """RECV-069: each with its own reason; so is a question for both or neither."""
    assert refused(file, returns, bill_id, number=number) == reason
    both = pb.GetReturnRequest(bill_id=str(ids.new_id()), return_number="x")
    assert refused(returns, "GetReturn", both) == "RETURN_OF_WHAT"
    assert refused(returns, "GetReturn", pb.GetReturnRequest()) == "RETURN_OF_WHAT"
    unknown = pb.GetReturnRequest(return_number="unknown")
    assert refused(returns, "GetReturn", unknown) == "RETURN_NOT_FOUND"


def test_recv_069_filing_needs_its_right(returns, trust_bill):
    """RECV-069: reading or loading is not enough."""
    asked = pb.FileReturnRequest(idempotency_key="k", bill_id=trust_bill, return_number="T")
    assert refused(returns, "FileReturn", asked, "levy.read", "levy.load") == "FORBIDDEN"
