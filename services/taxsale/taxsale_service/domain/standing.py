"""A bill's standing towards the tax sale, from its open balance and the law's dates."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum


class Standing(StrEnum):
    SETTLED = "settled"
    CURRENT = "current"
    DELINQUENT = "delinquent"
    SALE_ELIGIBLE = "sale_eligible"


@dataclass(frozen=True, slots=True)
class SaleTerms:
    """The law's dates for one tax year."""

    rule_id: str
    # Days after the last installment's due date from which an unpaid bill may be offered.
    eligible_after_days: int


@dataclass(frozen=True, slots=True)
class Debt:
    """What taxsale knows of a bill."""

    open_cents: int
    due_dates: Sequence[date]


def eligible_from(debt: Debt, terms: SaleTerms) -> date:
    """The first day on which the bill, still unpaid, may be offered."""
    return max(debt.due_dates) + timedelta(days=terms.eligible_after_days)


def standing_of(debt: Debt, terms: SaleTerms, as_of: date) -> Standing:
    """Tell the standing on a day; being due today is not being late."""
    if debt.open_cents == 0:
        return Standing.SETTLED
    if as_of >= eligible_from(debt, terms):
        return Standing.SALE_ELIGIBLE
    if as_of > min(debt.due_dates):
        return Standing.DELINQUENT
    return Standing.CURRENT
