"""Plain methods on an event loop's server: each runs in a thread of the pool.

A stream is handed over message by message; what a plain method may ask of its call is
`CallContext`, which is safe to use from its thread.
"""

import asyncio
import contextvars
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from concurrent.futures import Executor
from contextvars import ContextVar
from typing import Any, TypeVar

import grpc
from google.protobuf.message import DecodeError

from taxkit.auth import Caller, TokenVerifier
from taxkit.errors import Refusal, invalid

T = TypeVar("T")
AioContext = grpc.aio.ServicerContext[Any, Any]
CALLER: ContextVar[Caller] = ContextVar("caller")
VERIFIER: ContextVar[TokenVerifier] = ContextVar("verifier")
TRACEPARENT: ContextVar[str] = ContextVar("traceparent")
_LOOP: ContextVar[asyncio.AbstractEventLoop] = ContextVar("loop")
_END = object()
# Stands for a request that is no message of its type.
UNREADABLE = object()


def caller() -> Caller:
    """The verified caller of the present call."""
    return CALLER.get()


def second_person(token: str) -> Caller:
    """Whoever signs a request besides the caller, by a token of his own."""
    return VERIFIER.get().verify(token)


def traceparent() -> str:
    """The present call's span, for the events it causes."""
    return TRACEPARENT.get()


class Aborted(Exception):
    """A plain method ended its call with a code of its own."""

    def __init__(self, code: grpc.StatusCode, details: str) -> None:
        super().__init__(details)
        self.code = code
        self.details = details


class CallContext:
    """What a plain method may ask of its call, and how it may end it."""

    def __init__(self, context: AioContext) -> None:
        self._context = context

    def invocation_metadata(self) -> list[tuple[str, str | bytes]]:
        return [(key, value) for key, value in self._context.invocation_metadata() or ()]

    def time_remaining(self) -> float | None:
        left: float | None = self._context.time_remaining()
        return left

    def abort(self, code: grpc.StatusCode, details: str) -> None:
        raise Aborted(code, details)


def is_active(context: AioContext) -> bool:
    return not (context.cancelled() or context.done())


def in_thread(pool: Executor, work: Callable[..., T], *arguments: Any) -> "asyncio.Future[T]":
    """Run what may block in a thread, with the call's own context variables."""
    loop = asyncio.get_running_loop()
    context = contextvars.copy_context()
    context.run(_LOOP.set, loop)
    return loop.run_in_executor(pool, context.run, work, *arguments)


def on_loop(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine on the server's loop and wait for it: for plain methods, in their threads."""
    return asyncio.run_coroutine_threadsafe(coroutine, _LOOP.get()).result()


def readable(deserializer: Callable[[bytes], Any]) -> Callable[[bytes], Any]:
    """Read a request, or say that it cannot be read: grpcio would call that an internal error."""

    def read(body: bytes) -> Any:
        try:
            return deserializer(body)
        except DecodeError:
            return UNREADABLE

    return read


def unreadable() -> Refusal:
    return invalid(
        "REQUEST_UNREADABLE", "the request is no message of its type, or a text in it is not UTF-8"
    )


def plain_requests(context: AioContext) -> Iterator[Any]:
    """A client's stream, for a thread to iterate.

    A stream that broke off ends like a whole one: what must be whole carries its own end.
    """
    while (message := on_loop(_read(context))) is not _END:
        if message is UNREADABLE:
            raise unreadable()
        yield message


async def plain_answers(pool: Executor, answers: Iterator[T]) -> AsyncIterator[T]:
    """A plain generator's answers, each made in a thread."""
    try:
        while (answer := await in_thread(pool, next, answers, _END)) is not _END:
            yield answer
    finally:
        if hasattr(answers, "close"):
            await in_thread(pool, answers.close)


async def _read(context: AioContext) -> Any:
    message = await context.read()
    return _END if message is grpc.aio.EOF else message
