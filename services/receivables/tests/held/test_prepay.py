"""Pre-pay through the public API: held apart, posted after a cycle, the excess stays (RECV-046)."""

from dataclasses import replace
from datetime import UTC, datetime

import grpc
import pytest

from millage.receivables.v1 import prepay_pb2 as pb
from millage.receivables.v1 import prepay_pb2_grpc as stubs
from millage.receivables.v1 import surplus_pb2 as surplus_pb
from millage.receivables.v1 import surplus_pb2_grpc as surplus_stubs
from receivables_service.held import items as held_items
from taxkit.clock import FixedClock
from taxkit.ids import new_id
from taxkit.testing import bearer, parked, reason_of


@pytest.fixture(autouse=True)
def in_february(app):
    app.clock = app.consumer._clock = FixedClock(datetime(2022, 2, 11, 18, tzinfo=UTC))


@pytest.fixture
def stub(channel):
    return stubs.PrepayServiceStub(channel)


@pytest.fixture
def clerk(keys):
    return bearer(keys.token("receivables.*"))


def ahead(app, neighbours, cents, parcel):
    receipt = new_id()
    line = {
        **neighbours.line(1, cents), "kind": "advance", "advance_type": "pre_pay",
        "parcel_number": parcel, "tax_year": None, "suspense_reason": None,
        "escrow_account": None,
    }  # fmt: skip
    app.consumer.absorb("on_payment_posted", [neighbours.payment_posted(receipt, line)])


def issue(app, neighbours, parcel, year=2021, due="2022-03-01", cents=60_000, **more):
    part = {"installment": 1, "due_on": due, "amount_cents": cents}
    body = neighbours.bill_created(
        new_id(), cents, 0, bill_number=f"{year}-{parcel}", tax_year=year,
        parcel_number=parcel, installments=[part], **more,
    )  # fmt: skip
    app.consumer.absorb("on_bill_created", [body])


def post(stub, who, year=2021, key="run", after=""):
    asked = pb.PostPrepayRequest(idempotency_key=key, tax_year=year, after=after)
    return stub.PostPrepay(asked, metadata=who)


def opened(ledger):
    return ledger.rows("select bill_number, open_cents::int from bills order by bill_number")


def refused(call, *args, **options):
    with pytest.raises(grpc.RpcError) as error:
        call(*args, **options)
    return reason_of(error.value)


def share(stub, who, number="P-1", parcels=("a", "b")):
    asked = pb.OpenPrepayRequest(
        idempotency_key=str(new_id()), prepay_number=number, name="Park", parcel_numbers=parcels
    )
    return stub.OpenPrepay(asked, metadata=who)


def test_recv_046_several_parcels_share_it_and_the_excess_stays(
    app, stub, clerk, neighbours, ledger
):
    """RECV-046: two parcels' bills of the cycle; a late bill and a parcel beside get nothing."""
    share(stub, clerk)
    ahead(app, neighbours, 150_000, "a")
    issue(app, neighbours, "a")
    issue(app, neighbours, "b")
    issue(app, neighbours, "b", 2020, "2021-03-01")
    issue(app, neighbours, "c")
    assert opened(ledger)[0][1] == 60_000
    done = post(stub, clerk)
    assert (done.items, done.bills, done.posted_cents, done.next) == (1, 2, 120_000, "")
    assert post(stub, clerk) == done
    assert post(stub, clerk, key="again").posted_cents == 0
    assert opened(ledger) == [
        ("2020-b", 60_000), ("2021-a", 0), ("2021-b", 0), ("2021-c", 60_000)
    ]  # fmt: skip
    found = stub.GetPrepay(pb.GetPrepayRequest(prepay_number="P-1"), metadata=clerk)
    assert (found.held_cents, list(found.parcel_numbers)) == (30_000, ["a", "b"])
    with app.database.begin() as connection:
        assert list(held_items.differences(connection, 10)) == parked(app) == []


def test_recv_046_it_never_pays_what_is_late(app, stub, clerk, neighbours, ledger):
    """RECV-046: not even of the cycle's own year."""
    ahead(app, neighbours, 50_000, "a")
    issue(app, neighbours, "a", due="2022-02-01")
    assert post(stub, clerk).posted_cents == 0
    assert opened(ledger)[0][1] == 60_000


def test_recv_046_it_is_refunded_on_request_until_posted(
    app, stub, clerk, keys, channel, neighbours, ledger
):
    """RECV-046: asked for and approved; what is under way is not posted."""
    ahead(app, neighbours, 50_000, "a")
    ((item,),) = ledger.rows("select item_id from held_items")
    surplus = surplus_stubs.SurplusServiceStub(channel)
    asked = surplus_pb.StartCaseRequest(
        idempotency_key="k", surplus_item_id=str(item), procedure="refund"
    )
    case = surplus.StartCase(asked, metadata=clerk)
    issue(app, neighbours, "a")
    assert post(stub, clerk).posted_cents == 0
    act = surplus_pb.ActOnCaseRequest(idempotency_key="a", case_id=case.case_id, action="approve")
    assert surplus.ActOnCase(act, metadata=bearer(keys.token("receivables.*", user="b"))).ended
    assert opened(ledger)[0][1] == 60_000


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"number": "P 1"}, "PREPAY_NUMBER_INVALID"),
        ({"parcels": ()}, "PARCELS_INVALID"),
        ({"parcels": ("a", "a")}, "PARCELS_INVALID"),
        ({"parcels": ("a", " ")}, "PARCELS_INVALID"),
        ({"parcels": ("a\x00",)}, "TEXT_INVALID"),
    ],
)
def test_recv_046_hostile_pre_pays_are_refused(stub, clerk, options, reason):
    """RECV-046: with a reason."""
    assert refused(share, stub, clerk, **options) == reason


def test_recv_046_a_parcel_is_in_one_pre_pay_and_rights_are_asked_for(stub, clerk, keys):
    """RECV-046: taken numbers and parcels, a year that is none, the wrong right."""
    share(stub, clerk)
    assert refused(share, stub, clerk) == "PREPAY_TAKEN"
    assert refused(share, stub, clerk, "P-2", ("b", "c")) == "PARCEL_IN_PREPAY"
    assert refused(post, stub, clerk, 1) == "TAX_YEAR_INVALID"
    assert refused(post, stub, bearer(keys.token("receivables.read"))) == "FORBIDDEN"


def test_recv_046_it_pays_bills_of_the_classes_the_law_names(
    app, stub, clerk, neighbours, ledger, monkeypatch
):
    """RECV-046: real property and manufactured homes, and nothing of a boat's bill."""
    law = app.held.at(app.clock.today())
    kind = replace(law.advance_types["pre_pay"], bill_classes=("", "manufactured_home"))
    types = {**law.advance_types, "pre_pay": kind}
    monkeypatch.setattr(app.held, "at", lambda _: replace(law, advance_types=types))
    ahead(app, neighbours, 150_000, "a")
    issue(app, neighbours, "a", 2020, "2022-03-01")
    issue(app, neighbours, "a", 2021, bill_class="unsecured")

    assert post(stub, clerk).posted_cents == 0
    assert post(stub, clerk, 2020, key="other").posted_cents == 60_000
    assert opened(ledger) == [("2020-a", 0), ("2021-a", 60_000)]
