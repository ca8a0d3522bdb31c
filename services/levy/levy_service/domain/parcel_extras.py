"""What a parcel's row brings beside its net value: what that follows from, charges, a share."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final

from levy_service.domain.billing import (
    AgencyRate,
    BillingProblem,
    BillingTerms,
    CannotBill,
    ComputedBill,
    compute_bill,
)
from levy_service.domain.credits import NO_CREDITS, BadCredit, CreditTerms, check_claims
from levy_service.domain.funds import FUND_CODE
from levy_service.domain.increment import IncrementTerms, Part, Value, compute_parts
from levy_service.domain.roll import Finding, ParcelRow
from levy_service.domain.valuation import ValueTerms, value_parcel
from taxkit.money import CENTS_MAX

# An event tells all of a bill's lines: see RATES_MAX.
CHARGES_MAX: Final = 100
# So that a hundred of them are far from the largest bill.
CHARGE_CENTS_MAX: Final = 10**12
_TEXT_MAX: Final = 200
_RATIO_DECIMALS: Final = 9
_CONTROL_CHARACTER: Final = re.compile(r"[\x00-\x1f\x7f]")
_SHARE: Final = re.compile(r"0(\.[0-9]{1,9})?|1(\.0{1,9})?")


def completed(
    given: ParcelRow, terms: ValueTerms, of_tax: CreditTerms = NO_CREDITS
) -> tuple[ParcelRow, list[Finding]]:
    """Compute a net value that the row leaves to the law, and say what is wrong with the rest."""
    at = f"parcels[{given.row}]"
    found = [*_charges(given, at), *_share(given, at), *_credits(given, at, of_tax)]
    if given.is_valued:
        if given.claims:
            message = "exemptions are of a net value that is computed: set compute_net_value"
            found.append(Finding("BAD_EXEMPTION", f"{at}.exemptions", message))
        if given.value_caps:
            message = "a cap is of a value that is computed: set compute_net_value"
            found.append(Finding("BAD_VALUE_CAP", f"{at}.value_caps", message))
        return given, found
    if given.net_value_dollars:
        message = "leave net_value_dollars out where it is computed"
        found.append(Finding("BAD_VALUE", f"{at}.net_value_dollars", message))
    if not 0 <= given.value_dollars <= CENTS_MAX:
        # The row's own check says so.
        return given, found
    try:
        valued = value_parcel(
            given.value_dollars, given.property_class, given.claims, terms, given.value_caps
        )
    except CannotBill as problem:
        place = "value_caps" if problem.reason is BillingProblem.BAD_VALUE_CAP else "exemptions"
        found.append(Finding(problem.reason.value, f"{at}.{place}", problem.message[:300]))
        return given, found
    return replace(given, net_value_dollars=valued.net_dollars, value_steps=valued.steps), found


def bill_parcel(
    parcel: ParcelRow, rates: Sequence[AgencyRate], terms: BillingTerms, law: IncrementTerms
) -> dict[Part, ComputedBill]:
    """One bill, or in a tax-increment district two; direct charges by their agencies' codes."""
    net, prior = parcel.net_value_dollars, parcel.prior_year_total_cents
    charges = sorted(parcel.charges, key=lambda one: (one.agency_code, one.fund_code))
    share = Decimal(parcel.increment_share) if parcel.increment_share else None
    if parcel.frozen_value_dollars is None and share is None:
        return {Part.WHOLE: compute_bill(net, prior, rates, terms, charges, parcel.credits)}
    value = Value(net, parcel.frozen_value_dollars, share)
    return compute_parts(value, prior, rates, terms, law, charges, parcel.credits)


def _charges(given: ParcelRow, at: str) -> Iterator[Finding]:
    if len(given.charges) > CHARGES_MAX:
        yield Finding("TOO_MANY_CHARGES", f"{at}.charges", f"at most {CHARGES_MAX} a parcel")
    keys = set[tuple[str, str]]()
    for number, charge in enumerate(given.charges, start=1):
        place = f"{at}.charges[{number}]"
        for name in ("agency_code", "agency_name"):
            text: str = getattr(charge, name)
            if not text.strip():
                yield Finding("TEXT_MISSING", f"{place}.{name}", "it is empty")
            if len(text) > _TEXT_MAX or _CONTROL_CHARACTER.search(text):
                message = f"at most {_TEXT_MAX} characters, none of them a control one"
                yield Finding("TEXT_INVALID", f"{place}.{name}", message)
        if (key := (charge.agency_code, charge.fund_code)) in keys:
            message = f"agency {charge.agency_code[:60]} has a charge on this parcel already"
            yield Finding("DUPLICATE_CHARGE", f"{place}.agency_code", message)
        keys.add(key)
        if not FUND_CODE.fullmatch(charge.fund_code):
            message = f"{charge.fund_code[:60]!r} is not a fund: letters, digits, dot, dash"
            yield Finding("FUND_INVALID", f"{place}.fund_code", message)
        if not 0 < charge.amount_cents <= CHARGE_CENTS_MAX:
            message = f"{charge.amount_cents} cents are not from 1 to {CHARGE_CENTS_MAX}"
            yield Finding("BAD_CHARGE", f"{place}.amount_cents", message)


def _credits(given: ParcelRow, at: str, terms: CreditTerms) -> Iterator[Finding]:
    place = f"{at}.credits"
    if given.frozen_value_dollars is not None or given.increment_share:
        refused = [code for code, law in terms.credits.items() if law.is_refused_in_district]
        for code in sorted({each.code for each in given.credits}.intersection(refused)):
            message = f"the law does not say which part of a parcel's two bills {code} lowers"
            yield Finding("CREDIT_IN_DISTRICT", place, message)
    for claim in given.credits:
        if claim.ratio is not None and -int(claim.ratio.as_tuple().exponent) > _RATIO_DECIMALS:
            message = f"credit {claim.code[:60]}: nine decimals at most"
            yield Finding("BAD_CREDIT", place, message)
    try:
        check_claims(given.credits, terms)
    except BadCredit as problem:
        yield Finding("BAD_CREDIT", place, str(problem)[:300])


def _share(given: ParcelRow, at: str) -> Iterator[Finding]:
    if not given.increment_share:
        return
    if not _SHARE.fullmatch(given.increment_share):
        message = f"{given.increment_share[:60]!r} is not a share from 0 to 1, as 0.6883"
        yield Finding("BAD_SHARE", f"{at}.increment_share", message)
    if given.frozen_value_dollars is not None:
        message = "a parcel has a frozen value, or a share: not both"
        yield Finding("BAD_SHARE", f"{at}.increment_share", message)
