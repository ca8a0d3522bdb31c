"""Whether a bill's interest goes by its installments or by the whole: the first payment says."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import NamedTuple

from receivables_service.domain.facts import BillIssued, Fact, PaymentReceived
from receivables_service.domain.terms import InterestBasis, Terms


class Chosen(NamedTuple):
    """The basis of a bill; none where the law knows one way only."""

    basis: InterestBasis | None
    is_fixed: bool = False


NO_CHOICE = Chosen(None)
Owed = Callable[[Sequence[Fact], date], int]
"""What a bill owes on a day on the full basis, after some facts."""


def choose(
    ordered: Sequence[Fact],
    terms: Terms,
    owed_in_full: Owed,
    wished: InterestBasis | None = None,
    as_of: date | None = None,
) -> Chosen:
    """Tell the basis: that of the first payment by its effect, else as wished, else the law's.

    A payment that does not say is on the full basis when it pays all that the full basis asks.
    Where the law gives a day for all to be paid by, what stands on that day decides instead.
    """
    issue = next((fact for fact in ordered if isinstance(fact, BillIssued)), None)
    offered = terms.basis(issue.tax_year) if issue else None
    if offered is None:
        return NO_CHOICE
    if offered.is_paid_by_last_day:
        assert issue is not None
        last_day = offered.ends_on(min(each.due_on for each in issue.installments))
        return _by_last_day(ordered, last_day, owed_in_full, wished or offered.standard, as_of)
    place = next(
        (place for place, fact in enumerate(ordered) if isinstance(fact, PaymentReceived)), None
    )
    if place is None:
        return Chosen(wished or offered.standard)
    first = ordered[place]
    assert isinstance(first, PaymentReceived)
    if first.allotment.basis is not None:
        return Chosen(first.allotment.basis, is_fixed=True)
    paid = sum(
        fact.amount_cents
        for fact in ordered
        if isinstance(fact, PaymentReceived)
        and (fact.receipt_id, fact.effective_on) == (first.receipt_id, first.effective_on)
    )
    in_full = paid >= owed_in_full(ordered[:place], first.effective_on)
    return Chosen(InterestBasis.FULL if in_full else InterestBasis.INSTALLMENT, is_fixed=True)


def _by_last_day(
    ordered: Sequence[Fact],
    last_day: date,
    owed_in_full: Owed,
    wished: InterestBasis,
    as_of: date | None,
) -> Chosen:
    """In full when all is paid by a day; up to it a quote may still be of either basis."""
    counted_until = last_day if as_of is None else min(last_day, as_of)
    by_then = [
        fact
        for fact in ordered
        if isinstance(fact, BillIssued) or fact.effective_on <= counted_until
    ]
    is_paid = any(isinstance(fact, PaymentReceived) for fact in by_then)
    if is_paid and not owed_in_full(by_then, counted_until):
        return Chosen(InterestBasis.FULL, is_fixed=True)
    if as_of is not None and as_of <= last_day:
        return Chosen(wished)
    return Chosen(InterestBasis.INSTALLMENT, is_fixed=as_of is not None)
