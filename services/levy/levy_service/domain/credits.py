"""What comes off a tax before it is shared: rollbacks and credits, each rounded by itself."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from taxkit.money import CENTS_MAX, Rounding, times_ratio

_CENTS_A_DOLLAR: Final = 100


class FromRoll(StrEnum):
    """What a parcel's roll says of a credit, where the law leaves it to the year."""

    RATIO = "ratio"
    CENTS = "cents"


class BorneBy(StrEnum):
    """Who goes without the money a credit takes off a bill."""

    # The agencies whose lines it lowers.
    AUTHORITIES = "authorities"
    # The state, which pays the agencies what the parcel does not.
    STATE = "state"


class InDistrict(StrEnum):
    """What of a parcel in a tax-increment district a credit lowers."""

    # Nobody has said: such a parcel is not billed with it.
    REFUSED = "refused"
    # Both parts, by what they come to.
    PRO_RATA = "pro_rata"
    # The frozen value's part as far as it reaches, then the growth's.
    BASE_FIRST = "base_first"


@dataclass(frozen=True, slots=True)
class Credit:
    """A share of the tax, an amount, or what the tax is above a share of the parcel's net value.

    Where the law names none of them the roll gives a share or an amount.
    `after` is the credit that comes off before this one's share is taken; else it is of the whole,
    or of the lines of some agencies alone. `at_most_cents` and `at_most_of_value`, a share of the
    net value, are what it comes to at most.
    """

    ratio: Decimal | None = None
    cents: int | None = None
    after: str = ""
    rounding: Rounding = Rounding.HALF_UP
    step_cents: int = 1
    from_roll: FromRoll = FromRoll.RATIO
    # Which agencies' lines it is a share of; empty: all of the tax.
    agency_code: str = ""
    at_most_cents: int | None = None
    # What bills call it; its code where the law has no name for it.
    name: str = ""
    borne_by: BorneBy = BorneBy.AUTHORITIES
    tax_above: Decimal | None = None
    at_most_of_value: Decimal | None = None
    in_district: InDistrict = InDistrict.REFUSED

    def __post_init__(self) -> None:
        if len([each for each in (self.ratio, self.cents, self.tax_above) if each is not None]) > 1:
            raise ValueError("a credit is a ratio, cents or tax_above: one of them")
        if self.ratio is not None and not 0 < self.ratio <= 1:
            raise ValueError(f"ratio {self.ratio} is not above 0 and at most 1")
        if self.cents is not None and self.cents <= 0:
            raise ValueError(f"a credit of {self.cents} cents is none")
        if self.step_cents < 1:
            raise ValueError("a step is at least one cent")
        if self.at_most_cents is not None and self.at_most_cents <= 0:
            raise ValueError(f"a credit of at most {self.at_most_cents} cents is none")
        for share in (self.tax_above, self.at_most_of_value):
            if share is not None and not 0 < share <= 1:
                raise ValueError(f"{share} of the value is not above 0 and at most 1")
        self._check_agencies()

    def _check_agencies(self) -> None:
        if self.agency_code and (self.after or self.is_amount):
            raise ValueError("of some agencies' lines is a share of them, and after no other")
        if self.agency_code and self.in_district is not InDistrict.REFUSED:
            raise ValueError("of some agencies' lines is no credit in a tax-increment district")
        try:
            re.compile(self.agency_code)
        except re.error as error:
            raise ValueError(f"agency_code {self.agency_code!r}: {error}") from error

    @property
    def by_roll(self) -> FromRoll | None:
        """What the roll has to say of it; nothing where the law says all."""
        of_law = (self.ratio, self.cents, self.tax_above)
        return self.from_roll if all(each is None for each in of_law) else None

    @property
    def is_refused_in_district(self) -> bool:
        return self.in_district is InDistrict.REFUSED

    @property
    def is_amount(self) -> bool:
        return self.cents is not None or self.by_roll is FromRoll.CENTS


@dataclass(frozen=True, slots=True)
class CreditClaim:
    """A credit granted to a parcel; how much of it where the law leaves that to the year's roll."""

    code: str
    ratio: Decimal | None = None
    cents: int | None = None


@dataclass(frozen=True, slots=True)
class CreditTerms:
    """The law's credits in the order in which they come off.

    `as_lines`: a bill has its lines before credits, and each credit as a negative line of its own.
    """

    credits: Mapping[str, Credit]
    as_lines: bool = False

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
    # As it was claimed, so that a corrected bill may be given it again.
    claim: CreditClaim | None = None
    # What the law said of it when the bill was computed.
    name: str = ""
    borne_by: BorneBy = BorneBy.AUTHORITIES
    as_line: bool = False


class BadCredit(ValueError):
    """A claim that is not of this law."""


def take_credits(
    gross_cents: int,
    claims: Sequence[CreditClaim],
    terms: CreditTerms,
    lines: Sequence[tuple[str, int]] = (),
    net_value_dollars: int = 0,
) -> tuple[GivenCredit, ...]:
    """Work out each credit in the law's order; together never more than the tax.

    `lines` are what agencies' rates come to, where a credit is of some of them.
    """
    by_code = check_claims(claims, terms)
    left, rest_after, given = gross_cents, {"": gross_cents}, list[GivenCredit]()
    for code, law in terms.credits.items():
        claim = by_code.get(code)
        if claim is not None:
            base = 0 if law.is_amount else rest_after[law.after]
            if law.agency_code:
                base = sum(cents for of, cents in lines if re.fullmatch(law.agency_code, of))
            amount = min(_amount(base, claim, law, net_value_dollars), left)
            left -= amount
            said = (law.name, law.borne_by, terms.as_lines)
            given.append(GivenCredit(code, amount, claim, *said))
        rest_after[code] = left
    return tuple(given)


def check_claims(claims: Sequence[CreditClaim], terms: CreditTerms) -> dict[str, CreditClaim]:
    """Give claims by their codes; BadCredit where one is not as the law has it."""
    by_code = {claim.code: claim for claim in claims}
    if len(by_code) != len(claims):
        raise BadCredit("a credit is claimed twice")
    for code, claim in by_code.items():
        law = terms.credits.get(code)
        if law is None:
            known = ", ".join(sorted(terms.credits)) or "none"
            raise BadCredit(f"credit {code!r} is not of this law, which has {known}")
        for wanted, found in ((FromRoll.RATIO, claim.ratio), (FromRoll.CENTS, claim.cents)):
            by_roll = law.by_roll is wanted
            if by_roll is not (found is not None):
                of = "missing" if by_roll else "of the law"
                raise BadCredit(f"credit {code}: its {wanted} is {of}")
        if claim.ratio is not None and not 0 <= claim.ratio <= 1:
            raise BadCredit(f"credit {code}: ratio {claim.ratio} is not from 0 to 1")
        if claim.cents is not None and not 0 <= claim.cents <= CENTS_MAX:
            raise BadCredit(f"credit {code}: {claim.cents} cents are not from 0 to {CENTS_MAX}")
    return by_code


def _amount(base_cents: int, claim: CreditClaim, law: Credit, net_value_dollars: int) -> int:
    amount = _uncapped(base_cents, claim, law, net_value_dollars)
    if law.at_most_of_value is not None:
        amount = min(amount, _of_value(net_value_dollars, law.at_most_of_value, law))
    return amount if law.at_most_cents is None else min(amount, law.at_most_cents)


def _uncapped(base_cents: int, claim: CreditClaim, law: Credit, net_value_dollars: int) -> int:
    if law.tax_above is not None:
        return max(base_cents - _of_value(net_value_dollars, law.tax_above, law), 0)
    cents = claim.cents if law.cents is None else law.cents
    if cents is not None:
        return cents
    ratio = law.ratio if law.ratio is not None else claim.ratio
    assert ratio is not None, claim
    return _share(base_cents, ratio, law)


def _of_value(net_value_dollars: int, share: Decimal, law: Credit) -> int:
    return _share(net_value_dollars * _CENTS_A_DOLLAR, share, law)


def _share(cents: int, share: Decimal, law: Credit) -> int:
    numerator, denominator = share.as_integer_ratio()
    step = law.step_cents
    return times_ratio(cents, numerator, denominator * step, law.rounding) * step
