"""Bills as notifications hears of them: owners who are reached by mail read that one is out.

The bill itself goes out on paper with its roll, so that nothing is printed here for the others.
"""

from collections.abc import Sequence
from typing import Any

from marshmallow import fields

from notifications_service import projections
from notifications_service.domain.plaintext import address_trouble
from notifications_service.seen import InstallmentSeen, PersonSeen
from taxkit.contracts import IncomingEvent, ReaderSchema
from taxkit.inbox import Ordering, Subscription, Work


class BillCreatedSeen(ReaderSchema):
    """What the template may name."""

    bill_id = fields.UUID(required=True)
    bill_number = fields.String(required=True)
    parcel_number = fields.String(required=True)
    tax_year = fields.Integer(required=True, strict=True)
    total_cents = fields.Integer(required=True, strict=True)
    owner = fields.Nested(PersonSeen, load_default=None, allow_none=True)
    installments = fields.List(fields.Nested(InstallmentSeen), load_default=list)


def on_bill_created(app: Any, work: Work, events: Sequence[IncomingEvent]) -> None:
    """Queue a word of each bill that is still to be paid, by the pack of the day it was told."""
    wanted = [event for event in events if _is_news(event, work)]
    if wanted:
        projections.queue(app, work, [(each, work.clock.date_of(each.time)) for each in wanted])


def _is_news(event: IncomingEvent, work: Work) -> bool:
    """An old roll that is loaded tells nobody anything; neither does a bill without a reader."""
    given = event.data
    if given["owner"] is None or address_trouble(given["owner"]["email"] or ""):
        return False
    dues = [part["due_on"] for part in given["installments"] if part["amount_cents"] > 0]
    return bool(dues) and max(dues) >= work.clock.date_of(event.time)


# A bill's corrections wait for nothing here, and neither does its issue.
BILL_CREATED = Subscription(
    owner="levy",
    event="BillCreated.v1",
    method="on_bill_created",
    schema=BillCreatedSeen(),
    handle=on_bill_created,
    ordering=Ordering.ANY,
)
