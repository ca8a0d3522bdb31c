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
    ordered: Sequence[Fact], terms: Terms, owed_in_full: Owed, wished: InterestBasis | None = None
) -> Chosen:
    """Tell the basis: that of the first payment by its effect, else as wished, else the law's.

    A payment that does not say is on the full basis when it pays all that the full basis asks.
    """
    issue = next((fact for fact in ordered if isinstance(fact, BillIssued)), None)
    offered = terms.basis(issue.tax_year) if issue else None
    if offered is None:
        return NO_CHOICE
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
