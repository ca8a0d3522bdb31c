"""What distribution keeps of levy's and cashiering's facts; every handler commutes."""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from distribution_service import copies, fund_entries, history, store
from distribution_service.allocations import Batch, tell
from distribution_service.copies import ReceiptRow, ReversalRow
from distribution_service.credits import claims
from distribution_service.domain.sharing import line_key, unpaid
from distribution_service.seen import (
    BillCreatedSeen,
    DepositMadeSeen,
    PaymentPostedSeen,
    PaymentReversedSeen,
    SessionClosedSeen,
)
from distribution_service.store import BillRow, NewBill
from taxkit.contracts import IncomingEvent
from taxkit.errors import Permanent
from taxkit.inbox import Subscription, Work


def on_bill_created(app: Any, work: Work, events: Sequence[IncomingEvent]) -> None:
    """Keep each bill's lines, and share what came before them."""
    causes = {event.data["bill_id"]: event for event in events}
    names = [
        (code, tax_year, name)
        for tax_year in sorted({event.data["tax_year"] for event in events})
        for code, name in app.law.at(tax_year).agency_names.items()
    ]
    given = {event.data["bill_id"]: new_bill(event) for event in causes.values()}
    copies.name_agencies(work.connection, [*names, *named_in(events)])
    claims.keep(work, events)
    bills = store.issue(work.connection, list(given.values()))
    for bill_id, bill in bills.items():
        _check_same(given[bill_id], bill)
    # A bill that postings named before has waited for its lines, unless it was sent twice.
    waiting = [bill_id for bill_id, bill in bills.items() if bill.last_sequence]
    if waiting:
        _share_waiting(app, work, {bill_id: bills[bill_id] for bill_id in waiting}, causes)


def named_in(events: Sequence[IncomingEvent]) -> Iterator[tuple[str, int, str]]:
    """Agencies as bills name them, with the tax year they do so for."""
    for event in events:
        for one in event.data["components"]:
            yield one["agency_code"], event.data["tax_year"], one["agency_name"]


def new_bill(event: IncomingEvent) -> NewBill:
    given = event.data
    lines = {
        line_key(one["agency_code"], one["fund"]): one["amount_cents"]
        for one in given["components"]
    }
    if len(lines) != len(given["components"]):
        raise Permanent(
            "AGENCY_TWICE", f"bill {given['bill_number']} names an agency or fund twice"
        )
    if sum(lines.values()) != given["total_cents"]:
        raise Permanent(
            "COMPONENTS_DIFFER",
            f"bill {given['bill_number']}: its lines add up to {sum(lines.values())} cents,"
            f" its total is {given['total_cents']}",
        )
    return NewBill(given["bill_id"], given["tax_year"], unpaid(lines))


def _check_same(given: NewBill, kept: BillRow) -> None:
    sent, known = given.shares, kept.shares
    assert known is not None, given.bill_id
    # A correction may overtake the bill it corrects: its lines stay.
    if kept.bill_version == 1 and (sent.agencies, sent.line_cents) != (
        known.agencies,
        known.line_cents,
    ):
        raise Permanent("BILL_KNOWN", f"bill {given.bill_id} is known with other lines")


def _share_waiting(
    app: Any, work: Work, bills: dict[UUID, BillRow], causes: dict[UUID, IncomingEvent]
) -> None:
    batch = Batch(app.law, bills)
    ready = [bill_id for bill_id in bills if batch.shareable(bill_id)]
    fresh = history.waiting(work.connection, ready)
    if not fresh:
        return
    batch.restate(work, ready, fresh)
    batch.save(work)
    store.mark_shared(work.connection, sorted(fresh))
    for booking in batch.bookings:
        tell(work, booking, causes[booking.posting.bill_id])


def on_payment_posted(_app: Any, work: Work, events: Sequence[IncomingEvent]) -> None:
    """Hold the money as undistributed at once, whatever becomes of it."""
    copies.keep_receipts(
        work.connection,
        [
            ReceiptRow(
                event.data["receipt_id"],
                event.data["session_id"],
                event.data["business_date"],
                event.data["total_cents"],
            )
            for event in events
        ],
    )
    fund_entries.book(work.connection, events)


def on_payment_reversed(_app: Any, work: Work, events: Sequence[IncomingEvent]) -> None:
    copies.keep_reversals(
        work.connection,
        [
            ReversalRow(
                event.data["receipt_id"], event.data["business_date"], event.data["total_cents"]
            )
            for event in events
        ],
    )
    fund_entries.take_back(work.connection, events)


def on_session_closed(_app: Any, work: Work, events: Sequence[IncomingEvent]) -> None:
    """Half of what lets the session's money be paid out: its drawer was counted."""
    copies.close_sessions(
        work.connection,
        [
            (event.data["session_id"], event.data["business_date"], event.data["total_cents"])
            for event in events
        ],
    )


def on_deposit_made(_app: Any, work: Work, events: Sequence[IncomingEvent]) -> None:
    """The other half: the money is at the bank."""
    copies.deposit_sessions(
        work.connection,
        [
            (one["session_id"], event.data["deposit_id"], event.data["deposited_on"])
            for event in events
            for one in event.data["sessions"]
        ],
    )


BILL_CREATED = Subscription(
    owner="levy",
    event="BillCreated.v1",
    method="on_bill_created",
    schema=BillCreatedSeen(),
    handle=on_bill_created,
)
# A fee on no bill has lines as a bill does, in its own event (RECV-067).
FEE_ACCOUNT_OPENED = Subscription(
    owner="receivables",
    event="FeeAccountOpened.v1",
    method="on_fee_account_opened",
    schema=BillCreatedSeen(),
    handle=on_bill_created,
)
PAYMENT_POSTED = Subscription(
    owner="cashiering",
    event="PaymentPosted.v1",
    method="on_payment_posted",
    schema=PaymentPostedSeen(),
    handle=on_payment_posted,
)
PAYMENT_REVERSED = Subscription(
    owner="cashiering",
    event="PaymentReversed.v1",
    method="on_payment_reversed",
    schema=PaymentReversedSeen(),
    handle=on_payment_reversed,
)
SESSION_CLOSED = Subscription(
    owner="cashiering",
    event="SessionClosed.v1",
    method="on_session_closed",
    schema=SessionClosedSeen(),
    handle=on_session_closed,
)
DEPOSIT_MADE = Subscription(
    owner="cashiering",
    event="DepositMade.v1",
    method="on_deposit_made",
    schema=DepositMadeSeen(),
    handle=on_deposit_made,
)
