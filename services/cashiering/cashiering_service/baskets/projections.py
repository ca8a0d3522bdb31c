"""Cashiering's read copies for baskets: the faces of bills."""

from collections.abc import Sequence
from typing import Any

from marshmallow import fields

from taxkit.contracts import IncomingEvent, ReaderSchema
from taxkit.inbox import Ordering, Subscription, Work
from taxkit.rows import Columns


class BillCreatedSeen(ReaderSchema):
    bill_id = fields.UUID(required=True)
    tax_code = fields.String(required=True)
    property_class = fields.String(required=True)


_FACES = Columns({"bill_id": "uuid", "tax_code": "text", "property_class": "text"})


def on_bill_created(_app: Any, work: Work, events: Sequence[IncomingEvent]) -> None:
    """Keep where a bill's property lies and what it is."""
    faces = {
        event.data["bill_id"]: (event.data["tax_code"], event.data["property_class"])
        for event in events
    }
    rows = [(bill_id, *face) for bill_id, face in sorted(faces.items())]
    _FACES.insert(work.connection, "bill_faces", rows, "on conflict (bill_id) do nothing")


BILL_CREATED = Subscription(
    owner="levy",
    event="BillCreated.v1",
    method="on_bill_created",
    schema=BillCreatedSeen(),
    handle=on_bill_created,
    ordering=Ordering.ANY,
)
