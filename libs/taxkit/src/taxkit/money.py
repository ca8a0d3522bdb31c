"""Whole cents: exact arithmetic, one named rounding, shares that lose nothing."""

import re
from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

CENTS_MAX = 2**53 - 1
"""The largest amount accepted anywhere: every JSON reader holds it exactly."""

K = TypeVar("K", str, int)

_AMOUNT = re.compile(
    r"(?P<sign>-?)\$?(?P<dollars>[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.(?P<cents>[0-9]{2}))?"
)


class Rounding(StrEnum):
    """What becomes of the part of a cent; all modes treat a negative as the mirror image."""

    HALF_UP = "half_up"
    HALF_EVEN = "half_even"
    DOWN = "down"
    UP = "up"


def times_ratio(cents: int, numerator: int, denominator: int, rounding: Rounding) -> int:
    """Multiply by an exact fraction and round once."""
    assert denominator > 0, denominator
    exact = cents * numerator
    whole, rest = divmod(abs(exact), denominator)
    if rest:
        if rounding is Rounding.HALF_UP:
            whole += 2 * rest >= denominator
        elif rounding is Rounding.HALF_EVEN:
            whole += 2 * rest + (whole & 1) > denominator
        elif rounding is Rounding.UP:
            whole += 1
    return whole if exact >= 0 else -whole


def times(cents: int, rate: Decimal, rounding: Rounding) -> int:
    """Multiply exactly, round once, and say how: statutes differ."""
    numerator, denominator = rate.as_integer_ratio()
    return times_ratio(cents, numerator, denominator, rounding)


def split(cents: int, weights: Mapping[K, int]) -> dict[K, int]:
    """Share an amount by weight; odd cents go to the largest remainders, then by key."""
    if any(weight < 0 for weight in weights.values()):
        raise ValueError(f"a weight is negative: {dict(weights)}")
    whole = sum(weights.values())
    if not whole:
        if cents:
            raise ValueError(f"{cents} cents to share, but the weights add up to nothing")
        return dict.fromkeys(weights, 0)
    amount = abs(cents)
    parts = {key: divmod(amount * weight, whole) for key, weight in weights.items()}
    odd_cents = amount - sum(part for part, _ in parts.values())
    favoured = set(sorted(parts, key=lambda key: (-parts[key][1], key))[:odd_cents])
    sign = 1 if cents >= 0 else -1
    return {key: sign * (part + (key in favoured)) for key, (part, _) in parts.items()}


def format_cents(cents: int) -> str:
    """Write an amount for people: 123456 is "$1,234.56"."""
    dollars, rest = divmod(abs(cents), 100)
    return f"{'-' if cents < 0 else ''}${dollars:,}.{rest:02d}"


def parse_cents(text: str) -> int:
    """Read "1,234.56", "$1,234.56" or "1234"; anything half written is refused."""
    match = _AMOUNT.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is not an amount: write dollars and two digits, as 1,234.56")
    cents = int(match["dollars"].replace(",", "")) * 100 + int(match["cents"] or "0")
    if cents > CENTS_MAX:
        raise ValueError(f"{text!r} is more than {format_cents(CENTS_MAX)}, the largest amount")
    return -cents if match["sign"] else cents
