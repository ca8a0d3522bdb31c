"""What notifications tells of delinquent notices: sent, printed, or given up (COLL-018)."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from marshmallow import fields

from collections_service.domain.exceptional import ExceptionKind
from collections_service.exceptions import store as exceptions
from collections_service.exceptions.store import NewException
from taxkit import ids
from taxkit.contracts import IncomingEvent, ReaderSchema
from taxkit.inbox import Ordering, Subscription, Work
from taxkit.rows import Columns

_ANSWERS = Columns(
    {
        "event_id": "uuid",
        "notice_id": "uuid",
        "kind": "text",
        "answered_on": "date",
        "detail": "text",
        "recorded_at": "timestamptz",
    }
)
_OURS = (
    "select notice_id, bill_id, parcel_number, overdue_cents from delinquent_notices"
    " where notice_id = any(%s::uuid[])"
)
_DETAIL_MAX = 300
_FAILED, _WITHHELD = "failed", "withheld"


class BillNoticeSentSeen(ReaderSchema):
    notice_id = fields.UUID(required=True)
    recipient = fields.String(required=True)
    sent_at = fields.AwareDateTime(required=True)


class BillNoticeFailedSeen(ReaderSchema):
    notice_id = fields.UUID(required=True)
    reason = fields.String(required=True)
    # None where nobody tried: its parcel was held by then.
    attempts = fields.Integer(load_default=1, strict=True)


class NoticePrintedSeen(ReaderSchema):
    notice_id = fields.UUID(required=True)
    printed_on = fields.Date(required=True)
    printed_by = fields.String(required=True)


Answer = tuple[str, date, str]


def on_bill_notice_sent(_app: Any, work: Work, events: Sequence[IncomingEvent]) -> None:
    """Keep the day a mail server took a letter of ours."""
    _keep(
        work,
        events,
        lambda given, _: ("sent", work.clock.date_of(given["sent_at"]), given["recipient"]),
    )


def on_notice_printed(_app: Any, work: Work, events: Sequence[IncomingEvent]) -> None:
    """Keep the day a letter of ours went out on paper."""
    _keep(work, events, lambda given, _: ("printed", given["printed_on"], given["printed_by"]))


def on_bill_notice_failed(_app: Any, work: Work, events: Sequence[IncomingEvent]) -> None:
    """Keep why a letter of ours was given up; somebody looks at it (COLL-024).

    One that was withheld, as its parcel is held since, is asked for again once that is over.
    """
    ours = _keep(
        work,
        events,
        lambda given, event: (_word(event), work.clock.date_of(event.time), given["reason"]),
    )
    failed = [
        (event, ours[event.data["notice_id"]])
        for event in events
        if _is_in(event, ours) and _word(event) == _FAILED
    ]
    exceptions.add(
        work.connection,
        [
            NewException(
                exception_id=ids.derived_id(event.event_id, "failed"),
                kind=ExceptionKind.NOTICE_FAILED.value,
                parcel_number=letter.parcel_number,
                bill_id=letter.bill_id,
                reason="NOTICE_FAILED",
                message=event.data["reason"][:_DETAIL_MAX],
                amount_cents=letter.overdue_cents,
                receipt_id=None,
                told_at=event.time,
                notice_id=event.data["notice_id"],
            )
            for event, letter in failed
        ],
    )


def _keep(
    work: Work,
    events: Sequence[IncomingEvent],
    answer: Callable[[Mapping[str, Any], IncomingEvent], Answer],
) -> dict[Any, Any]:
    """Keep what is told of letters that collections asked for; gives those letters."""
    asked = sorted({event.data["notice_id"] for event in events})
    rows = work.connection.exec_driver_sql(_OURS, (asked,)).all()
    ours = {row.notice_id: row for row in rows}
    kept = []
    for event in events:
        if _is_in(event, ours):
            kind, day, detail = answer(event.data, event)
            name = event.data["notice_id"]
            kept.append((event.event_id, name, kind, day, detail[:_DETAIL_MAX], work.clock.now()))
    _ANSWERS.insert(work.connection, "notice_answers", kept)
    return ours


def _word(event: IncomingEvent) -> str:
    return _FAILED if event.data["attempts"] else _WITHHELD


def _is_in(event: IncomingEvent, ours: Mapping[Any, Any]) -> bool:
    return event.data["notice_id"] in ours


BILL_NOTICE_SENT = Subscription(
    owner="notifications",
    event="BillNoticeSent.v1",
    method="on_bill_notice_sent",
    schema=BillNoticeSentSeen(),
    handle=on_bill_notice_sent,
    ordering=Ordering.ANY,
)
BILL_NOTICE_FAILED = Subscription(
    owner="notifications",
    event="BillNoticeFailed.v1",
    method="on_bill_notice_failed",
    schema=BillNoticeFailedSeen(),
    handle=on_bill_notice_failed,
    ordering=Ordering.ANY,
)
NOTICE_PRINTED = Subscription(
    owner="notifications",
    event="NoticePrinted.v1",
    method="on_notice_printed",
    schema=NoticePrintedSeen(),
    handle=on_notice_printed,
    ordering=Ordering.ANY,
)
SUBSCRIPTIONS = (BILL_NOTICE_SENT, BILL_NOTICE_FAILED, NOTICE_PRINTED)
