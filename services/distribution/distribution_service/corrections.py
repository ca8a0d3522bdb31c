"""A corrected bill: its money is shared by its new lines, from the first payment on."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from distribution_service import copies, history, store
from distribution_service.allocations import Batch, tell
from distribution_service.credits import claims
from distribution_service.domain.sharing import Posting
from distribution_service.projections import named_in, new_bill
from distribution_service.seen import BillCorrectedSeen
from taxkit import ids
from taxkit.contracts import IncomingEvent
from taxkit.inbox import Subscription, Work


def on_bill_corrected(app: Any, work: Work, events: Sequence[IncomingEvent]) -> None:
    """Take each bill's newest lines, and book what they change in the shares made so far."""
    newest: dict[UUID, IncomingEvent] = {}
    for event in sorted(events, key=lambda one: one.data["bill_version"]):
        newest[event.data["bill_id"]] = event
    given = {bill_id: new_bill(event) for bill_id, event in newest.items()}
    copies.name_agencies(work.connection, named_in(events))
    claims.keep(work, events)
    bills = store.lock_bills(work.connection, given)
    # Over nothing a bill says no more whose its money is: what it held goes back by the old lines.
    taken = [
        bill
        for bill_id, bill in given.items()
        if newest[bill_id].data["bill_version"] > bills[bill_id].bill_version
        and bill.shares.shareable
    ]
    if not taken:
        return
    versions = [newest[bill.bill_id].data["bill_version"] for bill in taken]
    store.correct(work.connection, taken, versions)
    corrected = {
        bill.bill_id: bills[bill.bill_id]._replace(
            shares=bill.shares, tax_year=bill.tax_year, bill_version=version
        )
        for bill, version in zip(taken, versions, strict=True)
    }
    batch = Batch(app.law, corrected)
    fresh = history.waiting(work.connection, sorted(corrected))
    because = {bill_id: _correction(work, newest[bill_id]) for bill_id in corrected}
    batch.restate(work, sorted(corrected), fresh, because)
    batch.save(work)
    store.mark_shared(work.connection, sorted(fresh))
    for booking in batch.bookings:
        tell(work, booking, newest[booking.posting.bill_id])


def _correction(work: Work, event: IncomingEvent) -> Posting:
    """What the entries of a correction are booked under: it moves nothing in or out."""
    given = event.data
    bill_id = given["bill_id"]
    return Posting(
        posting_id=ids.derived_id(bill_id, "correction", str(given["bill_version"])),
        receipt_id=bill_id,
        bill_id=bill_id,
        sequence=0,
        kind="correction",
        business_date=work.clock.date_of(event.time),
        tax_year=given["tax_year"],
        rows=(),
    )


BILL_CORRECTED = Subscription(
    owner="levy",
    event="BillCorrected.v1",
    method="on_bill_corrected",
    schema=BillCorrectedSeen(),
    handle=on_bill_corrected,
)
