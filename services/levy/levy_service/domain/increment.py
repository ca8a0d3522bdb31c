"""A parcel in a tax-increment district: one bill for its frozen value, one for what has grown."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from levy_service.domain.billing import (
    AgencyRate,
    BillingProblem,
    BillingTerms,
    CannotBill,
    Charge,
    ComputedBill,
    ComputedLine,
    compute_bill,
)
from levy_service.domain.installments import installments
from taxkit.money import split


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
    net_dollars: int
    frozen_dollars: int


def compute_parts(
    value: Value,
    prior_year_total_cents: int,
    rates: Sequence[AgencyRate],
    terms: BillingTerms,
    law: IncrementTerms,
    charges: Sequence[Charge] = (),
) -> dict[Part, ComputedBill]:
    """Bill a parcel in two parts that add up to what it would be billed in one (CASH-035).

    Last year's bill is shared between the parts as this year's is. Direct charges are in the base.
    """
    fund = _fund(rates, law)
    others = [rate for rate in rates if rate != fund]
    frozen_dollars = min(value.frozen_dollars, value.net_dollars)
    whole = compute_bill(value.net_dollars, prior_year_total_cents, others, terms, charges)
    base = compute_bill(frozen_dollars, 0, others, terms, charges)
    grown_cents = whole.total_cents - base.total_cents
    prior = (
        split(prior_year_total_cents, {"base": base.total_cents, "grown": grown_cents})
        if whole.total_cents
        else {"base": prior_year_total_cents, "grown": 0}
    )
    increment = ComputedBill(
        net_value_dollars=value.net_dollars - frozen_dollars,
        composite_thousandths=whole.composite_thousandths,
        total_cents=grown_cents,
        lines=(
            ComputedLine(
                fund.agency_code, fund.agency_name, whole.composite_thousandths, grown_cents, 0
            ),
        ),
        installments=installments(grown_cents, prior["grown"], terms.plan),
    )
    return {
        Part.BASE: replace(
            base, installments=installments(base.total_cents, prior["base"], terms.plan)
        ),
        Part.INCREMENT: increment,
    }


def _fund(rates: Sequence[AgencyRate], law: IncrementTerms) -> AgencyRate:
    funds = [rate for rate in rates if law.is_fund(rate.agency_code)]
    if len(funds) != 1 or funds[0].rate_thousandths:
        raise CannotBill(
            BillingProblem.INCREMENT_FUND_MISSING,
            "a parcel with a frozen value has a tax code with one fund of a tax-increment"
            f" district, which has no rate of its own; here are {len(funds)}",
        )
    return funds[0]
