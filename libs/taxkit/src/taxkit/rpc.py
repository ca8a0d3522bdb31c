"""The gRPC server of every service: tokens, rights, deadlines, error mapping, traces, metrics.

One interceptor does all of it. grpcio's own threads do not live together with eventlet, so
nothing here is ever imported by a worker.
"""

import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent import futures
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import any_pb2
from google.rpc import code_pb2, error_details_pb2, status_pb2
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection
from grpc_status import rpc_status

from taxkit import db, logs, metrics, telemetry
from taxkit.auth import Caller, TokenVerifier, right_of
from taxkit.config import Settings
from taxkit.errors import FieldViolation, Refusal, RefusalKind, forbidden

_log = logs.get(__name__)
_DOMAIN = "millage"
_MESSAGE_BYTES_MAX = 4 * 1024 * 1024
_VIOLATIONS_BYTES_MAX = 4500
_DESCRIPTION_MAX = 500
_OPEN_PREFIXES = ("/grpc.health.", "/grpc.reflection.")
_caller: ContextVar[Caller] = ContextVar("caller")
_traceparent: ContextVar[str] = ContextVar("traceparent")


@dataclass(frozen=True, slots=True)
class Servicer:
    """One gRPC service of a process: its implementation and how to add it to a server."""

    implementation: Any
    add_to_server: Callable[[Any, grpc.Server], None]
    full_name: str

    def method(self, name: str) -> Callable[..., Any] | None:
        found: Callable[..., Any] | None = getattr(self.implementation, name, None)
        return found


def caller() -> Caller:
    """The verified caller of the present call."""
    return _caller.get()


def traceparent() -> str:
    """The present call's span, for the events it causes."""
    return _traceparent.get()


class Guard(grpc.ServerInterceptor):
    """Surrounds every method with what all methods need."""

    def __init__(self, verifier: TokenVerifier, servicers: Sequence[Servicer]) -> None:
        self._verifier = verifier
        self._servicers = {servicer.full_name: servicer for servicer in servicers}
        self._wrapped: dict[str, Any] = {}

    def intercept_service(self, continuation: Any, details: grpc.HandlerCallDetails) -> Any:
        handler = continuation(details)
        method: str = details.method
        if not handler or method.startswith(_OPEN_PREFIXES):
            return handler
        known = self._wrapped.get(method)
        if known is None:
            known = self._wrapped[method] = self._wrap(method, handler)
        return known

    def right(self, method: str) -> str | None:
        """The right a full method name needs, as declared beside the method."""
        _, service, name = method.split("/")
        servicer = self._servicers.get(service)
        implementation = servicer.method(name) if servicer else None
        return right_of(implementation) if implementation else None

    def _wrap(self, method: str, handler: Any) -> Any:
        right = self.right(method)
        inner = (
            handler.unary_unary
            or handler.unary_stream
            or handler.stream_unary
            or handler.stream_stream
        )
        if handler.response_streaming:
            outer: Any = self._streaming(method, right, inner)
        else:
            outer = self._unary(method, right, inner)
        kinds = {
            (False, False): grpc.unary_unary_rpc_method_handler,
            (False, True): grpc.unary_stream_rpc_method_handler,
            (True, False): grpc.stream_unary_rpc_method_handler,
            (True, True): grpc.stream_stream_rpc_method_handler,
        }
        make = kinds[handler.request_streaming, handler.response_streaming]
        return make(
            outer,
            request_deserializer=handler.request_deserializer,
            response_serializer=handler.response_serializer,
        )

    def _unary(self, method: str, right: str | None, inner: Any) -> Any:
        def call(request: Any, context: grpc.ServicerContext) -> Any:
            with self._surround(method, right, context):
                return inner(request, context)

        return call

    def _streaming(self, method: str, right: str | None, inner: Any) -> Any:
        def call(request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
            with self._surround(method, right, context):
                yield from inner(request, context)

        return call

    @contextmanager
    def _surround(
        self, method: str, right: str | None, context: grpc.ServicerContext
    ) -> Iterator[None]:
        started = time.perf_counter()
        metadata = {str(key): str(value) for key, value in context.invocation_metadata()}
        code = "OK"
        with telemetry.server_span(method[1:], metadata.get("traceparent")) as parent:
            _traceparent.set(parent)
            try:
                self._authorise(method, right, metadata)
                _check_deadline(context)
                yield
            except Refusal as refusal:
                code = refusal.kind.value
                context.abort_with_status(rpc_status.to_status(status_of(refusal)))
            except Exception as error:
                if code_is_set(context):
                    raise
                if not context.is_active():
                    # The caller hung up; what was not committed is rolled back, nobody is to blame.
                    code = "CANCELLED"
                    _log.info("caller went away", method=method, error=str(error)[:200])
                    context.abort(grpc.StatusCode.CANCELLED, "the caller went away")
                code = "UNAVAILABLE" if db.is_away(error) else "INTERNAL"
                _abort_with_bug(method, error, context)
            finally:
                metrics.RPC_SECONDS.labels(method, code).observe(time.perf_counter() - started)

    def _authorise(self, method: str, right: str | None, metadata: dict[str, str]) -> None:
        if right is None:
            raise forbidden("RIGHT_NOT_DECLARED", f"{method} declares no right, so nobody has it")
        scheme, _, token = metadata.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Refusal(
                "TOKEN_MISSING",
                "send `authorization: Bearer <token>`",
                kind=RefusalKind.UNAUTHENTICATED,
            )
        who = self._verifier.verify(token)
        who.require(right)
        _caller.set(who)


def code_is_set(context: Any) -> bool:
    """Whether the call was aborted already (abort raises to unwind)."""
    return context.code() is not None


def status_of(refusal: Refusal) -> status_pb2.Status:
    """A refusal as google.rpc.Status with a machine-readable reason."""
    details: list[Any] = [
        error_details_pb2.ErrorInfo(
            reason=refusal.reason, domain=_DOMAIN, metadata=refusal.metadata
        )
    ]
    if refusal.fields:
        details.append(_bad_request(refusal.fields))
    packed = []
    for detail in details:
        box = any_pb2.Any()
        box.Pack(detail)
        packed.append(box)
    return status_pb2.Status(
        code=code_pb2.Code.Value(refusal.kind.value), message=refusal.message, details=packed
    )


def _bad_request(fields: Sequence[FieldViolation]) -> error_details_pb2.BadRequest:
    """The violations that fit: they travel in a header, and clients take 8 KiB of headers."""
    bad, left = error_details_pb2.BadRequest(), _VIOLATIONS_BYTES_MAX
    for violation in fields:
        description = violation.description[:_DESCRIPTION_MAX]
        left -= len(violation.field.encode()) + len(description.encode()) + 8
        if left < 0:
            break
        bad.field_violations.add(field=violation.field, description=description)
    return bad


def _check_deadline(context: grpc.ServicerContext) -> None:
    left: float | None = context.time_remaining()
    if left is not None and left <= 0:
        raise Refusal("DEADLINE_PASSED", "the deadline passed", kind=RefusalKind.UNAVAILABLE)


def _abort_with_bug(method: str, error: Exception, context: grpc.ServicerContext) -> None:
    """Answer without a stack trace; the log has it, under the call's trace id."""
    if db.is_away(error):
        _log.warning("database away", method=method, error=str(error)[:300])
        refusal = Refusal(
            "DATABASE_AWAY", "try again with the same key", kind=RefusalKind.UNAVAILABLE
        )
        context.abort_with_status(rpc_status.to_status(status_of(refusal)))
    _log.exception("call failed", method=method)
    context.abort(
        grpc.StatusCode.INTERNAL, "internal error; the log has it under this call's trace id"
    )


def build_server(
    settings: Settings, verifier: TokenVerifier, servicers: Sequence[Servicer]
) -> tuple[grpc.Server, health.HealthServicer, int]:
    """Make a server; gives its health servicer and the port it listens on."""
    server = grpc.server(
        futures.ThreadPoolExecutor(settings.grpc_threads, thread_name_prefix="rpc"),
        interceptors=[Guard(verifier, servicers)],
        options=[
            ("grpc.max_receive_message_length", _MESSAGE_BYTES_MAX),
            ("grpc.max_send_message_length", _MESSAGE_BYTES_MAX),
            ("grpc.so_reuseport", 0),
        ],
    )
    checker = health.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(checker, server)
    for servicer in servicers:
        servicer.add_to_server(servicer.implementation, server)
        checker.set(servicer.full_name, health_pb2.HealthCheckResponse.SERVING)
    if settings.grpc_reflection:
        names = [servicer.full_name for servicer in servicers]
        reflection.enable_server_reflection(
            [*names, health.SERVICE_NAME, reflection.SERVICE_NAME], server
        )
    port = _listen(server, settings)
    return server, checker, port


def _listen(server: grpc.Server, settings: Settings) -> int:
    if not settings.grpc_tls_cert_file:
        return int(server.add_insecure_port(settings.grpc_listen))
    credentials = grpc.ssl_server_credentials(
        [
            (
                Path(settings.grpc_tls_key_file).read_bytes(),
                Path(settings.grpc_tls_cert_file).read_bytes(),
            )
        ]
    )
    return int(server.add_secure_port(settings.grpc_listen, credentials))


def serve_until_signal(server: grpc.Server, checker: health.HealthServicer) -> None:
    """Serve until SIGTERM; then refuse new calls and let the present ones end."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    server.start()
    stop.wait()
    checker.enter_graceful_shutdown()
    server.stop(grace=20).wait()
