"""Lines of payment files that posted to no bill, and what became of their money."""

from collections.abc import Sequence
from typing import Any

from marshmallow import fields, validate

from collections_service.domain.exceptional import kind_of_line
from collections_service.exceptions import store
from collections_service.exceptions.store import NewException
from taxkit import ids
from taxkit.contracts import IncomingEvent, ReaderSchema
from taxkit.inbox import Ordering, Subscription, Work
from taxkit.money import CENTS_MAX

_SUSPENSE = "suspense"


class ImportLineExceptionSeen(ReaderSchema):
    run_id = fields.UUID(required=True)
    line_number = fields.Integer(required=True, strict=True, validate=validate.Range(0, 2**31 - 1))
    outcome = fields.String(required=True)
    reason = fields.String(required=True)
    message = fields.String(required=True)
    parcel_number = fields.String(load_default=None, allow_none=True)
    amount_cents = fields.Integer(
        load_default=None,
        allow_none=True,
        strict=True,
        validate=validate.Range(-CENTS_MAX, CENTS_MAX),
    )
    receipt_id = fields.UUID(load_default=None, allow_none=True)


class SurplusChangedSeen(ReaderSchema):
    surplus_item_id = fields.UUID(required=True)
    category = fields.String(required=True)
    open_cents = fields.Integer(required=True, strict=True, validate=validate.Range(0, CENTS_MAX))
    # Not in messages from before it was told.
    receipt_id = fields.UUID(load_default=None)


def on_import_line_exception(_app: Any, work: Work, events: Sequence[IncomingEvent]) -> None:
    """Put lines on the list of exceptions, each once."""
    store.add(
        work.connection,
        [
            NewException(
                exception_id=ids.derived_id(given["run_id"], "line", str(given["line_number"])),
                kind=kind_of_line(given["outcome"]).value,
                parcel_number=given["parcel_number"] or "",
                bill_id=None,
                reason=given["reason"],
                message=given["message"],
                amount_cents=given["amount_cents"] or 0,
                receipt_id=given["receipt_id"],
                told_at=event.time,
            )
            for event in events
            for given in (event.data,)
        ],
    )


def on_surplus_changed(_app: Any, work: Work, events: Sequence[IncomingEvent]) -> None:
    """Keep how much of each payment that no bill took still waits; other held money is nothing."""
    store.keep_waiting(
        work.connection,
        {
            given["surplus_item_id"]: (
                given["surplus_item_id"], given["receipt_id"], given["open_cents"],
            )
            for event in events
            for given in (event.data,)
            if given["category"] == _SUSPENSE and given["receipt_id"]
        },
    )  # fmt: skip


IMPORT_LINE_EXCEPTION = Subscription(
    owner="cashiering",
    event="ImportLineException.v1",
    method="on_import_line_exception",
    schema=ImportLineExceptionSeen(),
    handle=on_import_line_exception,
    ordering=Ordering.ANY,
)
SURPLUS_CHANGED = Subscription(
    owner="receivables",
    event="SurplusChanged.v1",
    method="on_surplus_changed",
    schema=SurplusChangedSeen(),
    handle=on_surplus_changed,
    ordering=Ordering.NEWEST,
)
SUBSCRIPTIONS = (IMPORT_LINE_EXCEPTION, SURPLUS_CHANGED)
