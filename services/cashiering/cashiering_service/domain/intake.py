"""How money reached the county, and from which day it counts for that (CASH-063, RECV-023)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from cashiering_service.domain.payment_source import Capture, PaymentSource
from taxkit.errors import invalid

COUNTER = "counter"


class CountsFrom(StrEnum):
    """The day a payment counts from, where the law has a say."""

    POSTMARK = "postmark"
    RECEIPT = "receipt"


@dataclass(frozen=True, slots=True)
class Timeliness:
    """What makes a payment timely: of mail, and of all that comes by another way."""

    mail: CountsFrom
    counter: CountsFrom

    def __post_init__(self) -> None:
        if self.counter is not CountsFrom.RECEIPT:
            raise ValueError("only mail has a postmark")


@dataclass(frozen=True, slots=True)
class Intake:
    """By which way money came, when it was sent, and since when it is here."""

    source: str = COUNTER
    postmarked_on: date | None = None
    # None: the session's business date.
    received_on: date | None = None
    # Whose payments these are, where they are taken in bulk.
    lender_code: str = ""


AT_COUNTER = Intake()


def counts_on(
    intake: Intake,
    sources: Mapping[str, PaymentSource],
    timeliness: Timeliness,
    business_date: date,
) -> date | None:
    """The law's date of payment for the way it came; None leaves it to the session's.

    Nobody chooses it, so that a later payment of the same bill does not stand in its way.
    """
    if intake == AT_COUNTER:
        return None
    source = sources.get(intake.source)
    if source is None:
        known = ", ".join(sorted(sources))
        raise invalid("SOURCE_UNKNOWN", f"{intake.source!r} is not one of {known}", "source")
    received_on = intake.received_on or business_date
    if received_on > business_date:
        raise invalid(
            "RECEIVED_IN_FUTURE",
            f"{received_on} is after the business date {business_date}",
            "received_on",
        )
    _check_capture(intake, source, received_on)
    if source.capture is Capture.MAIL and timeliness.mail is CountsFrom.POSTMARK:
        return intake.postmarked_on
    return intake.received_on


def _check_capture(intake: Intake, source: PaymentSource, received_on: date) -> None:
    """Mail keeps its postmark, and a lender pays under its code."""
    is_mail = source.capture is Capture.MAIL
    if is_mail and intake.postmarked_on is None:
        raise invalid("POSTMARK_MISSING", "mail keeps its postmark: give it", "postmarked_on")
    if intake.postmarked_on is not None and not is_mail:
        raise invalid("POSTMARK_NOT_WANTED", f"{source.name} has no postmark", "postmarked_on")
    if intake.postmarked_on is not None and intake.postmarked_on > received_on:
        raise invalid(
            "POSTMARK_AFTER_RECEIPT",
            f"postmarked on {intake.postmarked_on}, and here on {received_on}",
            "postmarked_on",
        )
    if source.capture is Capture.LENDER and not intake.lender_code:
        raise invalid("LENDER_MISSING", "a lender pays under its code: say which", "lender_code")
