"""What a row of a file of facts is made of, read strictly and written plainly."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID

from taxkit import ids, requests
from taxkit.money import CENTS_MAX

Head = tuple[UUID, date, datetime]
E = TypeVar("E", bound=StrEnum)
_RECEIPTS = UUID("6f1c8f3c-3a53-5d64-9d0b-6d6c5f0c2f11")
_INSTALLMENT_MAX = 1000
_FACTS_MAX = 1_000_000


NOTE = "note"
"""What any row may have beside its facts; nobody reads it."""


class FactsInvalid(ValueError):
    """A file of facts that cannot be read; says at which fact and why."""


class Row(Mapping[str, Any]):
    """A row as it is read: it knows what it was asked for, so that what nobody asked for is found.

    A misspelt name would otherwise be left out in silence, and the bill be another one.
    """

    def __init__(self, given: Mapping[str, Any]) -> None:
        self._given = given
        self._asked = {"fact", NOTE}
        self._parts: list[Row] = []

    def __getitem__(self, name: str) -> Any:
        self._asked.add(name)
        return self._given[name]

    def __contains__(self, name: object) -> bool:
        self._asked.add(str(name))
        return name in self._given

    def __iter__(self) -> Iterator[str]:
        return iter(self._given)

    def __len__(self) -> int:
        return len(self._given)

    def parts(self, name: str) -> "list[Row]":
        """The rows of a list in this one."""
        found = self[name]
        if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
            raise ValueError(f"{name} is {found!r}, no list of objects")
        made = [Row(one) for one in found]
        self._parts += made
        return made

    def maybe_parts(self, name: str) -> "list[Row]":
        return self.parts(name) if name in self else []

    def check_all_read(self) -> None:
        """Refuse what nobody asked for, here or in a part."""
        if unknown := [name for name in self if name not in self._asked]:
            there = ", ".join(sorted(self._asked - {"fact"}))
            raise ValueError(f"{unknown[0]!r} says nothing here: there are {there}")
        for part in self._parts:
            part.check_all_read()


@dataclass(frozen=True, slots=True)
class Names:
    """What facts are called in a file: the number of each, and a name for each receipt."""

    facts: Mapping[UUID, int] = field(default_factory=dict)
    receipts: Mapping[UUID, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of fact: its class, and how it is read from a row and written into one."""

    made: type[Any]
    read: Callable[[Head, Row], Any]
    write: Callable[[Any, Names], dict[str, Any]] = lambda _fact, _names: {}


def day(row: Row, name: str) -> date:
    return requests.required_date(text(row, name), name)


def maybe_day(row: Row, name: str) -> date | None:
    return day(row, name) if name in row else None


def cents(row: Row, name: str = "amount_cents") -> int:
    return whole(row[name], name, CENTS_MAX)


def maybe_cents(row: Row, name: str) -> int:
    return cents(row, name) if name in row else 0


def number(row: Row) -> int:
    return whole(row["installment"], "installment", _INSTALLMENT_MAX)


def whole(value: Any, name: str, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
        raise ValueError(f"{name} is {value!r}, no whole number from 0 to {most}")
    return value


def text(row: Row, name: str) -> str:
    value = row[name]
    if not isinstance(value, str) or not value:
        raise ValueError(f"{name} is {value!r}, no text")
    return value


def maybe_text(row: Row, name: str, otherwise: str = "") -> str:
    value = row.get(name, otherwise)
    if not isinstance(value, str):
        raise TypeError(f"{name} is {value!r}, no text")
    return value


def texts(row: Row, name: str) -> tuple[str, ...]:
    value = row.get(name, [])
    if not isinstance(value, list) or not all(isinstance(one, str) and one for one in value):
        raise ValueError(f"{name} is {value!r}, no list of texts")
    return tuple(value)


def flag(row: Row, name: str) -> bool:
    """A switch that is off unless it is said to be on."""
    value = row.get(name, False)
    if not isinstance(value, bool):
        raise TypeError(f"{name} is {value!r}, neither true nor false")
    return value


def switch(row: Row, name: str) -> bool:
    """A switch that has to be said."""
    row[name]
    return flag(row, name)


def word(row: Row, name: str, words: type[E]) -> E:
    """One of the words there are."""
    said_word = text(row, name)
    if said_word not in list(words):
        raise ValueError(f"{name} is {said_word!r}: there are {', '.join(words)}")
    return words(said_word)


def rate(row: Row, name: str) -> Decimal:
    """A share or a rate, as the text of a decimal number."""
    said_rate = text(row, name)
    try:
        found = Decimal(said_rate)
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite():
        raise ValueError(f'{name} is {said_rate!r}, no decimal number like "0.015"')
    return found


def maybe_rate(row: Row, name: str) -> Decimal | None:
    return rate(row, name) if name in row else None


def receipt(name: Any) -> UUID:
    if not isinstance(name, str) or not name:
        raise ValueError(f"receipt is {name!r}, no text")
    return ids.derived_id(_RECEIPTS, name)


def fact_id(row: Row, name: str) -> UUID:
    """The fact of a number in the file."""
    return UUID(int=whole(row[name], name, _FACTS_MAX))


def said(**values: Any) -> dict[str, Any]:
    """A row's values, without those that say nothing; dates and rates as they are read."""
    return {
        name: _plain(value)
        for name, value in values.items()
        if value is not None and value is not False and value not in ("", (), [])
    }


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    return list(value) if isinstance(value, tuple) else value
