"""The worked cases of what a pack says of the counter: which day counts, which part is taken."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from cashiering_service import part_law, rulebook
from cashiering_service.domain.intake import AT_COUNTER, Intake, Timeliness, counts_on
from cashiering_service.domain.part_payments import (
    Accepted,
    Least,
    OpenPart,
    PartPayments,
    Standing,
    objection,
)
from cashiering_service.domain.payment_source import Capture, PaymentSource, Unmatched
from cashiering_service.rulebook import Coupon
from taxkit.lawpack import LawFile
from taxkit.packcases import Asked, CaseBook
from taxkit.packcover import Told
from taxkit.packmoves import Said, Untold

_SETUP: Final = "an office's setup, of names and switches: no amount, day or rate in it"
_MAIL: Final = {"mail": PaymentSource("mail", "Mail", Capture.MAIL, Unmatched.SUSPENSE)}

COUNTER_TOLD: Final = Told(
    cases="examples_cashiering.yaml",
    sections=("timeliness", "coupon"),
    untold={
        "custom_receipts": _SETUP,
        "tenders": _SETUP,
        "held_tenders": _SETUP,
        "receipt_message": "words, and whether they are shown",
        "payment_sources": _SETUP,
        "misc_sources": _SETUP,
        "specials": "a form of agency codes, which each county has for itself",
        "tolerance": "two amounts that hold as they stand: a case would say them again",
        "allocation_rules": (
            "the check compares each with the order of the same code in receivables.yaml, whose"
            " cases tell it"
        ),
    },
    special={"name": Untold("what a field of the coupon is called")},
)


def _least(law: PartPayments, value: Least) -> Said:
    """Where whole installments alone are taken, nothing is the least part."""
    if law.accepted is not Accepted.INSTALLMENTS:
        for other in Least:
            if other is not value:
                yield other.value, other


PARTS_TOLD: Final = Told(
    cases="examples_part_payments.yaml", sections=("part_payments",), special={"least": _least}
)
BASKETS_TOLD: Final = Told(untold={"baskets": _SETUP})


def _day(law: LawFile, received_on: date, given: Mapping[str, Any]) -> Mapping[str, object]:
    """The day that money counts on: of mail with its postmark, or handed in."""
    postmarked_on = given.get("postmarked_on")
    came = AT_COUNTER
    if postmarked_on is not None:
        came = Intake("mail", postmarked_on, received_on)
    timely = law.by_date("timeliness", Timeliness).at(received_on).value
    return {"counts_on": counts_on(came, _MAIL, timely, received_on) or received_on}


def _coupon(law: LawFile, tax_year: int, given: Mapping[str, Any]) -> Mapping[str, object]:
    """The number that is printed on a coupon."""
    form = law.by_year("coupon", Coupon).at(tax_year).value.reference_format
    return {"number": form.write(given["parcel_number"], tax_year)}


def _part(law: LawFile, on: date, given: Mapping[str, Any]) -> Mapping[str, object]:
    """Whether a payment is taken; the reason why it is not."""
    terms = law.by_date("part_payments", PartPayments).at(on).value
    parts = [OpenPart(*each) for each in given["installments"]]
    bill = Standing("of the case", parts, is_coded=given.get("is_coded", False))
    found = objection(terms, given["paying_cents"], on, bill)
    return {"taken": found is None, "reason": found.reason if found else ""}


COUNTER: Final = CaseBook(
    "cashiering.yaml",
    rulebook.SCHEMA,
    {
        "timeliness": Asked({"postmarked_on?": date}, {"counts_on": date}, _day),
        "coupon": Asked({"parcel_number": str}, {"number": str}, _coupon),
    },
    COUNTER_TOLD,
)
PARTS: Final = CaseBook(
    part_law.FILE,
    part_law.SCHEMA,
    {
        "part_payments": Asked(
            {"installments": [(date, int, int)], "paying_cents": int, "is_coded?": bool},
            {"taken": bool, "reason?": str},
            _part,
        )
    },
    PARTS_TOLD,
)
