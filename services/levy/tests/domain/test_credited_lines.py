"""LEVY-001, LEVY-002: a bill's lines before and after credits, and as it prints them."""

from dataclasses import replace
from decimal import Decimal
from types import MappingProxyType

from hypothesis import given
from hypothesis import strategies as st

from levy_service.domain.billing import (
    AgencyRate,
    BillingTerms,
    BillMethod,
    Charge,
    ResidualTo,
    compute_bill,
)
from levy_service.domain.correction import CorrectionTerms, Spread, StandingBill, to_total
from levy_service.domain.credited_lines import PrintedKind, printed
from levy_service.domain.credits import BorneBy, Credit, CreditClaim, CreditTerms
from levy_service.domain.duedates import DueDay, DueRule, YearDay
from levy_service.domain.installments import InstallmentPlan, OddCents, ShareOf
from levy_service.domain.rates import RatePer, RateUnit
from taxkit.money import Rounding

LAW = CreditTerms(
    MappingProxyType(
        {
            "factor": Credit(name="Reduction factor"),
            "owner": Credit(ratio=Decimal("0.025"), borne_by=BorneBy.STATE),
        }
    ),
    as_lines=True,
)
DUE = DueRule((DueDay(YearDay(2, 14, 1)), DueDay(YearDay(7, 11, 1))))
TERMS = BillingTerms(
    total_rounding=Rounding.HALF_UP,
    line_rounding=Rounding.HALF_UP,
    residual_agency_code="",
    plan=InstallmentPlan(
        (Decimal("0.5"), Decimal("0.5")), ShareOf.TOTAL, Rounding.DOWN, OddCents.FIRST,
        DUE.due(2024, lambda day: day, None),
    ),
    rule_ids=(),
    method=BillMethod.TOTAL_FIRST,
    residual_to=ResidualTo.LARGEST_LINE,
    rate_unit=RateUnit(RatePer.MILLS, 3),
    credits=LAW,
)  # fmt: skip
RATES = (AgencyRate("county", "County", 10_001), AgencyRate("school", "School", 20_002))
SEWER = (Charge("sewer", "Sewer", 1_234),)
CLAIMS = (CreditClaim("owner"), CreditClaim("factor", Decimal("0.25")))


def test_a_credit_is_a_negative_line_named_by_its_law() -> None:
    """Above it stand the agencies' lines before credits; a charge is not lowered by any."""
    bill = compute_bill(100_000, 0, RATES, TERMS, SEWER, CLAIMS)
    assert [
        (line.kind, line.code, line.name, line.amount_cents)
        for line in printed(bill.lines, bill.credits)
    ] == [
        (PrintedKind.AGENCY, "county", "County", 100_010),
        (PrintedKind.AGENCY, "school", "School", 200_020),
        (PrintedKind.AGENCY, "sewer", "Sewer", 1_234),
        (PrintedKind.CREDIT, "factor", "Reduction factor", -75_008),
        (PrintedKind.CREDIT, "owner", "owner", -7_501),
    ]
    assert bill.total_cents == 300_030 + 1_234 - 75_008 - 7_501
    assert [each.borne_by for each in bill.credits] == [BorneBy.AUTHORITIES, BorneBy.STATE]


def test_without_the_laws_word_lines_are_those_after_credits() -> None:
    """A bill of a law that says nothing of lines is printed as it ever was."""
    terms = replace(TERMS, credits=replace(LAW, as_lines=False))
    bill = compute_bill(100_000, 0, RATES, terms, SEWER, CLAIMS)
    assert [(line.code, line.amount_cents) for line in printed(bill.lines, bill.credits)] == [
        (line.agency_code, line.amount_cents) for line in bill.lines
    ]


@given(
    value=st.integers(0, 30) | st.integers(0, 10**9),
    ratio=st.integers(0, 10**9).map(lambda part: Decimal(part) / 10**9),
    residual=st.sampled_from([ResidualTo.LARGEST_LINE, ResidualTo.LAST_LINE]),
    total=st.integers(0, 10**9),
)
def test_printed_lines_are_the_bill(
    value: int, ratio: Decimal, residual: ResidualTo, total: int
) -> None:
    """They add up to the total as billed and as corrected; what credits took is each line's."""
    terms = replace(TERMS, residual_to=residual)
    claims = (CreditClaim("factor", ratio), CreditClaim("owner"))
    bill = compute_bill(value, 0, RATES, terms, SEWER, claims)
    standing = StandingBill(value, RATES, bill.installments, SEWER, bill.credits)
    corrected = to_total(standing, total, CorrectionTerms(terms, Spread.FROM_THE_LAST, ()))
    for each in (bill, corrected):
        assert each.total_cents == sum(
            line.amount_cents for line in printed(each.lines, each.credits)
        )
        assert sum(line.credited_cents for line in each.lines) == sum(
            credit.amount_cents for credit in each.credits
        )
