"""From net value and rates to a bill, its agencies' lines and its installments, to the cent."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final

from taxkit.money import CENTS_MAX, Rounding, split, times, times_ratio

# Rates are kept in thousandths of a percent, as the county clerk publishes them. A dollar of value
# at one thousandth of a percent is a thousandth of a cent, which makes this the one divisor.
RATE_UNITS_PER_CENT: Final = 1000

_RATE = re.compile(r"([0-9]{1,3})(?:\.([0-9]{1,3})0*)?")


class BillingProblem(StrEnum):
    """Why a bill cannot be computed."""

    BAD_RATE = "BAD_RATE"
    BAD_VALUE = "BAD_VALUE"
    DUPLICATE_AGENCY = "DUPLICATE_AGENCY"
    RESIDUAL_AGENCY_MISSING = "RESIDUAL_AGENCY_MISSING"
    BILL_OUT_OF_RANGE = "BILL_OUT_OF_RANGE"
    INCREMENT_FUND_MISSING = "INCREMENT_FUND_MISSING"


class CannotBill(Exception):
    """The roll cannot be billed as it stands."""

    def __init__(self, reason: BillingProblem, message: str) -> None:
        super().__init__(f"{reason}: {message}")
        self.reason = reason
        self.message = message


@dataclass(frozen=True, slots=True)
class AgencyRate:
    """What one agency takes of a tax code's value: thousandths of a percent, 396 for 0.396 %."""

    agency_code: str
    agency_name: str
    rate_thousandths: int


@dataclass(frozen=True, slots=True)
class BillingTerms:
    """The law of one tax year, as far as it makes bills.

    The first installment is `first_share` of last year's bill; `due_on` are the last days without
    interest, first installment first; `rule_ids` say which terms of the pack these are.
    """

    total_rounding: Rounding
    line_rounding: Rounding
    residual_agency_code: str
    first_share: Decimal
    first_share_rounding: Rounding
    due_on: tuple[date, date]
    rule_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ComputedLine:
    """An agency's part of a bill; `residual_cents` of it come from rounding, not from its rate."""

    agency_code: str
    agency_name: str
    rate_thousandths: int
    amount_cents: int
    residual_cents: int


@dataclass(frozen=True, slots=True)
class ComputedInstallment:
    installment: int
    due_on: date
    amount_cents: int


@dataclass(frozen=True, slots=True)
class ComputedBill:
    net_value_dollars: int
    composite_thousandths: int
    total_cents: int
    lines: tuple[ComputedLine, ...]
    installments: tuple[ComputedInstallment, ...]


def compute_bill(
    net_value_dollars: int,
    prior_year_total_cents: int,
    rates: Sequence[AgencyRate],
    terms: BillingTerms,
) -> ComputedBill:
    """Bill a parcel: total by the composite rate, lines by their own, the odd cents to one."""
    if net_value_dollars < 0 or prior_year_total_cents < 0:
        raise CannotBill(
            BillingProblem.BAD_VALUE,
            f"net value {net_value_dollars} dollars and last year's {prior_year_total_cents} cents "
            "have to be zero or more",
        )
    composite = whole_composite(rates)
    total_cents = _tax(net_value_dollars, composite, terms.total_rounding)
    if max(total_cents, prior_year_total_cents) > CENTS_MAX:
        raise CannotBill(
            BillingProblem.BILL_OUT_OF_RANGE,
            f"a bill has at most {CENTS_MAX} cents; value {net_value_dollars} dollars at "
            f"{format_rate(composite)} % makes {total_cents}",
        )
    rounded = {
        rate.agency_code: _tax(net_value_dollars, rate.rate_thousandths, terms.line_rounding)
        for rate in rates
    }
    return ComputedBill(
        net_value_dollars=net_value_dollars,
        composite_thousandths=composite,
        total_cents=total_cents,
        lines=lines_of(total_cents, rounded, rates, terms),
        installments=installments(total_cents, prior_year_total_cents, terms),
    )


def whole_composite(rates: Sequence[AgencyRate]) -> int:
    """Add up the rates of a bill, in thousandths of a percent."""
    return sum(rate.rate_thousandths for rate in rates)


def lines_of(
    total_cents: int, rounded: Mapping[str, int], rates: Sequence[AgencyRate], terms: BillingTerms
) -> tuple[ComputedLine, ...]:
    """Make each agency's line of its rounded part; the odd cents go where the law puts them."""
    residual_code = terms.residual_agency_code
    if len(rounded) != len(rates):
        raise CannotBill(BillingProblem.DUPLICATE_AGENCY, "an agency has two rates on one bill")
    if residual_code not in rounded:
        raise CannotBill(
            BillingProblem.RESIDUAL_AGENCY_MISSING,
            f"agency {residual_code}, which takes what rounding leaves over, "
            "has no rate on this bill",
        )
    amounts = dict(rounded)
    amounts[residual_code] += total_cents - sum(rounded.values())
    if amounts[residual_code] < 0:
        # A bill of a few cents, every line of it rounded up: nobody's share may be negative.
        amounts = split(total_cents, {rate.agency_code: rate.rate_thousandths for rate in rates})
    return tuple(
        ComputedLine(
            agency_code=rate.agency_code,
            agency_name=rate.agency_name,
            rate_thousandths=rate.rate_thousandths,
            amount_cents=amounts[rate.agency_code],
            residual_cents=amounts[rate.agency_code] - rounded[rate.agency_code],
        )
        for rate in rates
    )


def installments(
    total_cents: int, prior_year_total_cents: int, terms: BillingTerms
) -> tuple[ComputedInstallment, ...]:
    """Estimate the first from last year's bill, never above this year's; the second is the rest."""
    estimate = times(prior_year_total_cents, terms.first_share, terms.first_share_rounding)
    first = min(estimate, total_cents)
    first_due, second_due = terms.due_on
    return (
        ComputedInstallment(1, first_due, first),
        ComputedInstallment(2, second_due, total_cents - first),
    )


def parse_rate(text: str) -> int:
    """Read a rate in percent, "0.396", as thousandths; a fourth decimal is refused, not rounded."""
    found = _RATE.fullmatch(text)
    thousandths = int(found[1] + (found[2] or "").ljust(3, "0")) if found else -1
    if not 0 <= thousandths <= 100 * RATE_UNITS_PER_CENT:
        raise CannotBill(
            BillingProblem.BAD_RATE,
            f"{text!r} is not a rate: percent of value from 0 to 100, three decimals at most",
        )
    return thousandths


def format_rate(rate_thousandths: int) -> str:
    """Write thousandths of a percent as percent: 396 is "0.396"."""
    return f"{rate_thousandths // 1000}.{rate_thousandths % 1000:03d}"


def _tax(net_value_dollars: int, rate_thousandths: int, rounding: Rounding) -> int:
    return times_ratio(net_value_dollars, rate_thousandths, RATE_UNITS_PER_CENT, rounding)
