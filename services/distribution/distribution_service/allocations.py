"""Receivables' allocations become shares, in the transaction that takes the event in."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any
from uuid import UUID

from distribution_service import history, store
from distribution_service.domain.restating import Restated, restate
from distribution_service.domain.sharing import (
    Posting,
    Share,
    net_rows,
    share,
)
from distribution_service.domain.terms import ChargeType
from distribution_service.events import DISTRIBUTION_POSTED
from distribution_service.retold import without_retold
from distribution_service.rulebook import Rulebook
from distribution_service.seen import PaymentAllocatedSeen
from distribution_service.store import BillRow, Booking
from taxkit.contracts import IncomingEvent
from taxkit.errors import Permanent
from taxkit.ids import text_of
from taxkit.inbox import Ordering, Subscription, Work


def on_payment_allocated(app: Any, work: Work, events: Sequence[IncomingEvent]) -> None:
    """Share each posting, in order of its bill's events; without the bill's lines, keep it."""
    # Money for no bill (suspense) is no agency's: it stays undistributed.
    causes = {one.data["posting_id"]: one for one in events if one.data["bill_id"]}
    postings = sorted(
        map(posting_of, causes.values()), key=lambda posting: (posting.bill_id, posting.place)
    )
    if not postings:
        return
    bills = store.lock_bills(work.connection, (posting.bill_id for posting in postings))
    postings = without_retold(work.connection, postings, bills)
    bills |= _with_others(work, postings, bills)
    batch = Batch(app.law, bills)
    late: list[Posting] = []
    of_receipt = _taken_from(work, postings, bills)
    for bill_id, group in groupby(postings, key=lambda posting: posting.bill_id):
        own = list(group)
        if batch.shareable(bill_id) and own[0].sequence < bills[bill_id].last_sequence:
            late += own
        else:
            batch.take(own, of_receipt)
    store.keep_allocations(
        work.connection,
        [(posting, batch.shareable(posting.bill_id)) for posting in postings],
    )
    if late:
        batch.restate(
            work, {posting.bill_id for posting in late}, {posting.posting_id for posting in late}
        )
    batch.save(work)
    for booking in batch.bookings:
        tell(work, booking, causes[booking.posting.posting_id])


def posting_of(event: IncomingEvent) -> Posting:
    given = event.data
    if given["tax_year"] is None:
        raise Permanent("TAX_YEAR_MISSING", f"posting {given['posting_id']} names a bill, no year")
    return Posting(
        posting_id=given["posting_id"],
        receipt_id=given["receipt_id"],
        bill_id=given["bill_id"],
        sequence=event.sequence,
        kind=given["kind"],
        business_date=given["business_date"],
        tax_year=given["tax_year"],
        rows=net_rows(
            (row["receipt_id"], row["charge_type"], row["amount_cents"], row["fund"])
            for row in given["rows"]
        ),
    )


class Batch:
    """The bills of one batch, and what is booked on them until it is saved."""

    def __init__(self, law: Rulebook, bills: dict[UUID, BillRow]) -> None:
        self._law = law
        self._bills = bills
        self.bookings: list[Booking] = []

    def shareable(self, bill_id: UUID) -> bool:
        shares = self._bills[bill_id].shares
        return shares is not None and shares.shareable

    def take(self, postings: Sequence[Posting], of_receipt: "TakenFrom") -> None:
        """Share a bill's next postings; only note how far they reach when it has no lines."""
        bill = self._bills[postings[0].bill_id]
        shares = bill.shares
        if shares is not None and shares.shareable:
            for posting in postings:
                terms = self._law.at(posting.tax_year)
                known = of_receipt.of_bill(posting.bill_id, shares.agencies)
                shares, made = share(shares, posting, known, terms)
                of_receipt.add(posting.bill_id, made)
                self.bookings.append(Booking(posting, posting.kind, made))
        last = max(bill.last_sequence, postings[-1].sequence)
        self._bills[bill.bill_id] = bill._replace(shares=shares, last_sequence=last)

    def restate(
        self,
        work: Work,
        bill_ids: Iterable[UUID],
        fresh_ids: Collection[UUID],
        because: Mapping[UUID, Posting] | None = None,
    ) -> None:
        """Share postings whose turn had passed, correcting what was shared without them.

        `because` holds what bills are corrected by, where that is not the last of those postings.
        """
        kept = history.postings_of(work.connection, sorted(bill_ids))
        bill_ids = sorted(kept)
        receipts = {
            row.receipt_id for own in kept.values() for posting in own for row in posting.rows
        }
        booked = history.booked(work.connection, bill_ids, sorted(receipts))
        for bill_id in bill_ids:
            bill = self._bills[bill_id]
            assert bill.shares is not None, bill_id
            own = kept[bill_id]
            terms = self._law.at(own[0].tax_year)
            done = restate(bill.shares, own, fresh_ids, booked.get(bill_id, {}), terms)
            cause = (because or {}).get(bill_id)
            self._book(bill, done, max(posting.sequence for posting in own), cause)

    def _book(self, bill: BillRow, done: Restated, last: int, cause: Posting | None) -> None:
        self.bookings += [Booking(posting, posting.kind, shares) for posting, shares in done.fresh]
        if done.corrections:
            self.bookings.append(
                Booking(cause or done.fresh[-1][0], "correction", done.corrections)
            )
        reached = max(last, bill.last_sequence)
        self._bills[bill.bill_id] = bill._replace(shares=done.bill, last_sequence=reached)

    def save(self, work: Work) -> None:
        store.save_bills(work.connection, list(self._bills.values()))
        store.enter_shares(work.connection, self.bookings)


class TakenFrom:
    """What agencies have of the receipts that a batch takes money from, charge by charge."""

    def __init__(self, found: store.SharesOfReceipts) -> None:
        self._found = found

    def of_bill(
        self, bill_id: UUID, agencies: Sequence[str]
    ) -> dict[tuple[UUID, ChargeType], tuple[int, ...]]:
        return {
            key: tuple(parts.get(agency, 0) for agency in agencies)
            for key, parts in self._found.get(bill_id, {}).items()
        }

    def add(self, bill_id: UUID, shares: Iterable[Share]) -> None:
        """Follow the batch's own shares, so that a payment and its reversal may come together."""
        followed = self._found.get(bill_id, {})
        for one in shares:
            parts = followed.get((one.receipt_id, one.charge_type))
            if parts is not None:
                for agency, cents in zip(one.agencies, one.cents, strict=True):
                    parts[agency] = parts.get(agency, 0) + cents


def _with_others(
    work: Work, postings: Sequence[Posting], bills: dict[UUID, BillRow]
) -> dict[UUID, BillRow]:
    """Read what agencies have of penalty and fees, for the bills the batch moves such money on."""
    wanted = {
        posting.bill_id
        for posting in postings
        if any(row.charge_type in (ChargeType.PENALTY, ChargeType.FEE) for row in posting.rows)
    }
    held = store.other_shares(work.connection, sorted(wanted)) if wanted else {}
    found = {}
    for bill_id, by_charge in held.items():
        bill = bills[bill_id]
        if bill.shares is not None:
            agencies = bill.shares.agencies
            others = {
                charge_type: tuple(parts.get(agency, 0) for agency in agencies)
                for charge_type, parts in by_charge.items()
            }
            found[bill_id] = bill._replace(shares=replace(bill.shares, other_cents=others))
    return found


def _taken_from(work: Work, postings: Sequence[Posting], bills: dict[UUID, BillRow]) -> TakenFrom:
    pairs = [
        (posting.bill_id, row.receipt_id, row.charge_type)
        for posting in postings
        for row in posting.rows
        if row.amount_cents < 0 and bills[posting.bill_id].shares is not None
    ]
    return TakenFrom(store.shares_of_receipts(work.connection, pairs) if pairs else {})


def tell(work: Work, booking: Booking, cause: IncomingEvent) -> None:
    """Announce a posting's shares; corrections move nothing in or out."""
    posting = booking.posting
    if booking.kind == "correction" or not booking.shares:
        return
    agencies = {
        agency.partition("/")[0]
        for one in booking.shares
        for agency, cents in zip(one.agencies, one.cents, strict=True)
        if cents
    }
    work.emit(
        DISTRIBUTION_POSTED,
        "posting/" + text_of(posting.posting_id),
        1,
        {
            "posting_id": text_of(posting.posting_id),
            "receipt_id": text_of(posting.receipt_id),
            "bill_id": text_of(posting.bill_id),
            "kind": posting.kind,
            "business_date": posting.business_date.isoformat(),
            "shared_cents": sum(sum(one.cents) for one in booking.shares),
            "agency_count": len(agencies),
        },
        cause=cause,
    )


PAYMENT_ALLOCATED = Subscription(
    owner="receivables",
    event="PaymentAllocated.v1",
    method="on_payment_allocated",
    schema=PaymentAllocatedSeen(),
    handle=on_payment_allocated,
    ordering=Ordering.ANY,
)
