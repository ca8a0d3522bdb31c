"""Which lines of payment files concern whoever collects, and how (COLL-024)."""

from enum import StrEnum


class ExceptionKind(StrEnum):
    # Somebody paid, and no bill took it: whoever it was is not written to meanwhile.
    UNPOSTED_PAYMENT = "unposted_payment"
    # The same line came before: nobody's debt, but not how files usually are.
    REPEATED_PAYMENT = "repeated_payment"
    # A letter was given up.
    NOTICE_FAILED = "notice_failed"
    # One was asked for long ago, and nobody told what became of it.
    STALLED_STEP = "stalled_step"
    # One is under way about a parcel that is held since.
    HELD_IN_WORK = "held_in_work"
    # The balances say that another sum was paid than the general ledger has.
    GL_DIFFERENCE = "gl_difference"


class ExceptionState(StrEnum):
    OPEN = "open"
    # Its money waits no more.
    WORKED = "worked"
    # Somebody said how it was seen to.
    SETTLED = "settled"


_REPEATED = "duplicate"


def kind_of_line(outcome: str) -> ExceptionKind:
    """What a line that posted to no bill is to collections, by what became of it."""
    if outcome == _REPEATED:
        return ExceptionKind.REPEATED_PAYMENT
    return ExceptionKind.UNPOSTED_PAYMENT


def lasting_difference(now_cents: int, before_cents: int | None) -> int:
    """What two books differ by, where they did by the same a day before: money may be under way."""
    return now_cents if now_cents == before_cents else 0
