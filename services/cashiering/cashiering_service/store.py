"""Cashiering's SQL for receipts: one statement writes a batch, whatever its size."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb
from sqlalchemy import Connection

from cashiering_service.domain.receipt import Receipt, SessionHead
from cashiering_service.till import receipt_terms
from taxkit import outbox
from taxkit.contracts import OutgoingEvent
from taxkit.roundtrips import RoundTrips
from taxkit.rows import Columns
from taxkit.telemetry import trace_id_of

Raw = psycopg.Connection[Any]

RECEIPTS = Columns(
    {
        "receipt_id": "uuid",
        "receipt_number": "text",
        "session_id": "uuid",
        "business_date": "date",
        "effective_on": "date",
        "received_on": "date",
        "source": "text",
        "payer_name": "text",
        "payer_email": "text",
        "payer_mailing_address": "text",
        "total_cents": "bigint",
        "change_cents": "bigint",
        "surplus_cents": "bigint",
        "posted_by": "text",
        "note": "text",
        "trace_id": "uuid",
        "recorded_at": "timestamptz",
    }
)
LINES = Columns(
    {
        "receipt_id": "uuid",
        "line_number": "integer",
        "bill_id": "uuid",
        "bill_number": "text",
        "bill_version": "integer",
        "parcel_number": "text",
        "tax_year": "integer",
        "amount_cents": "bigint",
        "suspense_reason": "text",
        "rule_id": "text",
        "is_advance": "boolean",
        "source_code": "text",
    }
)
TENDERS = Columns(
    {
        "receipt_id": "uuid",
        "tender_number": "integer",
        "tender_type": "text",
        "amount_cents": "bigint",
        "reference": "text",
        "identifiers": "jsonb",
    }
)
KEYS = Columns({"key": "text", "method": "text", "request_sha256": "bytea", "response": "bytea"})
COUNTS = Columns({"session_id": "uuid", "added": "integer"})
OUTBOX = Columns(
    {
        "event_id": "uuid",
        "exchange": "text",
        "routing_key": "text",
        "mandatory": "boolean",
        "subject": "text",
        "traceparent": "text",
        "trace_id": "uuid",
        "body": "text",
    }
)


def _tables() -> Iterator[tuple[str, str, Columns]]:
    yield "r", "receipts", RECEIPTS
    yield "l", "receipt_lines", LINES
    yield "t", "tenders", TENDERS
    yield "k", "idempotency_keys", KEYS
    yield "o", "outbox", OUTBOX


def _unnest(prefix: str, columns: Columns) -> str:
    arrays = ", ".join(f"%({prefix}_{name})b::{kind}[]" for name, kind in columns.types.items())
    return f"unnest({arrays}) as v ({columns.names})"


def _write_statement() -> str:
    """Every row of a batch of receipts, in one statement: one round trip, one plan."""
    parts = [
        f"{prefix} as (insert into {table} ({columns.names})"
        f" select {columns.names} from {_unnest(prefix, columns)})"
        for prefix, table, columns in _tables()
    ]
    return (
        "with "
        + ",\n".join(parts)
        + "\nupdate sessions s set receipt_count = s.receipt_count + v.added"
        + f" from {_unnest('s', COUNTS)} where s.session_id = v.session_id"
    )


_WRITE = _write_statement()


@dataclass(frozen=True, slots=True)
class StoredKey:
    key: str
    method: str
    request_sha256: bytes
    response: bytes


def write(
    raw: Raw, county: str, receipts: Sequence[Receipt], events: Sequence[OutgoingEvent]
) -> None:
    """Store receipts with their lines, tenders and events, and count them."""
    raw.execute(_WRITE, _columns(county, receipts, [], events))


async def write_and_commit(
    trips: RoundTrips,
    county: str,
    receipts: Sequence[Receipt],
    keys: Sequence[StoredKey],
    events: Sequence[OutgoingEvent],
) -> None:
    """Store receipts, the answers to their calls and their events: one round trip with commit."""
    columns = _columns(county, receipts, keys, events)
    await trips.commit((_WRITE, columns), *receipt_terms.statements(receipts))


def _columns(
    county: str,
    receipts: Sequence[Receipt],
    keys: Sequence[StoredKey],
    events: Sequence[OutgoingEvent],
) -> dict[str, object]:
    added: dict[UUID, int] = {}
    for receipt in receipts:
        session_id = receipt.session.session_id
        added[session_id] = added.get(session_id, 0) + 1
    columns = {
        "r": RECEIPTS.params([_receipt_row(receipt) for receipt in receipts]),
        "l": LINES.params([row for receipt in receipts for row in _line_rows(receipt)]),
        "t": TENDERS.params([row for receipt in receipts for row in _tender_rows(receipt)]),
        "k": KEYS.params([(k.key, k.method, k.request_sha256, k.response) for k in keys]),
        "o": outbox.columns(county, events),
        "s": COUNTS.params(sorted(added.items())),
    }
    return {
        f"{prefix}_{name}": column
        for prefix, named in columns.items()
        for name, column in named.items()
    }


def _receipt_row(receipt: Receipt) -> tuple[object, ...]:
    return (
        receipt.receipt_id,
        receipt.receipt_number,
        receipt.session.session_id,
        receipt.session.business_date,
        receipt.effective_on,
        receipt.received_on,
        receipt.source,
        receipt.payer.name,
        receipt.payer.email,
        receipt.payer.mailing_address,
        receipt.total_cents,
        receipt.change_cents,
        receipt.surplus_cents,
        receipt.posted_by,
        receipt.note,
        trace_id_of(receipt.traceparent),
        receipt.recorded_at,
    )


def _line_rows(receipt: Receipt) -> Iterator[tuple[object, ...]]:
    for line in receipt.lines:
        bill = line.bill
        yield (
            receipt.receipt_id,
            line.line_number,
            bill.bill_id if bill else None,
            bill.bill_number if bill else None,
            bill.bill_version if bill else None,
            line.parcel_number,
            line.tax_year,
            line.amount_cents,
            line.suspense_reason,
            line.rule_id,
            line.advance is not None,
            line.priced.source.source_code if line.priced else None,
        )


def _tender_rows(receipt: Receipt) -> Iterator[tuple[object, ...]]:
    for number, tender in enumerate(receipt.tenders, start=1):
        yield (
            receipt.receipt_id,
            number,
            tender.tender_type,
            tender.amount_cents,
            tender.reference,
            Jsonb(dict(tender.identifiers)) if tender.identifiers else None,
        )


# A session with the lists of its till and cashier; two parts, for what is read beside it.
HEADS = (
    "select s.session_id, s.till_code, s.session_number, s.business_date, s.effective_on,"
    " s.is_open, s.receipt_count, t.payment_types, t.misc_sources, c.payment_types, c.misc_sources,"
    " s.cashier"
)
LOCKED = (
    " from sessions s join tills t using (till_code) left join cashier_takes c using (cashier)"
    " where s.session_id = any(%b::uuid[]) order by s.session_id for update of s"
)
_LOCK_SESSIONS = HEADS + LOCKED


def lock_session(connection: Connection, session_id: UUID) -> tuple[SessionHead, int]:
    """Lock one session; gives it with its receipts so far."""
    row = connection.exec_driver_sql(_LOCK_SESSIONS, ([session_id],)).one()
    return SessionHead(*row[:6]), row[6]
