"""Letters that collections asks for: each is answered, whatever becomes of it (NOTI-005)."""

from collections.abc import Sequence
from typing import Any

from marshmallow import fields

from notifications_service import holds, projections
from notifications_service.events import BILL_NOTICE_FAILED
from taxkit.contracts import TYPE_PREFIX, IncomingEvent, ReaderSchema
from taxkit.errors import Permanent
from taxkit.inbox import Ordering, Subscription, Work

HELD = "the parcel is held: nobody writes about it"


class OwnerSeen(ReaderSchema):
    name = fields.String(required=True)
    email = fields.String(required=True, allow_none=True)
    mailing_address = fields.String(load_default="")


class NoticeRequestedSeen(ReaderSchema):
    """What the templates may name; the notice bears the id it was asked for by."""

    notice_id = fields.UUID(required=True)
    stage = fields.String(required=True)
    stage_name = fields.String(required=True)
    bill_id = fields.UUID(required=True)
    bill_number = fields.String(required=True)
    parcel_number = fields.String(required=True)
    tax_year = fields.Integer(required=True, strict=True)
    business_date = fields.Date(required=True)
    overdue_cents = fields.Integer(required=True, strict=True)
    balance_on = fields.Date(required=True)
    due_on = fields.Date(required=True)
    days_past_due = fields.Integer(required=True, strict=True)
    answer_by = fields.Date(required=True)
    before_on = fields.Date(required=True, allow_none=True)
    owner = fields.Nested(OwnerSeen, required=True)


def on_notice_requested(app: Any, work: Work, events: Sequence[IncomingEvent]) -> None:
    """Queue the letters; of a parcel that is held since, tell that none is written."""
    parcels = [event.data["parcel_number"] for event in events]
    held = holds.held(work.connection, parcels, work.clock.today())
    wanted = []
    for event in events:
        code = _code_of(app, event)
        terms = app.law.at(event.data["business_date"])
        if code in terms.not_while_held and event.data["parcel_number"] in held:
            _refuse(work, event, code)
        else:
            wanted.append((event, event.data["business_date"]))
    projections.queue(app, work, wanted)


def _code_of(app: Any, event: IncomingEvent) -> str:
    """The notice type of a stage; a letter nobody can word must not be lost quietly."""
    terms = app.law.at(event.data["business_date"])
    for template in terms.by_event.get(event.type_name.removeprefix(f"{TYPE_PREFIX}."), ()):
        if terms.occasions[template.name].is_given(event.data):
            return str(template.name)
    raise Permanent("NO_NOTICE_FOR_STAGE", f"the pack words no letter of {event.data['stage']}")


def _refuse(work: Work, event: IncomingEvent, code: str) -> None:
    notice_id, bill_id = event.data["notice_id"], event.data["bill_id"]
    told = {
        "notice_id": str(notice_id),
        "bill_id": str(bill_id),
        "template": code,
        "recipient": "",
        "reason": HELD,
        "attempts": 0,
    }
    subject = f"notice/{notice_id}"
    work.emit(BILL_NOTICE_FAILED, subject, 1, told, cause=event, partition_key=f"bill/{bill_id}")


NOTICE_REQUESTED = Subscription(
    owner="collections",
    event="NoticeRequested.v1",
    method="on_notice_requested",
    schema=NoticeRequestedSeen(),
    handle=on_notice_requested,
    ordering=Ordering.ANY,
)
