"""What callers of the processes of time are told, and refused."""

import grpc
import pytest

from millage.receivables.v1 import due_pb2 as pb
from millage.receivables.v1 import due_pb2_grpc as stubs
from taxkit.testing import bearer, reason_of

Default, Grace = pb.RunDefaultProcessRequest, pb.EndGracePeriodsRequest


@pytest.fixture
def stub(channel):
    return stubs.DueServiceStub(channel)


@pytest.fixture
def allowed(keys):
    return bearer(keys.token("receivables.default"))


def call(stub, request, metadata):
    method = stub.RunDefaultProcess if isinstance(request, Default) else stub.EndGracePeriods
    return method(request, metadata=metadata)


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        (Default(until="2020-06-30"), "IDEMPOTENCY_KEY_INVALID"),
        (Default(idempotency_key="k", until="2199-06-30"), "DAY_NOT_OVER"),
        (Default(idempotency_key="k"), "DATE_INVALID"),
        (Default(idempotency_key="k", until="2020-06-30", limit=5001), "LIMIT_INVALID"),
        (Grace(idempotency_key="k", on="2199-01-01"), "DATE_IN_FUTURE"),
        (Grace(idempotency_key="k", limit=-1), "LIMIT_INVALID"),
        (Grace(idempotency_key="k", on="30.6.2020"), "DATE_INVALID"),
    ],
)
def test_recv_003_bad_input_is_refused_by_name(stub, allowed, request_, reason):
    """RECV-003, RECV-008: a day that is not over and hostile values change nothing."""
    with pytest.raises(grpc.RpcError) as refused:
        call(stub, request_, allowed)
    assert reason == reason_of(refused.value)


@pytest.mark.parametrize(
    "request_", [Default(idempotency_key="k", until="2020-06-30"), Grace(idempotency_key="k")]
)
def test_recv_003_a_reader_may_not_declare_defaults(stub, keys, request_):
    """RECV-003: it takes a right of its own."""
    with pytest.raises(grpc.RpcError) as refused:
        call(stub, request_, bearer(keys.token("receivables.read")))
    assert grpc.StatusCode.PERMISSION_DENIED is refused.value.code()


def test_recv_003_a_key_used_for_another_day_is_refused(stub, allowed):
    """RECV-003: the same key and the same request give the same answer, another is refused."""
    request = Default(idempotency_key="once", until="2020-06-30")
    assert call(stub, request, allowed) == call(stub, request, allowed)
    request.until = "2021-06-30"
    with pytest.raises(grpc.RpcError) as refused:
        call(stub, request, allowed)
    assert reason_of(refused.value) == "IDEMPOTENCY_CONFLICT"


def test_recv_003_a_law_without_default_declares_none(stub, allowed, bill):
    """RECV-003: under Cook County's law nothing changes its collection type."""
    answer = call(stub, Default(idempotency_key="cook", until="2025-06-30"), allowed)
    assert (answer.bill_count, answer.amount_cents, answer.more) == (0, 0, False)
