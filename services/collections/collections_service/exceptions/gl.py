"""What is paid by the balances, held against the general ledger, by tax year (COLL-023)."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from marshmallow import fields
from sqlalchemy import Connection

from collections_service.domain.exceptional import ExceptionKind, lasting_difference
from collections_service.exceptions import store
from collections_service.exceptions.store import NewException
from taxkit import ids
from taxkit.contracts import IncomingEvent, ReaderSchema
from taxkit.inbox import Ordering, Subscription, Work

REASON = "GL_DIFFERS"
_NAMES = UUID("6f2b1c52-6c0e-4d0a-9a52-5f0b8f1f7c11")
# A year with a bill of which it is not known what was paid is not compared.
_COMPARE = """
insert into gl_comparisons (tax_year, posted_on, paid_cents, shared_cents)
select %(year)s, %(day)s, coalesce(sum(paid_cents), 0)::bigint, %(cents)s
from bills where tax_year = %(year)s having count(*) = count(paid_cents)
on conflict do nothing returning paid_cents
"""
_BEFORE = """
select paid_cents - shared_cents from gl_comparisons
where tax_year = %s and posted_on < %s order by posted_on desc limit 1
"""


class GLPostedSeen(ReaderSchema):
    business_date = fields.Date(required=True)
    tax_year = fields.Integer(required=True, strict=True)
    shared_cents = fields.Integer(required=True, strict=True)


def on_gl_posted(_app: Any, work: Work, events: Sequence[IncomingEvent]) -> None:
    """Compare, and put a difference that stands for a day on the list of exceptions."""
    found = [one for event in events if (one := _compared(work.connection, event)) is not None]
    store.add(work.connection, found)


def _compared(connection: Connection, event: IncomingEvent) -> NewException | None:
    year, day = event.data["tax_year"], event.data["business_date"]
    given = {"year": year, "day": day, "cents": event.data["shared_cents"]}
    paid = connection.exec_driver_sql(_COMPARE, given).scalar_one_or_none()
    if paid is None:
        return None
    before = connection.exec_driver_sql(_BEFORE, (year, day)).scalar_one_or_none()
    difference = lasting_difference(paid - event.data["shared_cents"], before)
    if not difference:
        return None
    return NewException(
        # The same difference is one exception, however many days it stands.
        exception_id=ids.derived_id(_NAMES, str(year), str(difference)),
        kind=ExceptionKind.GL_DIFFERENCE.value,
        parcel_number="",
        bill_id=None,
        reason=REASON,
        message=f"paid on bills of {year}: {paid} cents by their balances,"
        f" {event.data['shared_cents']} in the general ledger of {day}",
        amount_cents=difference,
        receipt_id=None,
        told_at=event.time,
    )


GL_POSTED = Subscription(
    owner="distribution",
    event="GLPosted.v1",
    method="on_gl_posted",
    schema=GLPostedSeen(),
    handle=on_gl_posted,
    ordering=Ordering.NEWEST,
)
