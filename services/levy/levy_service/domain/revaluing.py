"""A parcel's issued bills at another value: one bill, or both of a tax-increment district."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from levy_service.domain import correction
from levy_service.domain.billing import AgencyRate, ComputedBill
from levy_service.domain.correction import CorrectionTerms, StandingBill
from levy_service.domain.increment import IncrementTerms, Part, Value, compute_parts


@dataclass(frozen=True, slots=True)
class NewValue:
    """A parcel's net value, and what parts its tax where it lies in a tax-increment district."""

    net_dollars: int
    frozen_dollars: int | None = None
    increment_share: Decimal | None = None


def to_value(
    standing: Mapping[Part, StandingBill],
    value: NewValue,
    terms: CorrectionTerms,
    law: IncrementTerms,
) -> dict[Part, ComputedBill]:
    """Bill another value by the bills' own rates; every installment has its target (LEVY-004).

    A bill that was issued whole stays one, whatever its parcel has become since.
    """
    if Part.WHOLE in standing:
        whole = standing[Part.WHOLE]
        return {Part.WHOLE: correction.to_net_value(whole, value.net_dollars, terms)}
    base, grown = standing[Part.BASE], standing[Part.INCREMENT]
    (fund,) = grown.rates
    rates = (*base.rates, AgencyRate(fund.agency_code, fund.agency_name, 0, fund.fund_code))
    parts = compute_parts(
        Value(value.net_dollars, value.frozen_dollars, value.increment_share),
        0, rates, terms.billing, law, base.charges,
        [each.claim for each in base.credits if each.claim is not None],
    )  # fmt: skip
    return {
        part: replace(bill, installments=correction.spread(standing[part], bill.total_cents, terms))
        for part, bill in parts.items()
    }
