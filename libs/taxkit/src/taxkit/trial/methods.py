"""Every method a service's process serves, as its contracts have it, and calling one with bytes."""

import importlib
import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import grpc
from google.protobuf import descriptor_pool, message_factory
from google.protobuf.message import Message

from taxkit import ops, testing
from taxkit.app import App, ServiceSpec
from taxkit.auth import right_of

_DEADLINE_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Method:
    """One RPC method and the right it needs."""

    service: str
    name: str
    right: str
    request: type[Message]
    answer: type[Message]
    streams_in: bool
    streams_out: bool
    # It runs on the server's loop, and writes over connections of its own.
    is_coroutine: bool

    @property
    def path(self) -> str:
        return f"/{self.service}/{self.name}"

    @property
    def is_keyed(self) -> bool:
        """Whether it carries an idempotency_key, itself or in its header: it is a command."""
        own = self.request.DESCRIPTOR
        parts = [own, *(one.message_type for one in own.fields if one.message_type)]
        return any("idempotency_key" in part.fields_by_name for part in parts)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a call ended: with answers, or with a code and a reason."""

    code: str
    reason: str
    said: str
    answers: tuple[bytes, ...] = ()

    @property
    def is_ok(self) -> bool:
        return self.code == "OK"

    def __str__(self) -> str:
        return f"{self.code} {self.reason or '(no reason)'} {self.said[:200]}".strip()


def methods_of(spec: ServiceSpec, app: App) -> list[Method]:
    """The methods of every servicer of the process, taxkit's own included."""
    api = importlib.import_module(f"{spec.name}_service.api")
    pool = descriptor_pool.Default()
    return [
        Method(
            servicer.full_name,
            method.name,
            right_of(servicer.method(method.name)) or "",
            message_factory.GetMessageClass(method.input_type),
            message_factory.GetMessageClass(method.output_type),
            method.client_streaming,
            method.server_streaming,
            inspect.iscoroutinefunction(servicer.method(method.name)),
        )
        for servicer in [*api.servicers(app), ops.servicer(app, tuple(spec.subscriptions))]
        for method in pool.FindServiceByName(servicer.full_name).methods
    ]


def ask(channel: grpc.Channel, method: Method, sent: Sequence[bytes], token: str = "") -> Outcome:
    """Call a method with messages as they go over the wire, whole or broken."""
    kinds = {
        (False, False): channel.unary_unary,
        (False, True): channel.unary_stream,
        (True, False): channel.stream_unary,
        (True, True): channel.stream_stream,
    }
    call: Any = kinds[method.streams_in, method.streams_out](method.path, _as_is, _as_is)
    metadata = testing.bearer(token) if token else ()
    given = iter(sent) if method.streams_in else sent[0]
    try:
        answer = call(given, metadata=metadata, timeout=_DEADLINE_SECONDS)
        answers = tuple(answer) if method.streams_out else (answer,)
    except grpc.RpcError as error:
        ended: Any = error
        return Outcome(ended.code().name, testing.reason_of(error), ended.details() or "")
    return Outcome("OK", "", "", answers)


def _as_is(given: bytes) -> bytes:
    return given
