"""One question to many services; those that are away are named, and spoil no other's answer."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Generic, TypeVar

from millage_cli.problems import Problem

T = TypeVar("T")


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

    with ThreadPoolExecutor(max(len(services), 1)) as pool:
        list(pool.map(one, services))
    return Answers(
        {service: given[service] for service in services if service in given},
        {service: problems[service] for service in services if service in problems},
    )
