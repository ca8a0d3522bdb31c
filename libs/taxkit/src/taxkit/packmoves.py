"""A law with one of its values moved by the least step: what its worked cases have to notice.

A case stands on each side of a boundary exactly when moving the boundary, either way, makes a case
come out otherwise. So nobody has to list boundaries: whatever a term holds is one.
"""

from calendar import monthrange
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any, Final

_A_DAY: Final = timedelta(days=1)
# Any year but a leap year: the law's days have to be there in each.
_YEAR: Final = 2001
_LEAST_DECIMALS: Final = 2


@dataclass(frozen=True, slots=True)
class Move:
    """A value, by its path, and what is said of it now."""

    path: str
    said: str
    value: Any


Said = Iterable[tuple[str, Any] | Move]
Special = Callable[[Any, Any], Said]
"""Other moves of a field than its type's: of the record it stands in, and its value."""


@dataclass(frozen=True, slots=True)
class Untold:
    """Of a field that no case is asked to tell, and why: the check's report says it."""

    why: str

    def __call__(self, _: object, __: object) -> Said:
        return ()


def moves(value: object, special: Mapping[str, Special], path: str = "") -> Iterator[Move]:
    """Give a value with each part of it moved in turn; what its own checks refuse is left out."""
    if is_dataclass(value) and not isinstance(value, type):
        yield from _of_record(value, special, path)
    elif isinstance(value, tuple):
        yield from _of_list(value, special, path)
    elif isinstance(value, Mapping):
        for name, each in value.items():
            rest = {other: one for other, one in value.items() if other != name}
            yield Move(f"{path}.{name}", "nothing in its place", rest)
            for one in moves(each, special, f"{path}.{name}"):
                yield Move(one.path, one.said, {**value, name: one.value})
    else:
        for said, moved in of_scalar(value):
            yield Move(path, said, moved)


def _of_record(value: Any, special: Mapping[str, Special], path: str) -> Iterator[Move]:
    names = {each.name for each in fields(value)}
    if {"month", "day"} <= names and value.month is not None:
        for said, day in _days(value):
            yield Move(path, said, day)
        names -= {"month", "day"}
    for each in fields(value):
        if each.name not in names:
            continue
        at, old = f"{path}.{each.name}".lstrip("."), getattr(value, each.name)
        if each.name in special:
            found: Iterable[Move] = [_placed(at, one) for one in special[each.name](value, old)]
        else:
            found = moves(old, special, at)
        for one in found:
            try:
                yield Move(one.path, one.said, replace(value, **{each.name: one.value}))
            except ValueError:
                continue


def _placed(at: str, one: tuple[str, Any] | Move) -> Move:
    if isinstance(one, Move):
        dot = "" if one.path.startswith("[") else "."
        return Move(f"{at}{dot}{one.path}".rstrip("."), one.said, one.value)
    return Move(at, *one)


def _of_list(value: tuple[Any, ...], special: Mapping[str, Special], path: str) -> Iterator[Move]:
    for place, each in enumerate(value):
        at = f"{path}[{place}]"
        rest = (*value[:place], *value[place + 1 :])
        yield Move(at, "nothing in its place", rest)
        if isinstance(each, str):
            continue
        for one in moves(each, special, at):
            yield Move(one.path, one.said, (*value[:place], one.value, *value[place + 1 :]))


def _days(value: Any) -> Iterator[tuple[str, Any]]:
    """A day of every year, a day earlier and later; day 31 stands for any month's last."""
    last = monthrange(_YEAR, value.month)[1]
    day = date(_YEAR, value.month, min(value.day, last))
    for said, other in (("a day earlier", day - _A_DAY), ("a day later", day + _A_DAY)):
        try:
            yield said, replace(value, month=other.month, day=other.day)
        except ValueError:
            continue


def of_scalar(value: object) -> Iterator[tuple[str, Any]]:
    """A single value, moved as its type is."""
    if isinstance(value, bool):
        yield str(not value).lower(), not value
    elif isinstance(value, Enum):
        for other in type(value):
            if other is not value:
                yield str(other.value), other
    elif isinstance(value, date):
        yield "a day earlier", value - _A_DAY
        yield "a day later", value + _A_DAY
    elif isinstance(value, int):
        yield str(value - 1), value - 1
        yield str(value + 1), value + 1
    elif isinstance(value, Decimal):
        exponent = value.as_tuple().exponent
        assert isinstance(exponent, int), value
        step = Decimal(1).scaleb(min(exponent, -_LEAST_DECIMALS))
        yield str(value - step), value - step
        yield str(value + step), value + step


def off(_: object, value: Any) -> Said:
    """Only from what is said to the first of its kind, which stands for nothing."""
    first: Any = next(iter(type(value).__members__.values()))
    return () if value is first else ((str(first.value), first),)


def other_than(*, default: bool) -> Special:
    """Only of what the law says beyond the ordinary."""

    def said(_: object, value: Any) -> Said:
        """As where the law says nothing of it."""
        return () if value is default else ((str(default).lower(), default),)

    return said


def if_any(_: object, value: Any) -> Said:
    """A number that is none by default: where the law has none, there is nothing to tell."""
    return of_scalar(value) if value else ()


def in_order(_: object, value: tuple[Any, ...]) -> Said:
    """A list whose order counts: each entry after the one that follows it."""
    for place in range(len(value) - 1):
        before, one, other, after = (
            value[:place], value[place], value[place + 1], value[place + 2 :],
        )  # fmt: skip
        yield Move(f"[{place}]", "after the next", (*before, other, one, *after))


def form(_: object, value: str | None) -> Said:
    """A pattern that numbers or codes have to fit."""
    if value:
        yield "nothing fits it", "(?!)"
        yield "anything fits it", ".*"


def named(_: object, value: str | None) -> Said:
    """A name that decides where money goes."""
    if value:
        yield "another name", f"{value}-other"


def hundredth(_: object, value: int | None) -> Said:
    """An amount of dollars where a single one may be lost in rounding."""
    if value is not None:
        step = max(1, value // 100)
        yield str(value - step), value - step
        yield str(value + step), value + step
