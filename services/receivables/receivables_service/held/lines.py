"""What a receipt's lines on no bill, its payer and its tenders say of held money."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from marshmallow import fields

from receivables_service.domain.held import UNMATCHED
from receivables_service.held.items import Label
from taxkit import ids
from taxkit.contracts import IncomingEvent, ReaderSchema
from taxkit.dated import NoTermInForce


class TenderSeen(ReaderSchema):
    tender_type = fields.String(required=True)
    amount_cents = fields.Integer(required=True, strict=True)
    reference = fields.String(required=True, allow_none=True)
    # The basket that had the money kept for itself.
    held_for = fields.String(load_default="")


class PayerSeen(ReaderSchema):
    name = fields.String(required=True)
    email = fields.String(load_default=None, allow_none=True)


def payment_id(receipt_id: UUID, line_number: int) -> UUID:
    """Name the fact of a receipt's line."""
    return ids.derived_id(receipt_id, "payment", str(line_number))


def labels(app: Any, events: Sequence[IncomingEvent]) -> dict[UUID, Label]:
    """What the lines on no bill say of the money they leave (RECV-036, RECV-039)."""
    found = {}
    for event in events:
        for line in event.data["lines"]:
            if line["kind"] != "bill":
                fact_id = payment_id(event.data["receipt_id"], line["line_number"])
                found[fact_id] = _label(app, event, line)
    return found


def _label(app: Any, event: IncomingEvent, line: Mapping[str, Any]) -> Label:
    payer = event.data["payer"]["name"]
    code = line["advance_type"] or ""
    try:
        law = app.held.at(event.data["business_date"])
    except NoTermInForce:
        return Label(UNMATCHED, "suspense", payer, code)
    advance = law.advance_types.get(code)
    subcode = (
        advance.subcode if advance else law.suspense_reasons.get(line["suspense_reason"] or "")
    )
    kind = law.kinds.get(subcode or UNMATCHED)
    if kind is None:
        return Label(UNMATCHED, "suspense", payer, code)
    return Label(kind.code, kind.category.value, payer, code, line["escrow_account"] or "")
