"""SALE-036: a bill's standing follows from what is open on it and the law's dates."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taxsale_service.domain.standing import (
    AnnualSale,
    Debt,
    DelinquencyTerms,
    EligibilityTerms,
    Installment,
    SaleTerms,
    Standing,
    debt_of,
    delinquent_from,
    eligible_from,
    standing_of,
)

FIRST, SECOND = date(2022, 3, 1), date(2022, 12, 30)
TERMS = SaleTerms(
    pack_version="test",
    delinquency=DelinquencyTerms("late", 1),
    eligibility=EligibilityTerms("time", 365),
    annual_sale=None,
)
OF_FIRST = replace(TERMS, eligibility=EligibilityTerms("time", 365, of_first_unpaid=True))
ORDER = [Standing.SETTLED, Standing.CURRENT, Standing.DELINQUENT, Standing.SALE_ELIGIBLE]


def _debt(first_cents: int, second_cents: int) -> Debt | None:
    return debt_of([Installment(FIRST, first_cents), Installment(SECOND, second_cents)])


def _standing(debt: Debt | None, as_of: date, terms: SaleTerms = TERMS) -> Standing:
    return standing_of(debt, terms, as_of).standing


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [
        (date(2022, 1, 1), Standing.CURRENT),
        (FIRST, Standing.CURRENT),
        (FIRST + timedelta(days=1), Standing.DELINQUENT),
        (date(2023, 12, 29), Standing.DELINQUENT),
        (date(2023, 12, 30), Standing.SALE_ELIGIBLE),
    ],
)
def test_an_unpaid_bill_becomes_late_and_then_eligible(as_of: date, expected: Standing) -> None:
    """Due today is not late; the day after is. Eligible on the 365th day after the last."""
    assert expected == _standing(_debt(500, 600), as_of)


@pytest.mark.parametrize(
    ("open_cents", "eligible_on"),
    [((500, 600), date(2023, 3, 1)), ((0, 600), date(2023, 12, 30))],
    ids=["both are open", "the second alone"],
)
def test_a_law_may_count_from_the_earliest_due_date_with_money_open(
    open_cents: tuple[int, int], eligible_on: date
) -> None:
    """A year after the first, or after the second where that alone is unpaid."""
    debt = _debt(*open_cents)

    assert _standing(debt, eligible_on, OF_FIRST) is Standing.SALE_ELIGIBLE
    assert _standing(debt, eligible_on - timedelta(days=1), OF_FIRST) is Standing.DELINQUENT


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [
        (FIRST + timedelta(days=1), Standing.CURRENT),
        (SECOND, Standing.CURRENT),
        (SECOND + timedelta(days=1), Standing.DELINQUENT),
    ],
)
def test_a_paid_first_installment_makes_nobody_late(as_of: date, expected: Standing) -> None:
    """Only a due date with money open counts."""
    assert expected == _standing(_debt(0, 600), as_of)


def test_an_open_first_installment_goes_to_sale_with_the_whole_bill() -> None:
    """The time to the sale runs from the bill's last due date, paid or not."""
    debt = _debt(500, 0)
    assert debt is not None
    assert (date(2023, 12, 30), "time") == eligible_from(debt, TERMS)
    assert date(2022, 3, 2) == delinquent_from(debt, TERMS)


def test_a_bill_with_nothing_open_is_settled_whenever() -> None:
    """Also one without installments."""
    assert _standing(_debt(0, 0), date(2030, 1, 1)) == Standing.SETTLED
    assert debt_of([]) is None


def test_a_sale_known_to_have_begun_before_counts_instead() -> None:
    """On its first day the bill is eligible, by the rule that says when it was."""
    terms = SaleTerms("test", TERMS.delinquency, TERMS.eligibility, AnnualSale("sale", SECOND))
    early = SaleTerms(
        "test", TERMS.delinquency, TERMS.eligibility, AnnualSale("sale", date(2023, 6, 1))
    )
    debt = _debt(500, 600)
    found = standing_of(debt, early, date(2023, 6, 1))

    assert (found.standing, found.rule_id) == (Standing.SALE_ELIGIBLE, "sale")
    assert _standing(debt, date(2023, 5, 31), early) == Standing.DELINQUENT
    assert _standing(_debt(0, 600), SECOND, terms) == Standing.CURRENT, "not late, so not for sale"


def test_a_sale_after_the_time_changes_nothing() -> None:
    """The bill was eligible before it began."""
    late = SaleTerms(
        "test", TERMS.delinquency, TERMS.eligibility, AnnualSale("sale", date(2024, 1, 9))
    )
    debt = _debt(500, 600)
    assert debt is not None

    assert (date(2023, 12, 30), "time") == eligible_from(debt, late)


def test_each_standing_names_the_rule_that_says_so() -> None:
    """An auditor can look it up."""
    assert standing_of(None, TERMS, FIRST).rule_id == "late"
    assert standing_of(_debt(500, 0), TERMS, FIRST).rule_id == "late"
    assert standing_of(_debt(500, 0), TERMS, SECOND).rule_id == "late"
    assert standing_of(_debt(500, 0), TERMS, date(2024, 1, 1)).rule_id == "time"


@given(
    st.lists(st.tuples(st.dates(FIRST, SECOND), st.integers(0, 3)), max_size=4),
    st.dates(date(2021, 1, 1), date(2026, 1, 1)),
    st.integers(0, 800),
)
def test_time_alone_never_makes_a_standing_better(parts, as_of: date, later: int) -> None:
    """Only money does."""
    debt = debt_of([Installment(due_on, cents) for due_on, cents in parts])
    now, then = _standing(debt, as_of), _standing(debt, as_of + timedelta(days=later))

    assert ORDER.index(now) <= ORDER.index(then)
