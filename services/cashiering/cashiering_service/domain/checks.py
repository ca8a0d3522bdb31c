"""Checks in a drawer against checks on receipts, one to one (CASH-011)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

# What was entered and what was tendered, as (name, number, cents).
Slip = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class Matching:
    """Every check is in exactly one of the three."""

    matched: tuple[tuple[Slip, Slip], ...]
    only_entered: tuple[Slip, ...]
    only_tendered: tuple[Slip, ...]


def match(entered: Sequence[Slip], tendered: Sequence[Slip]) -> Matching:
    """Pair checks of one number and amount, each at most once, in the order they came."""
    waiting: dict[tuple[str, int], list[Slip]] = defaultdict(list)
    for slip in reversed(entered):
        waiting[_key(slip)].append(slip)
    matched: list[tuple[Slip, Slip]] = []
    only_tendered: list[Slip] = []
    for slip in tendered:
        if there := waiting[_key(slip)]:
            matched.append((there.pop(), slip))
        else:
            only_tendered.append(slip)
    paired = {pair[0][0] for pair in matched}
    return Matching(
        tuple(matched),
        tuple(slip for slip in entered if slip[0] not in paired),
        tuple(only_tendered),
    )


def _key(slip: Slip) -> tuple[str, int]:
    """A number read off a check may have lost its leading zeros."""
    _, number, cents = slip
    plain = number.strip().casefold()
    return plain.lstrip("0") or plain[-1:], cents
