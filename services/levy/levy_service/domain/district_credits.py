"""Credits of a parcel that is billed in two parts: what each takes off the base and the growth."""

from collections.abc import Sequence
from dataclasses import replace

from levy_service.domain.billing import (
    AgencyRate,
    BillingProblem,
    BillingTerms,
    CannotBill,
    ComputedBill,
    share_of_total,
)
from levy_service.domain.credited_lines import before_credits
from levy_service.domain.credits import (
    BadCredit,
    Credit,
    CreditClaim,
    CreditTerms,
    GivenCredit,
    InDistrict,
    take_credits,
)
from taxkit.money import Rounding, times_ratio

Parted = tuple[tuple[GivenCredit, ...], tuple[GivenCredit, ...]]


def parted_credits(
    base_cents: int,
    grown_cents: int,
    claims: Sequence[CreditClaim],
    terms: CreditTerms,
    net_value_dollars: int,
) -> Parted:
    """Work out each credit of the whole tax, and what of it is the base's and the growth's.

    In the law's order, each of what the ones before it left of both; no part is below nothing.
    """
    try:
        tax_cents = base_cents + grown_cents
        given = take_credits(tax_cents, claims, terms, net_value_dollars=net_value_dollars)
    except BadCredit as problem:
        raise CannotBill(BillingProblem.BAD_CREDIT, str(problem)) from problem
    on_base, on_grown = list[GivenCredit](), list[GivenCredit]()
    for each in given:
        left = _grown_left(base_cents, grown_cents, each, terms.credits[each.code])
        taken = grown_cents - left
        on_grown.append(replace(each, amount_cents=taken))
        on_base.append(replace(each, amount_cents=each.amount_cents - taken))
        base_cents, grown_cents = base_cents - each.amount_cents + taken, left
    return tuple(on_base), tuple(on_grown)


def less_credits(
    bill: ComputedBill,
    given: tuple[GivenCredit, ...],
    rates: Sequence[AgencyRate],
    terms: BillingTerms,
) -> ComputedBill:
    """The base's bill less its credits; what is left is shared by the rates."""
    cents = sum(each.amount_cents for each in given)
    if not cents:
        return replace(bill, credits=given)
    rated = [line for line in bill.lines if not line.is_charge]
    charged = tuple(line for line in bill.lines if line.is_charge)
    tax = sum(line.amount_cents for line in rated) - cents
    lines = share_of_total(tax, rates, terms, before_credits(rated))
    return replace(bill, total_cents=bill.total_cents - cents, lines=lines + charged, credits=given)


def _grown_left(base_cents: int, grown_cents: int, given: GivenCredit, law: Credit) -> int:
    whole = base_cents + grown_cents
    left = whole - given.amount_cents
    match law.in_district:
        case InDistrict.PRO_RATA:
            return times_ratio(grown_cents, left, whole, Rounding.HALF_UP) if whole else 0
        case InDistrict.BASE_FIRST:
            return left - max(base_cents - given.amount_cents, 0)
    message = f"credit {given.code}: the law does not say whose it is in a tax-increment district"
    raise CannotBill(BillingProblem.BAD_CREDIT, message)
