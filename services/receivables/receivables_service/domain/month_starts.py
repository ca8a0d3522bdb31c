"""When the next month of a bill begins, where its interest is on more than the unpaid tax."""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from receivables_service.domain.terms import InterestTerm

if TYPE_CHECKING:
    from receivables_service.domain.balances import Installment


def next_start(
    installments: Sequence["Installment"], term: InterestTerm, until: date
) -> date | None:
    """Find the first day up to one on which a month begins that was not counted yet."""
    days = [_next_start(each, term, until) for each in installments]
    return min((day for day in days if day is not None), default=None)


def _next_start(installment: "Installment", term: InterestTerm, until: date) -> date | None:
    begun = installment.interest_after
    if begun is None or installment.modified:
        return None
    if installment.months_by(until, term) <= installment.months:
        return None
    before, found = begun, until
    while (found - before).days > 1:
        middle = before + (found - before) // 2
        if installment.months_by(middle, term) > installment.months:
            found = middle
        else:
            before = middle
    return found
