"""What a counter lets go or keeps within its tolerance: the county's, in an account of its own.

A line's money for its bill is its amount, tolerance included, so the bill is paid in full by the
payment's own posting. A posting beside it says how much of that no drawer holds, or how much more
a drawer holds, and a reversal's posting takes it back.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from receivables_service import store
from receivables_service.domain.ledger import JournalEntry, PostingKind, tolerance_lines
from receivables_service.held.lines import payment_id
from receivables_service.tables import EntryRow, PostingRow
from taxkit import ids
from taxkit.contracts import IncomingEvent
from taxkit.inbox import Work

RULE = "counter-tolerance"


def post(work: Work, events: Sequence[IncomingEvent], pack_version: str) -> None:
    """Post the tolerance of receipts' lines (CASH-046); of most there is none."""
    _post(work, events, pack_version, is_reversal=False)


def take_back(work: Work, events: Sequence[IncomingEvent], pack_version: str) -> None:
    """Post it the other way round, for receipts that were reversed."""
    _post(work, events, pack_version, is_reversal=True)


def _post(
    work: Work, events: Sequence[IncomingEvent], pack_version: str, *, is_reversal: bool
) -> None:
    lines = [
        (event, line)
        for event in events
        for line in event.data["lines"]
        if line["tolerance_cents"] and line["kind"] == "bill"
    ]
    if not lines:
        return
    causes = [_cause(event, line, is_reversal=is_reversal) for event, line in lines]
    posted = _posted(work.connection, causes)
    at = work.clock.now()
    postings, entries = [], []
    for (event, line), cause in zip(lines, causes, strict=True):
        if cause in posted:
            continue
        posted.add(cause)
        entry = JournalEntry(
            entry_id=ids.new_id(),
            kind=PostingKind.TOLERANCE,
            business_date=event.data["business_date"],
            cause_fact_id=cause,
            pack_version=pack_version,
            lines=tolerance_lines(cause, line["tolerance_cents"] * (-1 if is_reversal else 1)),
        )
        postings.append(_posting_row(entry, event, line, at))
        entries += _entry_rows(entry)
    store.append(work.connection, [], postings, entries)


def _cause(event: IncomingEvent, line: Mapping[str, Any], *, is_reversal: bool) -> UUID:
    """The fact that brought it: the line's payment, or the receipt's reversal on the bill."""
    receipt_id = event.data["receipt_id"]
    if is_reversal:
        return ids.derived_id(receipt_id, "reversal", str(line["bill_id"]))
    return payment_id(receipt_id, line["line_number"])


def _posted(connection: Connection, causes: Sequence[UUID]) -> set[UUID]:
    rows = connection.exec_driver_sql(
        "select cause_fact_id from postings"
        " where kind = 'tolerance' and cause_fact_id = any(%b::uuid[])",
        (list(causes),),
    )
    return {row.cause_fact_id for row in rows}


def _posting_row(
    entry: JournalEntry, event: IncomingEvent, line: Mapping[str, Any], at: Any
) -> PostingRow:
    return PostingRow(
        posting_id=entry.entry_id,
        kind=entry.kind.value,
        bill_id=line["bill_id"],
        receipt_id=event.data["receipt_id"],
        parcel_number=line["parcel_number"],
        tax_year=line["tax_year"],
        business_date=entry.business_date,
        effective_on=event.data["effective_on"],
        recorded_at=at,
        cause_fact_id=entry.cause_fact_id,
        compensates=None,
        pack_version=entry.pack_version,
        allocated_cents=0,
        surplus_cents=0,
        suspense_cents=0,
    )


def _entry_rows(entry: JournalEntry) -> list[EntryRow]:
    """No line moves a receipt's money between charges, so none names the receipt."""
    return [
        EntryRow(
            entry.entry_id,
            number,
            line.account.value,
            line.amount_cents,
            None,
            None,
            None,
            line.fact_id,
            None,
            RULE,
            entry.pack_version,
        )
        for number, line in enumerate(entry.lines, 1)
    ]
