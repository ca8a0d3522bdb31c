"""From which days a bill's installments are late, as they are when it is issued."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import NamedTuple

from receivables_service.domain.facts import BillInstallment, BillIssued
from receivables_service.domain.interest_terms import ORDINARY
from receivables_service.domain.terms import BasisTerm, InterestStart, InterestTerm


class Days(NamedTuple):
    """Of one installment."""

    due_on: date
    # The day after which months are counted.
    late_after: date
    # The last day without penalty.
    free_until: date
    # Up to this day nothing is late, though months are counted from before it.
    tolerated_until: date | None = None


def of_bill(fact: BillIssued, term: InterestTerm, full: BasisTerm | None) -> Sequence[Days | None]:
    """Tell the days of each installment; none where they are all its due day, as in most laws.

    full is the basis of a bill that is paid as a whole.
    """
    ways = term.ways
    is_plain = ways is ORDINARY and full is None and not term.waived
    if is_plain and term.start is not InterestStart.LAST_DUE:
        return (None,) * len(fact.installments)
    due = [ways.rolled(each.due_on) for each in fact.installments]
    starts = _starts(term, full, due)
    if ways is ORDINARY and not term.waived:
        return [Days(on, starts(on), on) for on in due]
    return [
        _days(fact, term, demand, on, starts(on))
        for demand, on in zip(fact.installments, due, strict=True)
    ]


def _starts(term: InterestTerm, full: BasisTerm | None, due: list[date]) -> Callable[[date], date]:
    first, last = min(due), max(due)
    if full is not None:
        last_day = full.ends_on(first)
        if full.is_paid_by_last_day:
            return lambda on: max(on, last_day)
        return lambda _: last_day
    if term.start is InterestStart.LAST_DUE:
        return lambda _: last
    return lambda on: on


def _days(
    fact: BillIssued, term: InterestTerm, demand: BillInstallment, due_on: date, late_after: date
) -> Days:
    ways = term.ways
    free_until = ways.in_time_until(due_on)
    if (waived := term.waived_through(fact.tax_year, demand.number)) is not None:
        late_after, free_until = max(late_after, waived), max(free_until, waived)
    tolerated = ways.in_time_until(late_after) if ways.grace_business_days else None
    return Days(due_on, late_after, free_until, tolerated)
