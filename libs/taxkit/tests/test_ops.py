"""What the operations API of every service refuses, and why."""

from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from sample_service.bootstrap import SPEC

from millage.ops.v1 import ops_pb2 as pb
from millage.ops.v1 import ops_pb2_grpc as stubs
from taxkit import testing
from taxkit.errors import Refusal
from taxkit.rpc import guard

KEYS = testing.make_keys()


@pytest.fixture
def ops(database_url: str) -> Iterator[Any]:
    """The API of a service whose broker is not there."""
    nowhere = {"MILLAGE_AMQP_URL": "amqp://sample:s3cret@127.0.0.1:1/nowhere"}
    with (
        testing.application(SPEC, database_url, **nowhere) as app,
        testing.server(SPEC, app, KEYS) as channel,
    ):
        yield stubs.OpsServiceStub(channel)


def refused(method: Any, request: Any) -> grpc.RpcError:
    with pytest.raises(grpc.RpcError) as refusal:
        method(request, metadata=testing.bearer(KEYS.token("ops.read")))
    return refusal.value


def test_without_a_broker_nobody_knows_what_waits_in_it(ops: Any):
    """BROKER_AWAY, and not a word of the password."""
    error = refused(ops.GetLag, pb.GetLagRequest())

    assert testing.reason_of(error) == "BROKER_AWAY"
    assert error.code() is grpc.StatusCode.UNAVAILABLE
    assert "s3cret" not in error.details()


@pytest.mark.parametrize("text", ["", "7", "g" * 32])
def test_what_is_no_trace_id_is_not_looked_for(ops: Any, text: str):
    error = refused(ops.GetTrace, pb.GetTraceRequest(trace_id=text))

    assert testing.reason_of(error) == "TRACE_ID_INVALID"


def test_a_call_that_comes_after_its_deadline_is_not_begun():
    """DEADLINE_PASSED: whoever asked has gone."""

    class Late:
        def time_remaining(self) -> float:
            return 0.0

    with pytest.raises(Refusal) as refusal:
        guard._check_deadline(Late())

    assert refusal.value.reason == "DEADLINE_PASSED"
