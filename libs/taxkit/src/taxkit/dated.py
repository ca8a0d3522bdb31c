"""Values in force from a key on, or for exactly one key; never a default."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

from taxkit.errors import Refusal

K = TypeVar("K", int, date)
V = TypeVar("V")


class NoTermInForce(Refusal, LookupError):
    """The law on file says nothing about this key: a call is refused, a message parked."""

    def __init__(self, message: str) -> None:
        super().__init__("NO_LAW_IN_FORCE", message)


@dataclass(frozen=True, slots=True)
class Dated(Generic[K, V]):
    """Terms in ascending order of the key the statute itself goes by."""

    name: str
    keys: tuple[K, ...]
    values: tuple[V, ...]
    exact: bool = False

    def __post_init__(self) -> None:
        if len(self.keys) != len(self.values):
            raise ValueError(f"{self.name}: {len(self.keys)} keys, {len(self.values)} values")
        if any(later <= earlier for earlier, later in zip(self.keys, self.keys[1:], strict=False)):
            raise ValueError(f"{self.name}: keys are not in ascending order: {self.keys}")

    def at(self, key: K) -> V:
        """Find the term for a key; an unknown key is an error, never a neighbour's term."""
        place = bisect_right(self.keys, key) - 1
        if place < 0 or (self.exact and self.keys[place] != key):
            known = ", ".join(str(each) for each in self.keys) or "none"
            how = "for" if self.exact else "from"
            raise NoTermInForce(f"{self.name}: no term for {key}; there are terms {how} {known}")
        return self.values[place]

    def __iter__(self) -> Iterator[tuple[K, V]]:
        return iter(zip(self.keys, self.values, strict=True))


def dated(name: str, terms: Iterable[tuple[K, V]], *, exact: bool = False) -> Dated[K, V]:
    """Put terms in order; a key given twice is refused."""
    rows = sorted(terms, key=lambda row: row[0])
    return Dated(name, tuple(key for key, _ in rows), tuple(value for _, value in rows), exact)
