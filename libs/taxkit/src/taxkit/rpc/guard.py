"""The interceptor that surrounds every method with what all methods need."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any, TypeVar

import grpc

from taxkit import db, logs, metrics, telemetry
from taxkit.auth import TokenVerifier, right_of
from taxkit.errors import Refusal, RefusalKind, forbidden
from taxkit.rpc.calls import (
    CALLER,
    TRACEPARENT,
    UNREADABLE,
    VERIFIER,
    Aborted,
    AioContext,
    CallContext,
    in_thread,
    is_active,
    plain_answers,
    plain_requests,
    readable,
    unreadable,
)
from taxkit.rpc.refusals import Ending, end

_log = logs.get(__name__)
T = TypeVar("T")
_OPEN_PREFIXES = ("/grpc.health.", "/grpc.reflection.")


@dataclass(frozen=True, slots=True)
class Servicer:
    """One gRPC service of a process: its implementation and how to add it to a server."""

    implementation: Any
    add_to_server: Callable[[Any, Any], None]
    full_name: str
    # What to let go of on the server's loop once the last call has ended.
    close: Callable[[], Awaitable[None]] | None = None

    def method(self, name: str) -> Callable[..., Any] | None:
        found: Callable[..., Any] | None = getattr(self.implementation, name, None)
        return found


class Guard(grpc.aio.ServerInterceptor):
    """Checks token, right and deadline, and turns every ending into what a caller may see."""

    def __init__(
        self, verifier: TokenVerifier, servicers: Sequence[Servicer], pool: Executor
    ) -> None:
        self._verifier = verifier
        self._servicers = {servicer.full_name: servicer for servicer in servicers}
        self._pool = pool
        self._wrapped: dict[str, Any] = {}

    async def intercept_service(self, continuation: Any, details: grpc.HandlerCallDetails) -> Any:
        method: str = details.method
        known = self._wrapped.get(method)
        if known is not None:
            return known
        handler = await continuation(details)
        if not handler or method.startswith(_OPEN_PREFIXES):
            return handler
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
        wrap = self._streaming if handler.response_streaming else self._unary
        kinds = {
            (False, False): grpc.unary_unary_rpc_method_handler,
            (False, True): grpc.unary_stream_rpc_method_handler,
            (True, False): grpc.stream_unary_rpc_method_handler,
            (True, True): grpc.stream_stream_rpc_method_handler,
        }
        make = kinds[handler.request_streaming, handler.response_streaming]
        return make(
            wrap(method, right, inner, streamed=handler.request_streaming),
            request_deserializer=readable(handler.request_deserializer),
            response_serializer=handler.response_serializer,
        )

    def _unary(self, method: str, right: str | None, inner: Any, *, streamed: bool) -> Any:
        is_coroutine = inspect.iscoroutinefunction(inner)

        async def call(request: Any, context: AioContext) -> Any:
            async def answer() -> Any:
                if request is UNREADABLE:
                    raise unreadable()
                if is_coroutine:
                    return await inner(request, context)
                given = plain_requests(context) if streamed else request
                return await in_thread(self._pool, inner, given, CallContext(context))

            return await self._guarded(method, right, context, answer)

        return call

    def _streaming(self, method: str, right: str | None, inner: Any, *, streamed: bool) -> Any:
        async def call(request: Any, context: AioContext) -> None:
            async def answer() -> None:
                if request is UNREADABLE:
                    raise unreadable()
                given = plain_requests(context) if streamed else request
                answers = await in_thread(self._pool, inner, given, CallContext(context))
                async for one in plain_answers(self._pool, iter(answers)):
                    await context.write(one)

            await self._guarded(method, right, context, answer)

        return call

    async def _guarded(
        self,
        method: str,
        right: str | None,
        context: AioContext,
        answer: Callable[[], Awaitable[T]],
    ) -> T:
        started = time.perf_counter()
        metadata = {str(key): str(value) for key, value in context.invocation_metadata() or ()}
        code = "OK"
        with telemetry.server_span(method[1:], metadata.get("traceparent")) as parent:
            TRACEPARENT.set(parent)
            try:
                self._authorise(method, right, metadata)
                _check_deadline(context)
                return await answer()
            except asyncio.CancelledError:
                code = "CANCELLED"
                raise
            except Exception as error:
                ending = _ending_of(method, error, is_active=is_active(context))
                code = ending.code.name
                if ending.code is grpc.StatusCode.CANCELLED:
                    raise asyncio.CancelledError from error
                await end(context, ending)
                raise
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
        CALLER.set(who)
        VERIFIER.set(self._verifier)


def _check_deadline(context: AioContext) -> None:
    left: float | None = context.time_remaining()
    if left is not None and left <= 0:
        raise Refusal("DEADLINE_PASSED", "the deadline passed", kind=RefusalKind.UNAVAILABLE)


def _ending_of(method: str, error: Exception, *, is_active: bool) -> Ending:
    """What a caller may see of an error: never a stack trace; the log has that, by trace id."""
    if not is_active:
        # Nobody waits; what was not committed is rolled back, nobody is to blame.
        _log.info("caller went away", method=method, error=str(error)[:200])
        return Ending(grpc.StatusCode.CANCELLED, "the caller went away")
    if isinstance(error, Refusal):
        return Ending.refused(error)
    if isinstance(error, Aborted):
        return Ending(error.code, error.details)
    if db.is_away(error):
        _log.warning("database away", method=method, error=str(error)[:300])
        return Ending.refused(
            Refusal("DATABASE_AWAY", "try again with the same key", kind=RefusalKind.UNAVAILABLE)
        )
    _log.error("call failed", method=method, exc_info=error)
    return Ending(
        grpc.StatusCode.INTERNAL, "internal error; the log has it under this call's trace id"
    )
