"""Levy's modifications of bills: the line of the audit trail each leaves, and the code it sets.

Amounts and due dates come with the BillCorrected of the same version, and nothing here moves any.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from marshmallow import ValidationError, fields, validate, validates_schema

from receivables_service.asked import Asked, keep_requests
from receivables_service.books import Books
from receivables_service.changes import modified_fees
from receivables_service.codes import adjustments, coding, store
from receivables_service.codes.adjustments import MODIFY_BILL, Change
from receivables_service.codes.coding import Item
from receivables_service.tables import BillHead
from taxkit import ids
from taxkit.contracts import IncomingEvent, ReaderSchema
from taxkit.errors import Permanent
from taxkit.inbox import Ordering, Subscription, Work
from taxkit.money import CENTS_MAX, format_cents

_CODE = validate.Length(max=60)
_CENTS = validate.Range(min=0, max=CENTS_MAX)


class BillAsSeen(ReaderSchema):
    bill_version = fields.Integer(
        required=True, strict=True, validate=validate.Range(min=1, max=2**31 - 1)
    )
    total_cents = fields.Integer(required=True, strict=True, validate=_CENTS)


class FeeAsSeen(ReaderSchema):
    charge_code = fields.String(required=True, validate=validate.Length(min=1, max=60))
    amount_before_cents = fields.Integer(required=True, strict=True, validate=_CENTS)
    amount_cents = fields.Integer(required=True, strict=True, validate=_CENTS)

    @validates_schema
    def check_amounts(self, data: Mapping[str, Any], **_: object) -> None:
        """Refuse a fee that does not become less."""
        if data["amount_cents"] >= data["amount_before_cents"]:
            raise ValidationError("it does not become less", "amount_cents")


class BillModifiedSeen(ReaderSchema):
    modification_id = fields.UUID(required=True)
    bill_id = fields.UUID(required=True)
    bill_number = fields.String(required=True)
    parcel_number = fields.String(required=True)
    tax_year = fields.Integer(required=True, strict=True, validate=validate.Range(1, 9999))
    option = fields.String(required=True)
    batch = fields.String(required=True)
    code = fields.String(required=True)
    adjustment_code = fields.String(required=True)
    bill_code = fields.String(required=True, validate=_CODE)
    reason = fields.String(required=True)
    modified_on = fields.Date(required=True)
    modified_by = fields.String(required=True)
    before = fields.Nested(BillAsSeen, required=True)
    after = fields.Nested(BillAsSeen, required=True)
    fees = fields.List(fields.Nested(FeeAsSeen), load_default=list)


def on_bill_modified(app: Any, work: Work, events: Sequence[IncomingEvent]) -> None:
    """Leave a line for each bill, and put the codes on that came with it (LEVY-014, LEVY-008)."""
    books = Books(work, app.terms)
    books.open({event.data["bill_id"] for event in events})
    lines = [
        (_asked(event, _comment(event.data)), _line(books, event.data))
        for event in events
        if not _of_fees_alone(event.data)
    ]
    of_fees = modified_fees.lift(books, work, events)
    coded: dict[tuple[UUID, str], list[IncomingEvent]] = {}
    for event in events:
        if event.data["bill_code"]:
            key = (event.data["modification_id"], event.data["bill_code"])
            coded.setdefault(key, []).append(event)
    put_on = []
    for (_, code), of_one in coded.items():
        asked = _asked(of_one[0], of_one[0].data["reason"])
        put_on.append((asked, _put_on(books, work, code, of_one, asked)))
    books.close()
    modified_fees.end(work, events)
    for asked, change in of_fees:
        keep_requests(work, asked, [(change.fact_id, change.head.bill_id)])
    lines += of_fees
    for asked, changes in put_on:
        keep_requests(work, asked, [(each.fact_id, each.head.bill_id) for each in changes])
        lines += [(asked, change) for change in changes]
    adjustments.keep_all(work, lines)


def _of_fees_alone(given: Mapping[str, Any]) -> bool:
    same = given["before"]["bill_version"] == given["after"]["bill_version"]
    return bool(given["fees"]) and same and not given["bill_code"]


def _asked(event: IncomingEvent, why: str) -> Asked:
    return Asked(event.data["modified_by"], why, event.traceparent)


def _put_on(
    books: Books, work: Work, code: str, events: Sequence[IncomingEvent], asked: Asked
) -> list[Change]:
    bill_ids = [event.data["bill_id"] for event in events]
    for bill_id in bill_ids:
        if books.head(bill_id).bill_number is None:
            raise Permanent("BILL_NOT_FOUND", f"receivables has not heard of bill {bill_id} yet")
    if store.newest(work.connection, code) is None:
        raise Permanent("CODE_UNKNOWN", f"there is no code {code!r}: make it and replay this")
    return coding.put_on(
        books, work, code, [Item(bill_id, "") for bill_id in bill_ids], asked, replace=False
    )


def _line(books: Books, given: Mapping[str, Any]) -> Change:
    head: BillHead = books.head(given["bill_id"])._replace(
        bill_number=given["bill_number"],
        parcel_number=given["parcel_number"],
        tax_year=given["tax_year"],
    )
    # The fact that moved what was moved; nothing where only a code came.
    version = str(given["after"]["bill_version"])
    fact_id = ids.derived_id(given["bill_id"], "correction", version)
    return Change(head, "", MODIFY_BILL, "", "", fact_id)


def _comment(given: Mapping[str, Any]) -> str:
    was, now = (format_cents(given[each]["total_cents"]) for each in ("before", "after"))
    named = [
        f"{word} {given[name]}"
        for word, name in (("batch", "batch"), ("code", "code"), ("adjustment", "adjustment_code"))
        if given[name]
    ]
    return "; ".join([f"{given['option']}: {was} to {now}", *named, given["reason"]])


BILL_MODIFIED = Subscription(
    owner="levy",
    event="BillModified.v1",
    method="on_bill_modified",
    schema=BillModifiedSeen(),
    handle=on_bill_modified,
    ordering=Ordering.ANY,
)
