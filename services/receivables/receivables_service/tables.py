"""The ledger's rows, in the order of their columns."""

from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from taxkit.rows import Columns


class BillHead(NamedTuple):
    """A bill's locked row; without a number while only its money is known."""

    bill_id: UUID
    sequence: int
    bill_number: str | None = None
    bill_version: int | None = None
    parcel_number: str | None = None
    tax_year: int | None = None
    owner_name: str | None = None
    owner_email: str | None = None
    issued_on: date | None = None
    # What batches find bills by, as the ledger has them.
    last_due_on: date | None = None
    open_cents: int = 0
    grace_ends_on: date | None = None
    default_declared: bool = False
    # The version that brought it to its parcel; none while it is where it was issued.
    moved_version: int = 0


class FactRow(NamedTuple):
    fact_id: UUID
    kind: str
    bill_id: UUID | None
    receipt_id: UUID | None
    line_number: int | None
    business_date: date
    effective_on: date
    recorded_at: datetime
    amount_cents: int | None
    # What only facts of this kind say, as JSON.
    body: str | None


class PostingRow(NamedTuple):
    posting_id: UUID
    kind: str
    bill_id: UUID | None
    receipt_id: UUID | None
    parcel_number: str
    tax_year: int | None
    business_date: date
    effective_on: date
    recorded_at: datetime
    cause_fact_id: UUID
    compensates: UUID | None
    pack_version: str
    allocated_cents: int
    surplus_cents: int
    suspense_cents: int


class EntryRow(NamedTuple):
    posting_id: UUID
    line_number: int
    ledger_account: str
    amount_cents: int
    installment: int | None
    charge_type: str | None
    collection_type: str | None
    fact_id: UUID
    receipt_id: UUID | None
    rule_id: str
    pack_version: str
    # Which fee; empty for tax, interest and penalty.
    charge_code: str = ""
    # Of a bill by fund, whose tax; empty otherwise.
    subcode: str = ""


BILLS = Columns(
    {
        "bill_id": "uuid",
        "sequence": "bigint",
        "bill_number": "text",
        "bill_version": "integer",
        "parcel_number": "text",
        "tax_year": "integer",
        "owner_name": "text",
        "owner_email": "text",
        "issued_on": "date",
        "last_due_on": "date",
        "open_cents": "bigint",
        "grace_ends_on": "date",
        "default_declared": "boolean",
        "moved_version": "integer",
    }
)
FACTS = Columns(
    {
        "fact_id": "uuid",
        "kind": "text",
        "bill_id": "uuid",
        "receipt_id": "uuid",
        "line_number": "integer",
        "business_date": "date",
        "effective_on": "date",
        "recorded_at": "timestamptz",
        "amount_cents": "bigint",
        "body": "jsonb",
    }
)
POSTINGS = Columns(
    {
        "posting_id": "uuid",
        "kind": "text",
        "bill_id": "uuid",
        "receipt_id": "uuid",
        "parcel_number": "text",
        "tax_year": "integer",
        "business_date": "date",
        "effective_on": "date",
        "recorded_at": "timestamptz",
        "cause_fact_id": "uuid",
        "compensates": "uuid",
        "pack_version": "text",
        "allocated_cents": "bigint",
        "surplus_cents": "bigint",
        "suspense_cents": "bigint",
    }
)
ENTRIES = Columns(
    {
        "posting_id": "uuid",
        "line_number": "integer",
        "ledger_account": "text",
        "amount_cents": "bigint",
        "installment": "integer",
        "charge_type": "text",
        "collection_type": "text",
        "fact_id": "uuid",
        "receipt_id": "uuid",
        "rule_id": "text",
        "pack_version": "text",
        "charge_code": "text",
        "subcode": "text",
    }
)
