"""Whose money a credit is: by agency what it goes without, and what it gets of what is paid."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from taxkit.money import split


@dataclass(frozen=True, slots=True)
class Credit:
    """What a credit took off a bill."""

    code: str
    amount_cents: int


def by_agency(lines: Mapping[str, int], credits_: Sequence[Credit]) -> dict[str, dict[str, int]]:
    """By credit what each line goes without.

    `lines` are what all credits together took off each; every credit is shared to the cent, and so
    is every line. Of odd cents a line may get one back.
    """
    if sum(lines.values()) != sum(each.amount_cents for each in credits_):
        raise ValueError("what lines go without is not what the credits came to")
    # A line that credits left more than it had weighs nothing.
    weights = {line: max(cents, 0) for line, cents in lines.items()}
    had, so_far, found = dict.fromkeys(lines, 0), 0, dict[str, dict[str, int]]()
    for place, credit in enumerate(credits_, start=1):
        so_far += credit.amount_cents
        is_last = place == len(credits_)
        due = dict(lines) if is_last else _split(so_far, weights)
        found[credit.code] = {line: due[line] - had[line] for line in lines}
        had = due
    return found


def payment_shares(
    paid_cents: int, claims: Mapping[str, int], had: Mapping[str, int]
) -> dict[str, int]:
    """Bring every agency to its exact part of all the state has paid; who moves by nothing is out.

    An agency whose claim has gone since gives back what it had.
    """
    due = _split(paid_cents, {code: max(cents, 0) for code, cents in claims.items()})
    codes = sorted({*due, *had})
    moved = {code: due.get(code, 0) - had.get(code, 0) for code in codes}
    return {code: cents for code, cents in moved.items() if cents}


def _split(cents: int, weights: Mapping[str, int]) -> dict[str, int]:
    return split(cents, weights) if cents else dict.fromkeys(weights, 0)
