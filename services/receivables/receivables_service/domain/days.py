"""One day of a bill: money comes after what was on record when it came."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, TypeVar

from receivables_service.domain.facts import DefaultDeclared, PaymentReceived

Row = TypeVar("Row", bound=tuple[Any, Any])
Known = Mapping[date, Sequence[tuple[datetime, int]]]


def after_what_was_known(standing: list[Row], first: int, last: int) -> list[Row]:
    """Put payments after the changes of their day, of ranks from one to another, known before.

    On the day of a default they stay before it: money up to that day is secured (RECV-002).
    """
    known = _known(standing, first, last)
    if not known:
        return standing
    return [_placed(row, known) if isinstance(row[1], PaymentReceived) else row for row in standing]


def _known(standing: Sequence[Row], first: int, last: int) -> Known:
    """When changes of each day were recorded, with their ranks."""
    known: dict[date, list[tuple[datetime, int]]] = {}
    for (day, rank, recorded_at, _), fact in standing:
        if first <= rank <= last and not isinstance(fact, DefaultDeclared):
            known.setdefault(day, []).append((recorded_at, rank))
    for (day, *_), fact in standing:
        if isinstance(fact, DefaultDeclared):
            known.pop(day, None)
    return known


def _placed(row: Row, known: Known) -> Any:
    key, payment = row
    day, rank, recorded_at, fact_id = key
    before = [each for at, each in known.get(day, ()) if at < recorded_at]
    return ((day, max((rank, *before)), recorded_at, fact_id), payment)
