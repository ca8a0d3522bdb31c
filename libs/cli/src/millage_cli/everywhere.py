"""One question to many services; those that are away are named, and spoil no other's answer."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from functools import partial
from typing import Generic, ParamSpec, TypeVar

from typing_extensions import override

from millage_cli.problems import Problem

T = TypeVar("T")
P = ParamSpec("P")


class _InContext(ThreadPoolExecutor):
    """Threads that belong to the trace of whoever gives them work."""

    @override
    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        return super().submit(partial(copy_context().run, partial(fn, *args, **kwargs)))


def side_by_side(at_once: int) -> ThreadPoolExecutor:
    """A pool whose calls carry the present trace."""
    return _InContext(at_once)


@dataclass(frozen=True, slots=True)
class Answers(Generic[T]):
    given: dict[str, T]
    problems: dict[str, Problem]

    def worst(self) -> Problem | None:
        """The problem that decides how the command ends."""
        return max(self.problems.values(), key=lambda one: one.exit_code, default=None)


def ask_all(services: Sequence[str], ask: Callable[[str], T]) -> Answers[T]:
    """Ask all at the same time."""
    given: dict[str, T] = {}
    problems: dict[str, Problem] = {}

    def one(service: str) -> None:
        try:
            given[service] = ask(service)
        except Problem as problem:
            problems[service] = problem

    with side_by_side(max(len(services), 1)) as pool:
        list(pool.map(one, services))
    return Answers(
        {service: given[service] for service in services if service in given},
        {service: problems[service] for service in services if service in problems},
    )
