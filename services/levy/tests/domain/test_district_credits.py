"""LEVY-001, CASH-035: a credit of a parcel in a tax-increment district lowers both of its bills."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from levy_service.domain.billing import (
    AgencyRate,
    BillingProblem,
    BillingTerms,
    CannotBill,
    Charge,
    compute_bill,
)
from levy_service.domain.correction import CorrectionTerms, Spread, StandingBill, to_net_value
from levy_service.domain.credits import Credit, CreditClaim, CreditTerms, InDistrict
from levy_service.domain.increment import IncrementTerms, Part, Value, compute_parts
from levy_service.domain.installments import Due, InstallmentPlan, OddCents, ShareOf
from levy_service.domain.revaluing import NewValue, to_value
from taxkit.money import Rounding

LAW = CreditTerms(
    MappingProxyType(
        {
            "relief": Credit(cents=30_000, in_district=InDistrict.PRO_RATA),
            "owner": Credit(ratio=Decimal("0.1"), in_district=InDistrict.BASE_FIRST),
            "unsaid": Credit(cents=1),
        }
    )
)
TERMS = BillingTerms(
    total_rounding=Rounding.HALF_UP,
    line_rounding=Rounding.HALF_UP,
    residual_agency_code="county",
    plan=InstallmentPlan(
        (Decimal("0.5"), Decimal("0.5")), ShareOf.TOTAL, Rounding.DOWN, OddCents.FIRST,
        (Due(date(2022, 3, 1)), Due(date(2022, 12, 30))),
    ),
    rule_ids=(),
    credits=LAW,
)  # fmt: skip
DISTRICT = IncrementTerms(agency_code="tif-[0-9]+", bill_suffix="TIF")
RATES = (
    AgencyRate("county", "County", 400),
    AgencyRate("city", "City", 600),
    AgencyRate("tif-1", "Fund", 0),
)
RELIEF, OWNER = CreditClaim("relief"), CreditClaim("owner")
dollars = st.integers(0, 10**8)


def parts(net: int, frozen: int, *claims: CreditClaim, charges: tuple[Charge, ...] = ()):
    return compute_parts(Value(net, frozen), 0, RATES, TERMS, DISTRICT, charges, claims)


def taken(bills, part: Part) -> dict[str, int]:
    return {each.code: each.amount_cents for each in bills[part].credits}


def test_a_credit_by_shares_lowers_each_bill_by_what_it_comes_to() -> None:
    """A thousand dollars of tax, a quarter of it the base's: so is the credit."""
    bills = parts(100_000, 25_000, RELIEF)
    assert (bills[Part.BASE].total_cents, bills[Part.INCREMENT].total_cents) == (17_500, 52_500)
    assert taken(bills, Part.BASE) == {"relief": 7_500}
    assert taken(bills, Part.INCREMENT) == {"relief": 22_500}
    (line,) = bills[Part.INCREMENT].lines
    assert (line.amount_cents, line.credited_cents) == (52_500, 22_500)
    assert [line.amount_cents for line in bills[Part.BASE].lines] == [7_000, 10_500]


@pytest.mark.parametrize(
    ("frozen", "base", "grown"), [(9_999, 9_999, 1), (10_000, 10_000, 0), (10_001, 10_000, 0)]
)
def test_a_credit_of_the_base_reaches_the_growth_when_that_is_used_up(
    frozen: int, base: int, grown: int
) -> None:
    """A tenth of a thousand dollars, on either side of a base of as much."""
    bills = parts(100_000, frozen, OWNER)
    assert taken(bills, Part.BASE) == {"owner": base}
    assert taken(bills, Part.INCREMENT) == {"owner": grown}


@given(net=dollars, frozen=dollars, claimed=st.sets(st.sampled_from([RELIEF, OWNER])))
def test_both_bills_are_the_one_less_its_credits(net: int, frozen: int, claimed) -> None:
    """To the cent, no line and no bill below nothing, a charge untouched."""
    charge = (Charge("sewer", "Sewer", 77),)
    bills = parts(net, frozen, *claimed, charges=charge)
    whole = compute_bill(net, 0, RATES[:2], TERMS, charge, tuple(claimed))
    assert whole.total_cents == sum(bill.total_cents for bill in bills.values())
    for each in whole.credits:
        assert each.amount_cents == sum(taken(bills, part)[each.code] for part in bills)
    for bill in bills.values():
        assert bill.total_cents == sum(line.amount_cents for line in bill.lines)
        assert bill.total_cents == sum(part.amount_cents for part in bill.installments)
        assert all(line.amount_cents >= 0 for line in bill.lines)
        credited = sum(each.amount_cents for each in bill.credits)
        assert credited == sum(line.credited_cents for line in bill.lines)


def test_a_credit_nobody_has_said_it_of_is_refused() -> None:
    """The law has to say which part it lowers; of some agencies' lines it cannot."""
    with pytest.raises(CannotBill, match="does not say whose it is") as refused:
        parts(100_000, 25_000, CreditClaim("unsaid"))
    assert refused.value.reason is BillingProblem.BAD_CREDIT
    with pytest.raises(ValueError, match="no credit in a tax-increment district"):
        Credit(ratio=Decimal("0.1"), agency_code="city", in_district=InDistrict.PRO_RATA)


def _standing(bill, rates) -> StandingBill:
    return StandingBill(
        bill.net_value_dollars, rates, bill.installments, (), bill.credits, is_part=True
    )


def test_levy_003_another_value_of_the_parcel_works_both_out_anew() -> None:
    """One of its bills alone cannot be: the credit is of both."""
    bills = parts(100_000, 25_000, RELIEF, OWNER)
    fund = replace(RATES[2], rate_units=1_000)
    standing = {
        Part.BASE: _standing(bills[Part.BASE], RATES[:2]),
        Part.INCREMENT: _standing(bills[Part.INCREMENT], (fund,)),
    }
    terms = CorrectionTerms(TERMS, Spread.FROM_THE_LAST, ())
    again = to_value(standing, NewValue(200_000, 25_000), terms, DISTRICT)
    wanted = parts(200_000, 25_000, RELIEF, OWNER)
    assert [again[part].total_cents for part in Part if part in again] == [
        wanted[part].total_cents for part in Part if part in wanted
    ]
    assert [taken(again, part) for part in again] == [taken(wanted, part) for part in again]
    with pytest.raises(CannotBill, match="of both bills"):
        to_net_value(standing[Part.BASE], 30_000, terms)
