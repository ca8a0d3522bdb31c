"""The guarded gRPC server: who may call what, and how every ending looks to the caller."""

import re
import threading
import time
from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from bench_of_one import PATIENCE_SECONDS, eventually
from cable import Cable
from google.protobuf.wrappers_pb2 import StringValue
from google.rpc import error_details_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_status import rpc_status
from sample_service.api import HEARD, SERVICE
from sample_service.bootstrap import SPEC

from taxkit import metrics, rpc, telemetry, testing
from taxkit.app import App
from taxkit.errors import FieldViolation, Refusal, RefusalKind
from taxkit.rpc import server
from taxkit.testing import Keys

KEYS = testing.make_keys()


class Client:
    def __init__(self, channel: grpc.Channel, keys: Keys) -> None:
        self.channel, self.keys = channel, keys

    def call(self, method: str, value: str = "", token: str | None = None, **options) -> str:
        kept = token if token is not None else self.keys.token("sample.*")
        metadata = [*(testing.bearer(kept) if kept else ()), *options.pop("metadata", ())]
        return self.stub(method)(StringValue(value=value), metadata=metadata, **options).value

    def stub(self, method: str):
        return self.channel.unary_unary(
            f"/{SERVICE}/{method}", StringValue.SerializeToString, StringValue.FromString
        )

    def refusal(self, method: str, value: str = "", **options) -> grpc.RpcError:
        with pytest.raises(grpc.RpcError) as caught:
            self.call(method, value, **options)
        return caught.value


@pytest.fixture(scope="module")
def tracing() -> None:
    """As in a process: span ids are made, though nothing is exported."""
    telemetry.setup("sample", "api", "cook")


@pytest.fixture
def client(tracing: None, app: App) -> Iterator[Client]:
    with testing.server(SPEC, app, KEYS) as channel:
        yield Client(channel, KEYS)


def test_the_caller_is_known_and_the_trace_goes_on(client: Client):
    """The answer names the token's user; the server's span is in the client's trace."""
    answer = client.call("Echo", "hi", metadata=[("traceparent", testing.TRACEPARENT)])

    user, text, traceparent = answer.split(" ")
    assert (user, text) == ("clerk", "hi")
    assert testing.TRACEPARENT.split("-")[1] == traceparent.split("-")[1]
    assert testing.TRACEPARENT.split("-")[2] != traceparent.split("-")[2]


def test_without_a_trace_of_its_own_a_call_begins_one(client: Client):
    first, second = (client.call("Echo").split(" ")[-1] for _ in range(2))

    assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}", first)
    assert first.split("-")[1] != second.split("-")[1]


@pytest.mark.parametrize(
    ("token", "code", "reason"),
    [
        ("", "UNAUTHENTICATED", "TOKEN_MISSING"),
        ("nonsense", "UNAUTHENTICATED", "TOKEN_INVALID"),
        (KEYS.expired_token("sample.*"), "UNAUTHENTICATED", "TOKEN_EXPIRED"),
        (testing.make_keys().token("sample.*"), "UNAUTHENTICATED", "TOKEN_INVALID"),
        (KEYS.token("sample.write", "other.*"), "PERMISSION_DENIED", "FORBIDDEN"),
        (KEYS.token(), "PERMISSION_DENIED", "FORBIDDEN"),
    ],
)
def test_a_wrong_token_is_refused_with_its_reason(
    client: Client, token: str, code: str, reason: str
):
    """Missing, malformed, expired, signed by somebody else, without the right."""
    error = client.refusal("Echo", token=token)

    assert (code, reason) == (error.code().name, testing.reason_of(error))


@pytest.mark.parametrize("rights", [("sample.read",), ("sample.*",), ("*",)])
def test_a_right_is_held_itself_or_by_its_service_s_star_or_by_the_star(
    client: Client, rights: tuple[str, ...]
):
    assert client.call("Echo", "x", token=KEYS.token(*rights)).startswith("clerk x")


def test_a_method_that_declares_no_right_is_nobody_s(client: Client):
    """Even for who may do everything: forgetting the declaration opens nothing."""
    error = client.refusal("Undeclared", token=KEYS.token("*"))

    assert testing.reason_of(error) == "RIGHT_NOT_DECLARED"


def test_a_method_that_is_not_there_is_unimplemented(client: Client):
    assert client.refusal("Missing").code() == grpc.StatusCode.UNIMPLEMENTED


@pytest.mark.parametrize(
    ("kind", "code", "reason"),
    [
        ("invalid", "INVALID_ARGUMENT", "BAD_AMOUNT"),
        ("conflict", "ALREADY_EXISTS", "TAKEN"),
        ("forbidden", "PERMISSION_DENIED", "NOT_YOURS"),
    ],
)
def test_a_refusal_carries_code_and_reason(client: Client, kind: str, code: str, reason: str):
    error = client.refusal("Refuse", kind)

    assert (code, reason) == (error.code().name, testing.reason_of(error))


def test_bad_input_names_its_field(client: Client):
    """As google.rpc.BadRequest, for a form to put beside the field."""
    details = rpc_status.from_call(client.refusal("Refuse", "invalid")).details

    bad = error_details_pb2.BadRequest()
    assert any(detail.Unpack(bad) for detail in details)
    assert [violation.field for violation in bad.field_violations] == ["amount_cents"]


def test_a_bug_answers_internal_without_its_details(client: Client):
    error = client.refusal("Crash")

    assert error.code() == grpc.StatusCode.INTERNAL
    assert "secret" not in error.details()
    assert "Zero" not in error.details()


def test_a_deadline_is_kept(client: Client):
    error = client.refusal("Slow", timeout=0.2)

    assert error.code() == grpc.StatusCode.DEADLINE_EXCEEDED


def test_the_same_key_gives_the_same_answer_and_is_done_once(client: Client, app: App):
    """A different request under it is refused, as is a missing key."""
    assert [client.call("Once", "k1 a") for _ in range(2)] == ["noted a", "noted a"]
    assert testing.reason_of(client.refusal("Once", "k1 b")) == "IDEMPOTENCY_CONFLICT"
    assert testing.reason_of(client.refusal("Once", " b")) == "IDEMPOTENCY_KEY_INVALID"
    with app.database.begin() as connection:
        count = connection.exec_driver_sql("select count(*) from effects").scalar_one()
    assert count == 1


def test_a_stream_ends_with_its_refusal_after_what_it_gave(client: Client):
    call = client.channel.unary_stream(
        f"/{SERVICE}/Count", StringValue.SerializeToString, StringValue.FromString
    )(StringValue(value="3"), metadata=testing.bearer(KEYS.token("*")))
    assert [next(call).value for _ in range(3)] == ["0", "1", "2"]
    with pytest.raises(grpc.RpcError) as caught:
        next(call)
    assert caught.value.code() == grpc.StatusCode.NOT_FOUND
    assert testing.reason_of(caught.value) == "NO_MORE"


def test_health_answers_without_a_token(client: Client):
    stub = health_pb2_grpc.HealthStub(client.channel)

    answer = stub.Check(health_pb2.HealthCheckRequest(service=SERVICE))
    assert answer.status == health_pb2.HealthCheckResponse.SERVING


def test_a_database_that_is_away_is_unavailable_and_comes_back(database_url: str):
    """The caller is told to try again with the same key; no restart is needed afterwards."""
    cable, url = Cable.to(database_url)
    with (
        testing.application(SPEC, url) as app,
        testing.server(SPEC, app, KEYS) as channel,
    ):
        client = Client(channel, KEYS)
        assert client.call("Select") == "1"
        cable.cut()
        error = client.refusal("Select")
        assert (error.code().name, testing.reason_of(error)) == ("UNAVAILABLE", "DATABASE_AWAY")
        cable.mend()
        assert client.call("Select") == "1"


def test_a_caller_who_hangs_up_is_nobody_s_bug(client: Client, caplog: pytest.LogCaptureFixture):
    """A stream cut off by its sender ends without an error in the log or the metrics.

    gRPC may show the server the stream's end a moment before its failure: then the call just ends.
    """
    gone, heard = threading.Event(), len(HEARD)

    def words() -> Iterator[StringValue]:
        yield StringValue(value="one")
        gone.wait(PATIENCE_SECONDS)

    gather = client.channel.stream_unary(
        f"/{SERVICE}/Gather", StringValue.SerializeToString, StringValue.FromString
    )
    before = _endings()
    call = gather.future(words(), metadata=testing.bearer(client.keys.token("sample.*")))
    eventually(heard + 1, lambda: len(HEARD))
    call.cancel()
    gone.set()

    eventually(sum(before.values()) + 1, lambda: sum(_endings().values()))
    after = _endings()
    ended = {code for code, count in after.items() if count > before[code]}
    assert ended in ({"CANCELLED"}, {"OK"})
    assert "call failed" not in caplog.text


def test_callers_who_hang_up_hold_no_thread(client: Client):
    """More streams are cut off than the pool has threads, and a plain call is still answered."""
    gather = client.channel.stream_unary(
        f"/{SERVICE}/Gather", StringValue.SerializeToString, StringValue.FromString
    )
    gone, heard = threading.Event(), len(HEARD)

    def words() -> Iterator[StringValue]:
        yield StringValue(value="one")
        gone.wait(PATIENCE_SECONDS)

    before = sum(_endings().values())
    calls = [
        gather.future(words(), metadata=testing.bearer(client.keys.token("sample.*")))
        for _ in range(40)
    ]
    eventually(True, lambda: len(HEARD) >= heard + 16)
    for call in calls:
        call.cancel()
    gone.set()

    assert client.call("Echo", "still", timeout=60).startswith("clerk still")
    eventually(True, lambda: sum(_endings().values()) >= before + 16)


def _endings() -> dict[str, float]:
    method = f"/{SERVICE}/Gather"
    codes = ("OK", "CANCELLED", "INTERNAL", "UNAVAILABLE")
    return {code: _count(metrics.RPC_SECONDS.labels(method, code)) for code in codes}


def _count(histogram: Any) -> float:
    return next(s.value for s in histogram.collect()[0].samples if s.name.endswith("_count"))


def test_a_caller_does_not_stay_with_one_process_for_ever(tracing, app: App, monkeypatch):
    """Its connection is exchanged between calls, and no call notices: new processes get some."""
    monkeypatch.setattr(server, "_CONNECTION_MS", 200)
    with testing.server(SPEC, app, KEYS) as channel:
        client, made = Client(channel, KEYS), Connections(channel)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while made.count < 3:
            assert client.call("Echo", "on").startswith("clerk on")
            assert time.monotonic() < deadline


class Connections:
    """Counts how often a channel became ready."""

    def __init__(self, channel: grpc.Channel) -> None:
        self.count = 0
        channel.subscribe(self._note)

    def _note(self, state: grpc.ChannelConnectivity) -> None:
        self.count += state is grpc.ChannelConnectivity.READY


def test_a_refusal_of_everything_fits_into_a_header():
    """Clients take 8 KiB of headers: what does not fit is left off, from the end."""
    fields = [FieldViolation(f"parcels[{n}].owner", f"row {n}: " + "é" * 400) for n in range(100)]
    refusal = Refusal("ROLL_INVALID", "100 findings", kind=RefusalKind.INVALID, fields=fields)

    status = rpc.status_of(refusal)
    told = error_details_pb2.BadRequest()
    assert status.details[1].Unpack(told)

    assert status.ByteSize() < 6000
    assert [one.field for one in told.field_violations] == [
        f"parcels[{n}].owner" for n in range(len(told.field_violations))
    ]
    assert len(told.field_violations) >= 5


def test_a_request_that_is_no_message_is_refused_with_a_reason(client: Client):
    """Whole or as part of a stream; grpcio alone would call either an internal error."""
    plain = client.channel.unary_unary(f"/{SERVICE}/Echo", bytes, StringValue.FromString)
    stream = client.channel.stream_unary(f"/{SERVICE}/Gather", bytes, StringValue.FromString)
    token = testing.bearer(client.keys.token("sample.*"))
    for call, sent in ((plain, b"\x0a\x03\xed\xa0\x80"), (stream, iter([b"", b"\xff\xff"]))):
        with pytest.raises(grpc.RpcError) as caught:
            call(sent, metadata=token)
        assert caught.value.code() == grpc.StatusCode.INVALID_ARGUMENT
        assert testing.reason_of(caught.value) == "REQUEST_UNREADABLE"


def test_a_refusal_that_echoes_what_was_sent_still_arrives():
    """However long that was: it is cut off, and shown as cut."""
    echo = "é" * 1_000_000
    refusal = Refusal("TOO_LONG", echo, metadata={"a": echo, "b": echo}, fields=[
        FieldViolation("f", echo)
    ])  # fmt: skip
    status = rpc.status_of(refusal)

    assert status.message.endswith("é…")
    assert 3 * len(status.message.encode()) + 4 * status.ByteSize() / 3 < 7500
