"""Flags on parcels, parties, plans and bills; protest of a bill or of chosen charges."""

from datetime import UTC, datetime

import grpc
import pytest

from millage.receivables.v1 import flags_pb2 as pb
from millage.receivables.v1 import flags_pb2_grpc as stubs
from receivables_service.plans import days as plan_days
from taxkit.clock import FixedClock
from taxkit.ids import new_id
from taxkit.testing import bearer, reason_of


@pytest.fixture
def stub(channel):
    return stubs.FlagServiceStub(channel)


@pytest.fixture
def clerk(keys):
    return bearer(keys.token("receivables.read", "receivables.flag"))


def request(
    kind="parcel", subject="13264290020000", flag="protest", make=pb.SetFlagRequest, **more
):
    return make(
        idempotency_key=str(new_id()), subject_kind=kind, subject=subject, flag=flag,
        reason="asked by the owner", **more,
    )  # fmt: skip


def test_recv_054_a_bill_is_protested_in_part(stub, clerk, bill, ledger):
    """RECV-054: chosen allocations, told once, kept with who and why."""
    charges = [pb.FlaggedCharge(installment=1, charge_type="interest")]
    asked = request("bill", str(bill), charges=charges)
    found = stub.SetFlag(asked, metadata=clerk)
    assert found == stub.SetFlag(asked, metadata=clerk)
    assert (
        found.on, found.charges[0].installment, found.charges[0].charge_type,
    ) == (True, 1, "interest")  # fmt: skip
    stub.SetFlag(request("bill", str(bill), charges=charges), metadata=clerk)
    (told,) = ledger.told("FlagChanged")
    assert ("bill", str(bill), "protest", True) == tuple(
        told["data"][name] for name in ("subject_kind", "subject", "flag", "on")
    )


def test_recv_054_a_flag_is_lifted_and_its_history_stays(stub, clerk, ledger):
    """RECV-054: off again, with both changes on record, in sequence."""
    stub.SetFlag(request(), metadata=clerk)
    lifted = stub.LiftFlag(request(make=pb.LiftFlagRequest), metadata=clerk)
    assert lifted.on is False
    subject = pb.ListFlagsRequest(subject_kind="parcel", subject="13264290020000")
    found = stub.ListFlags(subject, metadata=clerk)
    assert [one.on for one in found.history] == [True, False]
    assert {"clerk"} == {one.changed_by for one in found.history}
    assert [int(one["sequence"]) for one in ledger.told("FlagChanged")] == [1, 2]


def test_recv_053_a_flag_with_a_last_day_lapses_after_it(app, stub, clerk):
    """RECV-053: on its last day it holds, the day after the timer lifts it."""
    app.clock = FixedClock(datetime(2022, 3, 1, 18, tzinfo=UTC))
    stub.SetFlag(request("party", "Dolores", "dnap", through="2022-03-31"), metadata=clerk)
    subject = pb.ListFlagsRequest(subject_kind="party", subject="Dolores")
    states = []
    for day in (31, 32):
        app.clock = FixedClock(datetime(2022, 3 + day // 32, day % 32 or 1, 18, tzinfo=UTC))
        plan_days.pass_day(app, app.clock.today())
        states.append(stub.ListFlags(subject, metadata=clerk).flags[0].on)
    assert states == [True, False]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"kind": "owner"}, "SUBJECT_KIND_UNKNOWN"),
        ({"flag": "DNAP!"}, "FLAG_INVALID"),
        ({"subject": " "}, "SUBJECT_MISSING"),
        ({"subject": "a\x00b"}, "TEXT_INVALID"),
        ({"kind": "bill", "subject": "x"}, "ID_INVALID"),
        ({"kind": "bill", "subject": str(new_id())}, "BILL_NOT_FOUND"),
        ({"kind": "plan", "subject": "2022-9"}, "PLAN_NOT_FOUND"),
        ({"through": "never"}, "DATE_INVALID"),
        ({"charges": [pb.FlaggedCharge(installment=1)]}, "CHARGES_OF_WHAT"),
    ],
)
def test_recv_054_what_cannot_be_flagged_is_refused(stub, clerk, changes, reason):
    """RECV-054: with its reason."""
    with pytest.raises(grpc.RpcError) as error:
        stub.SetFlag(request(**changes), metadata=clerk)
    assert reason_of(error.value) == reason


def test_recv_054_the_right_to_flags_is_asked_for(stub, keys):
    """Reading is not flagging."""
    with pytest.raises(grpc.RpcError) as error:
        stub.SetFlag(request(), metadata=bearer(keys.token("receivables.read")))
    assert reason_of(error.value) == "FORBIDDEN"
