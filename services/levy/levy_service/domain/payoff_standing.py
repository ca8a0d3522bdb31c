"""What has been received for a payoff: follows from its bill's versions and its newest balance.

Tax that is paid is shared among a bill's lines in proportion, so an agency has its payoff exactly
when all the tax is paid that the bill asked for with it. Interest, penalty and fees are nothing to
it, nor is what a later version asks for on top. Of a bill with several payoffs the one that was
asked for first is paid first: each is the uppermost part of what its version asked for.
"""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AskedFor:
    """What a version of a bill asks for in all."""

    version: int
    total_cents: int


@dataclass(frozen=True, slots=True)
class Balance:
    """What receivables said of the bill last: of which version, how much of its tax is paid."""

    version: int
    tax_paid_cents: int
    # Of everything on the bill.
    open_cents: int


@dataclass(frozen=True, slots=True)
class Received:
    """How much of a payoff came in, of what is still asked for of it."""

    cents: int
    asked_cents: int

    @property
    def is_paid(self) -> bool:
        return self.cents == self.asked_cents


def received(
    amount_cents: int, first_version: int, versions: Iterable[AskedFor], balance: Balance | None
) -> Received:
    """Say what came in for a payoff that a bill asks for since one of its versions.

    A version that lowered the bill since may have lowered the payoff with it.
    """
    least = min(each.total_cents for each in versions if each.version >= first_version)
    asked = min(amount_cents, least)
    if balance is None or balance.version < first_version:
        return Received(0, asked)
    if not balance.open_cents:
        return Received(asked, asked)
    return Received(min(max(balance.tax_paid_cents - (least - asked), 0), asked), asked)
