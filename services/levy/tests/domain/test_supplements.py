"""LEVY-006: which years an event bills, how much of each, and when it is due."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from levy_service.domain.billing import AgencyRate, BillingTerms, BillMethod, ResidualTo
from levy_service.domain.installments import (
    ComputedInstallment,
    Due,
    InstallmentPlan,
    OddCents,
    ShareOf,
)
from levy_service.domain.supplements import (
    KindCaps,
    MailedDue,
    MailedDueDay,
    Method,
    MonthFactor,
    SupplementDue,
    SupplementKind,
    SupplementTerms,
    own_bill,
    shares_of_years,
    with_time_to_pay,
)
from levy_service.domain.value_caps import CapClaim
from taxkit.money import Rounding

KINDS = (SupplementKind("sale", "Change of ownership"),)
# Twelfths, a year that begins in July; events from January to May bill the next year, too.
FACTORS = tuple(
    MonthFactor(month, Decimal((6 - month) % 12 + 1) / 12)
    for month in range(1, 13)
)  # fmt: skip
OWN = SupplementTerms(Method.OWN_BILL, KINDS, "supplemental", 7, FACTORS, (1, 2, 3, 4, 5))
PLAN = InstallmentPlan(
    (Decimal("0.5"), Decimal("0.5")), ShareOf.TOTAL, Rounding.DOWN, OddCents.FIRST,
    (Due(date(2023, 12, 10)), Due(date(2024, 4, 10))),
)  # fmt: skip
BILLING = BillingTerms(
    Rounding.HALF_UP, Rounding.HALF_UP, "", PLAN, ("bill",), BillMethod.LINES_FIRST,
    ResidualTo.LARGEST_LINE,
)  # fmt: skip
RATES = (AgencyRate("1", "County", 1_000), AgencyRate("2", "School", 49))
DUE = SupplementDue(
    (
        MailedDue((7, 8, 9, 10), (MailedDueDay(12, 10), MailedDueDay(4, 10, 1))),
        MailedDue(
            (11, 12, 1, 2, 3, 4, 5, 6),
            (MailedDueDay(months_after=1), MailedDueDay(months_after=5)),
        ),
    )
)


@pytest.mark.parametrize(
    ("event_on", "wanted"),
    [
        (date(2023, 6, 30), [(2023, "1")]),
        (date(2023, 7, 1), [(2023, "0.9167")]),
        (date(2023, 12, 31), [(2023, "0.5")]),
        (date(2024, 1, 1), [(2023, "0.4167"), (2024, "1")]),
        (date(2024, 5, 31), [(2023, "0.0833"), (2024, "1")]),
        (date(2024, 6, 1), [(2024, "1")]),
    ],
    ids=["june", "july", "december", "january", "may", "june again"],
)
def test_levy_006_an_event_bears_the_months_that_are_left(event_on, wanted) -> None:
    """Both sides of every boundary: the year's end, the first event that bills two years."""
    found = shares_of_years(event_on, OWN)
    assert [
        (year, str(factor.quantize(Decimal("0.0001")).normalize())) for year, factor in found
    ] == wanted


@pytest.mark.parametrize(
    ("mailed_on", "wanted"),
    [
        (date(2023, 7, 1), [date(2023, 12, 10), date(2024, 4, 10)]),
        (date(2023, 10, 31), [date(2023, 12, 10), date(2024, 4, 10)]),
        (date(2023, 11, 1), [date(2023, 12, 31), date(2024, 4, 30)]),
        (date(2024, 1, 31), [date(2024, 2, 29), date(2024, 6, 30)]),
        (date(2024, 6, 30), [date(2024, 7, 31), date(2024, 11, 30)]),
    ],
    ids=["july", "october", "november", "january", "june"],
)
def test_levy_006_due_dates_follow_the_month_of_mailing(mailed_on, wanted) -> None:
    assert [each.due_on for each in DUE.of(mailed_on, lambda day: day)] == wanted


def test_levy_006_a_prorated_bill_is_its_year_s_tax_times_the_factor() -> None:
    """100,000 at 1.049 percent is 1,049.00; .42 of it 440.58, in lines and halves."""
    bill = own_bill(100_000, Decimal("0.42"), RATES, BILLING, Rounding.HALF_UP)
    assert bill.total_cents == 44_058
    assert [line.amount_cents for line in bill.lines] == [42_000, 2_058]
    assert [each.amount_cents for each in bill.installments] == [22_029, 22_029]


@given(
    added=st.integers(min_value=0, max_value=10**9),
    factor=st.sampled_from([each.factor for each in FACTORS]),
)
def test_levy_006_lines_and_installments_are_the_total(added: int, factor: Decimal) -> None:
    bill = own_bill(added, factor, RATES, BILLING, Rounding.HALF_UP)
    assert bill.total_cents == sum(line.amount_cents for line in bill.lines)
    assert bill.total_cents == sum(each.amount_cents for each in bill.installments)
    assert min(line.amount_cents for line in bill.lines) >= 0


def test_recv_015_only_what_rises_and_is_past_due_gets_another_day() -> None:
    before = (
        ComputedInstallment(1, date(2022, 3, 1), 100), ComputedInstallment(2, date(2022, 8, 1), 100)
    )  # fmt: skip
    bill = own_bill(0, Decimal(1), RATES, BILLING, Rounding.HALF_UP)
    raised = type(bill)(0, 0, 250, (), (before[0], ComputedInstallment(2, date(2022, 8, 1), 150)))
    after = with_time_to_pay(before, raised, date(2022, 10, 1))
    assert [each.due_on for each in after.installments] == [date(2022, 3, 1), date(2022, 10, 1)]
    early = with_time_to_pay(before, raised, date(2022, 5, 1))
    assert early.installments == raised.installments


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: SupplementTerms(Method.OWN_BILL, KINDS), "a class and factors"),
        (lambda: SupplementTerms(Method.NEXT_VERSION, KINDS, "x"), "a class and factors"),
        (lambda: SupplementTerms(Method.OWN_BILL, KINDS, "x", 7, FACTORS[1:]), "twelve months"),
        (lambda: SupplementTerms(Method.NEXT_VERSION, ()), "at least one"),
        (lambda: SupplementTerms(Method.NEXT_VERSION, KINDS * 2), "each once"),
        (lambda: SupplementTerms(Method.NEXT_VERSION, KINDS, year_begins_month=13), "1 to 12"),
        (lambda: SupplementTerms(
            Method.OWN_BILL, KINDS, "x", 7, FACTORS, raised_due_days=30), "next versions"),
        (lambda: MonthFactor(1, Decimal("1.1")), "above 0 to 1"),
        (lambda: MailedDueDay(12), "one of the two"),
        (lambda: MailedDueDay(12, 31), "not in every month"),
        (lambda: MailedDueDay(13, 1), "no month"),
        (lambda: SupplementDue(DUE.rules[:1]), "twelve months once"),
    ],
    ids=[
        "own without", "class of a version", "eleven", "no kinds", "kind twice", "month 13",
        "days of own", "factor", "half a day", "31st", "13th month", "months left out",
    ],
)  # fmt: skip
def test_law_that_cannot_be_is_refused_as_the_pack_is_loaded(make, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        make()


@pytest.mark.parametrize(
    ("caps", "risen", "expected"),
    [
        (KindCaps.HOLD, 50, [(100, 10)]),
        (KindCaps.END, 50, []),
        (KindCaps.GROW, 50, [(100, 60)]),
        (KindCaps.GROW, 0, [(100, 10)]),
        # What was taken down lowers no cap: the value itself is below it.
        (KindCaps.GROW, -50, [(100, 10)]),
    ],
)
def test_levy_006_what_becomes_of_caps_is_the_kind_s(caps, risen, expected) -> None:
    kind = SupplementKind("k", "K", caps=caps)
    found = kind.caps_after([CapClaim("base_year", 100, 10)], risen)
    assert [(each.base_dollars, each.added_dollars) for each in found] == expected
