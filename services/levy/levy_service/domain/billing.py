"""From net value and rates to a bill, its agencies' lines and its installments, to the cent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from levy_service.domain.credited_lines import before_credits
from levy_service.domain.credits import (
    NO_CREDITS,
    BadCredit,
    CreditClaim,
    CreditTerms,
    GivenCredit,
    take_credits,
)
from levy_service.domain.installments import ComputedInstallment, InstallmentPlan, installments
from levy_service.domain.rates import THOUSANDTHS_OF_PERCENT, RateUnit, format_rate
from taxkit.money import CENTS_MAX, Rounding, split, times_ratio


class BillingProblem(StrEnum):
    """Why a bill cannot be computed."""

    BAD_RATE = "BAD_RATE"
    BAD_VALUE = "BAD_VALUE"
    DUPLICATE_AGENCY = "DUPLICATE_AGENCY"
    RESIDUAL_AGENCY_MISSING = "RESIDUAL_AGENCY_MISSING"
    BILL_OUT_OF_RANGE = "BILL_OUT_OF_RANGE"
    INCREMENT_FUND_MISSING = "INCREMENT_FUND_MISSING"
    BAD_EXEMPTION = "BAD_EXEMPTION"
    BAD_CREDIT = "BAD_CREDIT"
    BAD_VALUE_CAP = "BAD_VALUE_CAP"


class CannotBill(Exception):
    """The roll cannot be billed as it stands."""

    def __init__(self, reason: BillingProblem, message: str) -> None:
        super().__init__(f"{reason}: {message}")
        self.reason = reason
        self.message = message


class BillMethod(StrEnum):
    """Which figure is computed first and binds the others."""

    # Value times the sum of the rates; lines by their own; what is left over is put somewhere.
    TOTAL_FIRST = "total_first"
    # Lines by their own rates; the total is their sum.
    LINES_FIRST = "lines_first"


class ResidualTo(StrEnum):
    """Whose line takes what rounding leaves between the total and the lines."""

    AGENCY = "agency"
    LARGEST_LINE = "largest_line"
    # The last line that has a rate.
    LAST_LINE = "last_line"


# What of a bill a line is: an agency, and of it a fund where it has several.
LineKey = tuple[str, str]
Amounts = Mapping[LineKey, int]


@dataclass(frozen=True, slots=True)
class AgencyRate:
    """What one agency takes of a tax code's value, in whole units of the year's rate unit."""

    agency_code: str
    agency_name: str
    rate_units: int
    fund_code: str = ""  # Of an agency that is billed by fund.

    @property
    def key(self) -> LineKey:
        return self.agency_code, self.fund_code


@dataclass(frozen=True, slots=True)
class Charge:
    """A direct charge or special assessment of one parcel: an amount, whatever its value."""

    agency_code: str
    agency_name: str
    amount_cents: int
    fund_code: str = ""


@dataclass(frozen=True, slots=True)
class BillingTerms:
    """The law of one tax year, as far as it makes bills; `rule_ids` name its terms in the pack.

    Amounts are rounded to a multiple of the steps: one cent, or a hundred for whole dollars.
    """

    total_rounding: Rounding
    line_rounding: Rounding
    # Of `residual_to` agency; empty otherwise.
    residual_agency_code: str
    plan: InstallmentPlan
    rule_ids: tuple[str, ...]
    method: BillMethod = BillMethod.TOTAL_FIRST
    residual_to: ResidualTo = ResidualTo.AGENCY
    total_step_cents: int = 1
    line_step_cents: int = 1
    rate_unit: RateUnit = THOUSANDTHS_OF_PERCENT
    credits: CreditTerms = NO_CREDITS


@dataclass(frozen=True, slots=True)
class ComputedLine:
    """An agency's part of a bill; `residual_cents` of it come from rounding, not from its rate."""

    agency_code: str
    agency_name: str
    rate_units: int
    amount_cents: int
    residual_cents: int
    fund_code: str = ""
    is_charge: bool = False
    # What credits took off it.
    credited_cents: int = 0


@dataclass(frozen=True, slots=True)
class ComputedBill:
    net_value_dollars: int
    composite_units: int
    total_cents: int
    lines: tuple[ComputedLine, ...]
    installments: tuple[ComputedInstallment, ...]
    # What came off the tax before it was shared.
    credits: tuple[GivenCredit, ...] = ()


def compute_bill(
    net_value_dollars: int,
    prior_year_total_cents: int,
    rates: Sequence[AgencyRate],
    terms: BillingTerms,
    charges: Sequence[Charge] = (),
    claims: Sequence[CreditClaim] = (),
) -> ComputedBill:
    """Bill a parcel: a line by each rate, one for each charge, and the installments of it all."""
    if net_value_dollars < 0 or prior_year_total_cents < 0:
        asked = f"value {net_value_dollars} dollars, last year's {prior_year_total_cents} cents"
        raise CannotBill(BillingProblem.BAD_VALUE, f"{asked}: below zero")
    composite = whole_composite(rates)
    rounded = _rounded(net_value_dollars, rates, terms)
    gross_cents = _tax_total(net_value_dollars, composite, rounded, terms)
    total_cents = gross_cents + sum(each.amount_cents for each in charges)
    if max(total_cents, prior_year_total_cents) > CENTS_MAX:
        rate = f"{format_rate(composite, terms.rate_unit)} {terms.rate_unit.per}"
        made = f"{net_value_dollars} dollars at {rate} make {total_cents}"
        message = f"a bill has at most {CENTS_MAX} cents; {made}"
        raise CannotBill(BillingProblem.BILL_OUT_OF_RANGE, message)
    given = _credits(gross_cents, claims, terms, rounded, net_value_dollars)
    given_cents = sum(each.amount_cents for each in given)
    total_cents -= given_cents
    lines = lines_of(gross_cents, rounded, rates, terms)
    if given_cents:
        # Less a credit no line follows from its own rate: what is left is shared by them.
        gross = before_credits(lines)
        lines = share_of_total(gross_cents - given_cents, rates, terms, gross)
    return ComputedBill(
        net_value_dollars=net_value_dollars,
        composite_units=composite,
        total_cents=total_cents,
        lines=lines + charge_lines(charges),
        installments=installments(total_cents, prior_year_total_cents, terms.plan),
        credits=given,
    )


def _credits(
    gross_cents: int, claims: Sequence[CreditClaim], terms: BillingTerms, rounded: Amounts, net: int
) -> tuple[GivenCredit, ...]:
    lines = [(agency_code, cents) for (agency_code, _), cents in rounded.items()]
    try:
        return take_credits(gross_cents, claims, terms.credits, lines, net)
    except BadCredit as problem:
        raise CannotBill(BillingProblem.BAD_CREDIT, str(problem)) from problem


def whole_composite(rates: Sequence[AgencyRate]) -> int:
    return sum(rate.rate_units for rate in rates)


def lines_of(
    tax_cents: int,
    rounded: Amounts,
    rates: Sequence[AgencyRate],
    terms: BillingTerms,
    gross: Amounts | None = None,
) -> tuple[ComputedLine, ...]:
    """Make each agency's line of its rounded part; the odd cents go where the law puts them.

    `gross` are the lines before credits.
    """
    if len(rounded) != len(rates):
        raise CannotBill(BillingProblem.DUPLICATE_AGENCY, "an agency has two rates on one bill")
    amounts = dict(rounded)
    residual = residual_key(rounded, rates, terms)
    if residual is not None:
        amounts[residual] += tax_cents - sum(rounded.values())
    if residual is not None and amounts[residual] < 0:
        # A bill of a few cents, every line of it rounded up: nobody's share may be negative.
        amounts = _shared(tax_cents, rates)
    return tuple(
        ComputedLine(
            agency_code=rate.agency_code,
            agency_name=rate.agency_name,
            rate_units=rate.rate_units,
            amount_cents=amounts[rate.key],
            residual_cents=amounts[rate.key] - rounded[rate.key],
            fund_code=rate.fund_code,
            credited_cents=gross[rate.key] - amounts[rate.key] if gross else 0,
        )
        for rate in rates
    )


def residual_key(
    rounded: Amounts, rates: Sequence[AgencyRate], terms: BillingTerms
) -> LineKey | None:
    """Find the line that takes what rounding leaves over; none where there are no lines."""
    match terms.residual_to:
        case ResidualTo.AGENCY:
            code = terms.residual_agency_code
            if own := [rate.key for rate in rates if rate.agency_code == code]:
                return own[0]
            message = f"agency {code}, which takes what rounding leaves over, has no rate here"
            raise CannotBill(BillingProblem.RESIDUAL_AGENCY_MISSING, message)
        case ResidualTo.LARGEST_LINE:
            # Of equals the first.
            return max(rates, key=lambda rate: rounded[rate.key]).key if rates else None
        case ResidualTo.LAST_LINE:
            return next((rate.key for rate in reversed(rates) if rate.rate_units), None)


def charge_lines(charges: Sequence[Charge]) -> tuple[ComputedLine, ...]:
    """Direct charges as lines, after those of the rates, as they are."""
    return tuple(
        ComputedLine(
            agency_code=each.agency_code,
            agency_name=each.agency_name,
            rate_units=0,
            amount_cents=each.amount_cents,
            residual_cents=0,
            fund_code=each.fund_code,
            is_charge=True,
        )
        for each in charges
    )


def share_of_total(
    tax_cents: int, rates: Sequence[AgencyRate], terms: BillingTerms, gross: Amounts | None = None
) -> tuple[ComputedLine, ...]:
    """Share an amount that does not follow from the value among the agencies by their rates."""
    composite = whole_composite(rates)
    if tax_cents and not composite:
        raise CannotBill(
            BillingProblem.BAD_RATE, "no agency has a rate on this bill: nobody would get its total"
        )
    step = terms.line_step_cents
    rounded = {
        rate.key: step
        * times_ratio(tax_cents, rate.rate_units, (composite or 1) * step, terms.line_rounding)
        for rate in rates
    }
    return lines_of(tax_cents, rounded, rates, terms, gross)


def _rounded(
    net_value_dollars: int, rates: Sequence[AgencyRate], terms: BillingTerms
) -> dict[LineKey, int]:
    unit, rounding, step = terms.rate_unit, terms.line_rounding, terms.line_step_cents
    return {
        rate.key: unit.tax(net_value_dollars, rate.rate_units, rounding, step) for rate in rates
    }


def _tax_total(
    net_value_dollars: int, composite: int, rounded: Amounts, terms: BillingTerms
) -> int:
    rounding, step = terms.total_rounding, terms.total_step_cents
    if terms.method is BillMethod.TOTAL_FIRST:
        return terms.rate_unit.tax(net_value_dollars, composite, rounding, step)
    return step * times_ratio(sum(rounded.values()), 1, step, rounding)


def _shared(tax_cents: int, rates: Sequence[AgencyRate]) -> dict[LineKey, int]:
    """By largest remainders, of equal ones by the agency's code."""
    keys = sorted(rate.key for rate in rates)
    places = {key: place for place, key in enumerate(keys)}
    parts = split(tax_cents, {places[rate.key]: rate.rate_units for rate in rates})
    return {key: parts[place] for key, place in places.items()}
