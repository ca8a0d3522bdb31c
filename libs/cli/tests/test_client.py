"""Calls: what is added to each, what is tried again, and how failures are worded."""

from collections.abc import Iterator
from concurrent import futures
from dataclasses import dataclass, field

import grpc
import pytest
from typing_extensions import override

from millage.ops.v1 import ops_pb2, ops_pb2_grpc
from millage_cli import client as clients
from millage_cli.addresses import Addresses
from millage_cli.client import Client, Credentials, one_trace
from millage_cli.everywhere import ask_all
from millage_cli.parked import Parked, replay
from millage_cli.problems import ExitCode, Problem


@dataclass
class Stand(ops_pb2_grpc.OpsServiceServicer):
    """A service that is told how to fail, and keeps what it was sent."""

    failures: list[grpc.StatusCode] = field(default_factory=list)
    seen: list[dict[str, str]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)

    @override
    def GetLag(self, _request, context):
        self._take(context)
        return ops_pb2.Lag(service="levy")

    @override
    def ReplayParked(self, request, context):
        self.keys.append(request.idempotency_key)
        self._take(context)
        return ops_pb2.ParkedMessage(parked_id=request.parked_id)

    def _take(self, context):
        metadata = {key: str(value) for key, value in context.invocation_metadata()}
        self.seen.append(metadata | {"seconds": str(context.time_remaining())})
        if self.failures:
            context.abort(self.failures.pop(0), "as told")


@pytest.fixture
def stand() -> Stand:
    return Stand()


@pytest.fixture
def client(stand, monkeypatch) -> Iterator[Client]:
    """A client of that service, whose waits between tries are short."""
    monkeypatch.setattr(clients, "_FIRST_WAIT_SECONDS", 0.001)
    server = grpc.server(futures.ThreadPoolExecutor(4))
    ops_pb2_grpc.add_OpsServiceServicer_to_server(stand, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    addresses = Addresses({"levy": f"127.0.0.1:{port}", "taxsale": f"127.0.0.1:{port}"})
    with Client(addresses, Credentials(lambda: "secret"), seconds=60) as made:
        yield made
    server.stop(grace=None).wait()


def parked_one() -> Parked:
    return Parked("levy", ops_pb2.ParkedMessage(parked_id="1"))


def test_every_call_carries_token_trace_and_deadline(client, stand):
    """No call can wait for ever, and none is anonymous."""
    with one_trace() as trace_id:
        client.ops("levy").GetLag(ops_pb2.GetLagRequest())

    (sent,) = stand.seen
    assert sent["authorization"] == "Bearer secret"
    assert sent["traceparent"].split("-")[:2] == ["00", trace_id]
    assert 0 < float(sent["seconds"]) < 60.5


def test_calls_side_by_side_belong_to_one_trace(client, stand):
    """What one command asks of many services is found under one id."""
    with one_trace() as trace_id:
        ask_all(["levy", "taxsale"], lambda one: client.ops(one).GetLag(ops_pb2.GetLagRequest()))

    assert {sent["traceparent"].split("-")[1] for sent in stand.seen} == {trace_id}


def test_a_command_is_sent_again_under_the_same_key_while_the_service_is_away(client, stand):
    """So that nothing is done twice, however often it is sent."""
    stand.failures = [grpc.StatusCode.UNAVAILABLE] * 3

    replay(client, parked_one(), "mended")

    assert len(stand.keys) == 4
    assert len(set(stand.keys)) == 1


@pytest.mark.parametrize(
    ("code", "exit_code"),
    [
        (grpc.StatusCode.INVALID_ARGUMENT, ExitCode.REFUSED),
        (grpc.StatusCode.FAILED_PRECONDITION, ExitCode.REFUSED),
        (grpc.StatusCode.ALREADY_EXISTS, ExitCode.REFUSED),
        (grpc.StatusCode.NOT_FOUND, ExitCode.NOT_FOUND),
        (grpc.StatusCode.PERMISSION_DENIED, ExitCode.NOT_ALLOWED),
        (grpc.StatusCode.UNAUTHENTICATED, ExitCode.NOT_ALLOWED),
        (grpc.StatusCode.DEADLINE_EXCEEDED, ExitCode.AWAY),
        (grpc.StatusCode.INTERNAL, ExitCode.BUG),
    ],
)
def test_each_kind_of_failure_has_its_exit_code_and_is_not_tried_again(
    client, stand, code, exit_code
):
    """Scripts tell refusals from outages by the exit code."""
    stand.failures = [code]

    with pytest.raises(Problem) as refused:
        replay(client, parked_one(), "mended", key="mine")

    assert refused.value.exit_code == exit_code
    assert refused.value.reason == code.name
    assert refused.value.about.asked == "levy.ReplayParked"
    assert refused.value.about.idempotency_key == "mine"
    assert len(stand.keys) == 1


def test_a_service_that_stays_away_is_named_with_its_address():
    """The message says where nobody answered."""
    addresses = Addresses({"levy": "127.0.0.1:1"})
    with (
        Client(addresses, Credentials(lambda: "secret"), seconds=5) as client,
        pytest.raises(Problem) as refused,
    ):
        client.ops("levy").GetLag(ops_pb2.GetLagRequest())

    assert refused.value.exit_code == ExitCode.AWAY
    assert refused.value.message == "nobody answers at 127.0.0.1:1"


def test_one_service_away_spoils_no_answer_of_another(client):
    """Those that answered are shown, the other is named."""
    answers = ask_all(
        ["levy", "mint"], lambda one: client.ops(one).GetLag(ops_pb2.GetLagRequest()).service
    )

    assert answers.given == {"levy": "levy"}
    assert list(answers.problems) == ["mint"]
