"""A bill's standing towards the tax sale, from what is open on it and the law's dates."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum


class Standing(StrEnum):
    SETTLED = "settled"
    CURRENT = "current"
    DELINQUENT = "delinquent"
    SALE_ELIGIBLE = "sale_eligible"


@dataclass(frozen=True, slots=True)
class DelinquencyTerms:
    rule_id: str
    # Days after the earliest due date with money open from which the bill is delinquent.
    days_after_due: int


@dataclass(frozen=True, slots=True)
class EligibilityTerms:
    rule_id: str
    # Days after the last installment's due date from which an unpaid bill may be offered.
    days_after_due: int
    # Or after the earliest due date with money open.
    of_first_unpaid: bool = False


@dataclass(frozen=True, slots=True)
class AnnualSale:
    """A sale that is known to have taken place."""

    rule_id: str
    begins_on: date


@dataclass(frozen=True, slots=True)
class SaleTerms:
    """The law's dates for one tax year."""

    pack_version: str
    delinquency: DelinquencyTerms
    eligibility: EligibilityTerms
    # None while the year's sale is not known.
    annual_sale: AnnualSale | None


@dataclass(frozen=True, slots=True)
class Installment:
    due_on: date
    open_cents: int


@dataclass(frozen=True, slots=True)
class Debt:
    """What is open on a bill, and the dates that decide what becomes of it."""

    open_cents: int
    first_unpaid_due_on: date
    last_due_on: date


@dataclass(frozen=True, slots=True)
class Finding:
    """A standing, and the rule that says so."""

    standing: Standing
    rule_id: str


def debt_of(installments: Iterable[Installment]) -> Debt | None:
    """Sum a bill's installments up; None when nothing is open on any of them."""
    every = list(installments)
    unpaid = [each for each in every if each.open_cents > 0]
    if not unpaid:
        return None
    return Debt(
        open_cents=sum(each.open_cents for each in unpaid),
        first_unpaid_due_on=min(each.due_on for each in unpaid),
        last_due_on=max(each.due_on for each in every),
    )


def eligible_from(debt: Debt, terms: SaleTerms) -> tuple[date, str]:
    """Give the first day on which the bill, still unpaid, may be offered, and the rule."""
    law = terms.eligibility
    since = debt.first_unpaid_due_on if law.of_first_unpaid else debt.last_due_on
    by_time = since + timedelta(days=law.days_after_due)
    sale = terms.annual_sale
    if sale is not None and sale.begins_on < by_time:
        return sale.begins_on, sale.rule_id
    return by_time, terms.eligibility.rule_id


def delinquent_from(debt: Debt, terms: SaleTerms) -> date:
    """Give the first day late: being due today is not being late."""
    return debt.first_unpaid_due_on + timedelta(days=terms.delinquency.days_after_due)


def standing_of(debt: Debt | None, terms: SaleTerms, as_of: date) -> Finding:
    """Tell a bill's standing on a day."""
    if debt is None:
        return Finding(Standing.SETTLED, terms.delinquency.rule_id)
    eligible_on, rule_id = eligible_from(debt, terms)
    # A bill whose own money is not yet late is not for sale, whatever the calendar of the others.
    if as_of < delinquent_from(debt, terms):
        return Finding(Standing.CURRENT, terms.delinquency.rule_id)
    if as_of >= eligible_on:
        return Finding(Standing.SALE_ELIGIBLE, rule_id)
    return Finding(Standing.DELINQUENT, terms.delinquency.rule_id)
