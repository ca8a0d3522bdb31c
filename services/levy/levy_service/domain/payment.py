"""How far a bill is paid, in a word."""

from enum import StrEnum


class PaymentState(StrEnum):
    OPEN = "open"
    PART_PAID = "part_paid"
    PAID = "paid"


def payment_state(open_cents: int, paid_cents: int) -> PaymentState:
    """Judge a bill by what is open and what was paid; a bill of nothing is paid from the start."""
    assert open_cents >= 0, open_cents
    if open_cents == 0:
        return PaymentState.PAID
    return PaymentState.PART_PAID if paid_cents > 0 else PaymentState.OPEN
