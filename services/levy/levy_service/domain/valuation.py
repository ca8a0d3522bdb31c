"""From value to net value: capped, assessed, equalized, less each exemption, every step rounded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Final

from levy_service.domain.billing import BillingProblem, CannotBill
from levy_service.domain.value_caps import CapClaim, ValueCap, limits
from taxkit.money import Rounding, times_ratio

_SHARE_MAX: Final = 100


@dataclass(frozen=True, slots=True)
class Band:
    """A share of what a value has up to an amount; the last band has no end."""

    share: Decimal
    up_to_dollars: int | None = None

    def __post_init__(self) -> None:
        # Equalizers multiply a value by a few; nothing makes a hundred of it.
        if abs(self.share) >= _SHARE_MAX:
            raise ValueError(f"a share of {self.share}: of the value, not percent of it")


Bands = tuple[Band, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """What a value becomes next, as assessed or equalized: shares of it, by class if need be."""

    name: str
    bands: Bands
    rounding: Rounding
    of_class: Mapping[str, Bands] | None = None
    # Assessors of some states round to tens.
    step_dollars: int = 1

    def __post_init__(self) -> None:
        for bands in (self.bands, *(self.of_class or {}).values()):
            check_bands(bands)
        if self.step_dollars < 1:
            raise ValueError("a step is at least one dollar")


@dataclass(frozen=True, slots=True)
class Exemption:
    """What an exemption takes off: an amount, shares of the value, or what the roll says.

    It comes off before the step named, or after all of them.
    """

    dollars: int | None = None
    bands: Bands = ()
    rounding: Rounding = Rounding.HALF_UP
    before: str = ""

    def __post_init__(self) -> None:
        if self.dollars is not None and self.bands:
            raise ValueError("an exemption is dollars, or bands, or neither: never both")
        if self.dollars is not None and self.dollars <= 0:
            raise ValueError(f"an exemption of {self.dollars} dollars is none")
        if self.bands:
            check_bands(self.bands)


@dataclass(frozen=True, slots=True)
class ValueTerms:
    """Without steps the roll's value is what exemptions come off; caps come before both."""

    steps: tuple[Step, ...]
    exemptions: Mapping[str, Exemption]
    caps: Mapping[str, ValueCap] | None = None

    def __post_init__(self) -> None:
        names = [step.name for step in self.steps]
        if len(set(names)) != len(names):
            raise ValueError(f"steps {', '.join(names)}: a name twice")
        for code, exemption in self.exemptions.items():
            if exemption.before and exemption.before not in names:
                raise ValueError(f"exemption {code} before {exemption.before}, which is no step")

    def in_year(self, tax_year: int) -> "ValueTerms":
        """The terms with each cap's index of the year."""
        if not self.caps:
            return self
        return replace(self, caps={code: cap.in_year(tax_year) for code, cap in self.caps.items()})


@dataclass(frozen=True, slots=True)
class Claim:
    """An exemption granted to a parcel; `dollars` where the roll says how much."""

    code: str
    dollars: int | None = None


@dataclass(frozen=True, slots=True)
class Reached:
    """What a step left: `name` is a step's or an exemption's."""

    name: str
    value_dollars: int


@dataclass(frozen=True, slots=True)
class Valuation:
    """How a net value came about; the first entry is the value it began with."""

    steps: tuple[Reached, ...]

    @property
    def net_dollars(self) -> int:
        return self.steps[-1].value_dollars


def value_parcel(
    value_dollars: int,
    property_class: str,
    claims: Sequence[Claim],
    terms: ValueTerms,
    caps: Sequence[CapClaim] = (),
) -> Valuation:
    """Take a value, capped where it is, through the steps of the law, each rounded by itself."""
    if value_dollars < 0:
        raise CannotBill(BillingProblem.BAD_VALUE, f"value {value_dollars} is below zero")
    _check_claims(claims, terms)
    reached = [Reached("value", value_dollars)]
    for code, limit in limits(caps, terms.caps or {}):
        reached.append(Reached(code, min(reached[-1].value_dollars, limit)))
    for step in terms.steps:
        _take_off(reached, claims, terms, before=step.name)
        bands = (step.of_class or {}).get(property_class, step.bands)
        value = reached[-1].value_dollars
        reached.append(
            Reached(step.name, max(_of_bands(value, bands, step.rounding, step.step_dollars), 0))
        )
    _take_off(reached, claims, terms, before="")
    return Valuation(tuple(reached))


def check_bands(bands: Bands) -> None:
    """Ends ascend, and only the last band has none."""
    ends = [band.up_to_dollars for band in bands]
    if not ends or ends[-1] is not None or None in ends[:-1]:
        raise ValueError("bands: each but the last one ends at up_to_dollars, the last has no end")
    known = [end for end in ends if end is not None]
    if sorted(set(known)) != known or any(end <= 0 for end in known):
        raise ValueError(f"bands end at {', '.join(map(str, known))}: not in ascending order")


def _check_claims(claims: Sequence[Claim], terms: ValueTerms) -> None:
    codes = [claim.code for claim in claims]
    for claim in claims:
        law = terms.exemptions.get(claim.code)
        if law is None:
            known = ", ".join(sorted(terms.exemptions)) or "none"
            raise _refused(f"exemption {claim.code!r} is not of this law, which has {known}")
        if codes.count(claim.code) > 1:
            raise _refused(f"exemption {claim.code} twice")
        if law.bands and claim.dollars is not None:
            raise _refused(f"exemption {claim.code} follows from the value: no amount is given")
        if law.dollars is None and not law.bands and claim.dollars is None:
            raise _refused(f"exemption {claim.code} needs an amount")
        most = law.dollars if law.dollars is not None else claim.dollars
        if claim.dollars is not None and not 0 <= claim.dollars <= (most or 0):
            raise _refused(f"exemption {claim.code} of {claim.dollars} dollars: at most {most}")


def _take_off(
    reached: list[Reached], claims: Sequence[Claim], terms: ValueTerms, before: str
) -> None:
    """In the order of the claims; no exemption takes more than there is."""
    for claim in claims:
        law = terms.exemptions[claim.code]
        if law.before != before:
            continue
        value = reached[-1].value_dollars
        if law.bands:
            dollars = max(_of_bands(value, law.bands, law.rounding, 1), 0)
        else:
            dollars = claim.dollars if claim.dollars is not None else law.dollars or 0
        reached.append(Reached(claim.code, value - min(dollars, value)))


def _of_bands(value: int, bands: Bands, rounding: Rounding, step: int) -> int:
    """Add up each band's share of its part of the value, exactly, and round once."""
    exact, begun = Fraction(0), 0
    for band in bands:
        end = value if band.up_to_dollars is None else min(value, band.up_to_dollars)
        exact += Fraction(band.share) * max(end - begun, 0)
        begun = max(end, begun)
    return step * times_ratio(1, exact.numerator, exact.denominator * step, rounding)


def _refused(message: str) -> CannotBill:
    return CannotBill(BillingProblem.BAD_EXEMPTION, message)
