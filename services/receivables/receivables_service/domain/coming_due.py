"""What of a bill has come due by a day: by installment, or all of it where the basis is full."""

from datetime import date

from receivables_service.domain.state import BillState
from receivables_service.domain.terms import InterestBasis


def due_cents(state: BillState, on: date) -> int:
    """Of what is open, the installments whose day, or the earlier one they are called by, is there.

    On the full basis the bill is due whole by the first of its days.
    """
    days = [each.called_due_on or each.due_on for each in state.installments]
    if state.basis is InterestBasis.FULL:
        return state.open_cents if days and min(days) <= on else 0
    return sum(
        each.open_cents for each, day in zip(state.installments, days, strict=True) if day <= on
    )
