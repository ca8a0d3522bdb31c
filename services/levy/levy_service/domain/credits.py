"""What comes off a tax before it is shared: rollbacks and credits, each rounded by itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from taxkit.money import Rounding, times_ratio


@dataclass(frozen=True, slots=True)
class Credit:
    """A share of the tax, or an amount; a ratio the roll gives where the law names none.

    `after` is the credit that comes off before this one's share is taken; else it is of the whole.
    """

    ratio: Decimal | None = None
    cents: int | None = None
    after: str = ""
    rounding: Rounding = Rounding.HALF_UP
    step_cents: int = 1

    def __post_init__(self) -> None:
        if self.ratio is not None and self.cents is not None:
            raise ValueError("a credit is a ratio or cents, not both")
        if self.ratio is not None and not 0 < self.ratio <= 1:
            raise ValueError(f"ratio {self.ratio} is not above 0 and at most 1")
        if self.cents is not None and self.cents <= 0:
            raise ValueError(f"a credit of {self.cents} cents is none")
        if self.step_cents < 1:
            raise ValueError("a step is at least one cent")


@dataclass(frozen=True, slots=True)
class CreditClaim:
    """A credit granted to a parcel; `ratio` where the law leaves it to the year's roll."""

    code: str
    ratio: Decimal | None = None


@dataclass(frozen=True, slots=True)
class CreditTerms:
    """The law's credits in the order in which they come off."""

    credits: Mapping[str, Credit]

    def __post_init__(self) -> None:
        earlier: set[str] = set()
        for code, credit in self.credits.items():
            if credit.after and credit.after not in earlier:
                raise ValueError(f"credit {code} after {credit.after}, which is none before it")
            earlier.add(code)


NO_CREDITS: Final = CreditTerms(MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class GivenCredit:
    code: str
    amount_cents: int


class BadCredit(ValueError):
    """A claim that is not of this law."""


def take_credits(
    gross_cents: int, claims: Sequence[CreditClaim], terms: CreditTerms
) -> tuple[GivenCredit, ...]:
    """Work out each credit in the law's order; together never more than the tax."""
    by_code = _checked(claims, terms)
    left, rest_after, given = gross_cents, {"": gross_cents}, list[GivenCredit]()
    for code, law in terms.credits.items():
        claim = by_code.get(code)
        if claim is not None:
            base = rest_after[law.after] if law.cents is None else 0
            amount = min(_amount(base, claim, law), left)
            left -= amount
            given.append(GivenCredit(code, amount))
        rest_after[code] = left
    return tuple(given)


def _checked(claims: Sequence[CreditClaim], terms: CreditTerms) -> dict[str, CreditClaim]:
    by_code = {claim.code: claim for claim in claims}
    if len(by_code) != len(claims):
        raise BadCredit("a credit is claimed twice")
    for code, claim in by_code.items():
        law = terms.credits.get(code)
        if law is None:
            known = ", ".join(sorted(terms.credits)) or "none"
            raise BadCredit(f"credit {code!r} is not of this law, which has {known}")
        by_roll = law.ratio is None and law.cents is None
        if by_roll is not (claim.ratio is not None):
            raise BadCredit(f"credit {code}: its ratio is {'missing' if by_roll else 'of the law'}")
        if claim.ratio is not None and not 0 <= claim.ratio <= 1:
            raise BadCredit(f"credit {code}: ratio {claim.ratio} is not from 0 to 1")
    return by_code


def _amount(base_cents: int, claim: CreditClaim, law: Credit) -> int:
    if law.cents is not None:
        return law.cents
    ratio = law.ratio if law.ratio is not None else claim.ratio
    assert ratio is not None, claim
    numerator, denominator = ratio.as_integer_ratio()
    step = law.step_cents
    return times_ratio(base_cents, numerator, denominator * step, law.rounding) * step
