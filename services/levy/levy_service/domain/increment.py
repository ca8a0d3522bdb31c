"""A parcel in a tax-increment district: one bill for its frozen value, one for what has grown."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from levy_service.domain.billing import (
    AgencyRate,
    BillingProblem,
    BillingTerms,
    CannotBill,
    Charge,
    ComputedBill,
    ComputedLine,
    charge_lines,
    compute_bill,
    lines_of,
)
from levy_service.domain.credits import CreditClaim, GivenCredit
from levy_service.domain.district_credits import less_credits, parted_credits
from levy_service.domain.installments import installments
from taxkit.money import Rounding, split, times


class Part(StrEnum):
    """What of its parcel's tax a bill asks for."""

    WHOLE = "whole"
    # The frozen value's, for the agencies as ever.
    BASE = "base"
    # Of what the value has grown since, for the district's fund.
    INCREMENT = "increment"


@dataclass(frozen=True, slots=True)
class IncrementTerms:
    """How a fund of a tax-increment district is told, and the number of the bill that fills it.

    Without them no parcel is billed in two parts.
    """

    agency_code: str | None = None
    bill_suffix: str | None = None

    def __post_init__(self) -> None:
        if (self.agency_code is None) is not (self.bill_suffix is None):
            raise ValueError("agency_code and bill_suffix: both, or neither")
        try:
            re.compile(self.agency_code or "")
        except re.error as error:
            raise ValueError(f"agency_code {self.agency_code!r}: {error}") from error

    def is_fund(self, agency_code: str) -> bool:
        return self.agency_code is not None and bool(re.fullmatch(self.agency_code, agency_code))


@dataclass(frozen=True, slots=True)
class Value:
    """A parcel's net value, and what of it has grown: all above a frozen value, or a share."""

    net_dollars: int
    frozen_dollars: int | None = None
    # Of a whole tax code, as a county computes it that keeps no parcel's own frozen value: 0.6883.
    increment_share: Decimal | None = None

    def __post_init__(self) -> None:
        assert (self.frozen_dollars is None) is not (self.increment_share is None), self


def compute_parts(
    value: Value,
    prior_year_total_cents: int,
    rates: Sequence[AgencyRate],
    terms: BillingTerms,
    law: IncrementTerms,
    charges: Sequence[Charge] = (),
    claims: Sequence[CreditClaim] = (),
) -> dict[Part, ComputedBill]:
    """Bill a parcel in two parts that add up to what it would be billed in one (CASH-035).

    Last year's bill is shared between the parts as this year's is. Direct charges are in the base.
    """
    fund = _fund(rates, law)
    others = [rate for rate in rates if rate != fund]
    whole = compute_bill(value.net_dollars, prior_year_total_cents, others, terms, charges)
    if value.increment_share is None:
        frozen_dollars = min(value.frozen_dollars or 0, value.net_dollars)
        base = compute_bill(frozen_dollars, 0, others, terms, charges)
    else:
        base = _without(whole, value.increment_share, others, terms, charges)
    grown_cents = whole.total_cents - base.total_cents
    prior = (
        split(prior_year_total_cents, {"base": base.total_cents, "grown": grown_cents})
        if whole.total_cents
        else {"base": prior_year_total_cents, "grown": 0}
    )
    taxed_cents = base.total_cents - sum(each.amount_cents for each in charges)
    on_base, on_grown = parted_credits(
        taxed_cents, grown_cents, claims, terms.credits, value.net_dollars
    )
    net = less_credits(base, on_base, others, terms)
    parts = installments(net.total_cents, prior["base"], terms.plan)
    return {
        Part.BASE: replace(net, installments=parts),
        Part.INCREMENT: _increment(whole, base, fund, prior["grown"], terms, on_grown),
    }


def _without(
    whole: ComputedBill,
    share: Decimal,
    rates: Sequence[AgencyRate],
    terms: BillingTerms,
    charges: Sequence[Charge],
) -> ComputedBill:
    """Take the fund's share off the total and off every line, each rounded by itself."""
    charged_cents = sum(each.amount_cents for each in charges)
    tax_cents = whole.total_cents - charged_cents
    base_cents = tax_cents - times(tax_cents, share, terms.total_rounding)
    rounded = {
        (line.agency_code, line.fund_code): times(
            line.amount_cents - line.residual_cents, 1 - share, terms.line_rounding
        )
        for line in whole.lines
        if not line.is_charge
    }
    grown_dollars = times(whole.net_value_dollars, share, Rounding.HALF_UP)
    return replace(
        whole,
        net_value_dollars=whole.net_value_dollars - grown_dollars,
        total_cents=base_cents + charged_cents,
        lines=lines_of(base_cents, rounded, rates, terms) + charge_lines(charges),
    )


def _increment(
    whole: ComputedBill,
    base: ComputedBill,
    fund: AgencyRate,
    prior_year_cents: int,
    terms: BillingTerms,
    given: tuple[GivenCredit, ...],
) -> ComputedBill:
    """All that the base leaves of the bill, less credits, on the fund's line."""
    credited = sum(each.amount_cents for each in given)
    cents, rate = whole.total_cents - base.total_cents - credited, whole.composite_units
    line = ComputedLine(
        fund.agency_code, fund.agency_name, rate, cents, 0, fund.fund_code, credited_cents=credited
    )
    return ComputedBill(
        net_value_dollars=whole.net_value_dollars - base.net_value_dollars,
        composite_units=rate,
        total_cents=cents,
        lines=(line,),
        installments=installments(cents, prior_year_cents, terms.plan),
        credits=given,
    )


def _fund(rates: Sequence[AgencyRate], law: IncrementTerms) -> AgencyRate:
    funds = [rate for rate in rates if law.is_fund(rate.agency_code)]
    if len(funds) != 1 or funds[0].rate_units:
        raise CannotBill(
            BillingProblem.INCREMENT_FUND_MISSING,
            "a parcel in a tax-increment district has a tax code with one fund of such a"
            f" district, which has no rate of its own; here are {len(funds)}",
        )
    return funds[0]
