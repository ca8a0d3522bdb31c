"""Receipts and allocations as others told of them, and the shares that follow."""

from alembic import op

from taxkit.migrate import create_infrastructure, run_script

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_SQL = """
create table agencies (
    agency_code text primary key,
    agency_name text not null
);

-- One row a bill holds what every agency has of it, so that sharing reads one row, not twenty.
-- A bill that allocations named before levy told of it has no lines yet: its postings wait.
create table bills (
    bill_id uuid primary key,
    tax_year integer,
    agency_codes text[],
    line_cents bigint[],
    held_cents bigint[],
    tax_cents bigint not null default 0,
    last_sequence bigint not null default 0,
    check (agency_codes is null or cardinality(agency_codes) = cardinality(line_cents)),
    check (held_cents is null or cardinality(agency_codes) = cardinality(held_cents))
);

-- Any of a receipt's facts may come first.
create table receipts (
    receipt_id uuid primary key,
    session_id uuid,
    business_date date,
    received_cents bigint not null default 0 check (received_cents >= 0),
    reversed_on date,
    reversed_cents bigint not null default 0 check (reversed_cents >= 0)
);
create index receipts_business_date on receipts (business_date);
create index receipts_reversed on receipts (reversed_on) where reversed_on is not null;

create table closed_sessions (
    session_id uuid primary key,
    business_date date not null
);

-- Append-only but for `shared`: what receivables applied, by receipt and charge.
create table allocations (
    posting_id uuid not null,
    receipt_id uuid not null,
    charge_type text not null check (charge_type in ('tax', 'interest')),
    -- The receipt whose fact caused the posting.
    caused_by uuid not null,
    bill_id uuid not null,
    sequence bigint not null,
    kind text not null check (kind in ('payment', 'reversal', 'reallocation')),
    business_date date not null,
    tax_year integer not null,
    amount_cents bigint not null,
    -- False while the bill's lines are not known.
    shared boolean not null,
    primary key (posting_id, receipt_id, charge_type)
);
create index allocations_bill on allocations (bill_id);
-- Written in the order of time, so a block range index finds a day's rows at no cost.
create index allocations_day on allocations using brin (business_date) with (autosummarize);

create table share_entries (
    posting_id uuid not null,
    entry_number integer not null,
    receipt_id uuid not null,
    bill_id uuid not null,
    agency_code text not null,
    charge_type text not null check (charge_type in ('tax', 'interest')),
    amount_cents bigint not null check (amount_cents <> 0),
    rule_id text not null,
    business_date date not null,
    kind text not null check (kind in ('payment', 'reversal', 'reallocation', 'correction')),
    primary key (posting_id, entry_number)
);
create index share_entries_receipt on share_entries (receipt_id);
create index share_entries_day on share_entries using brin (business_date) with (autosummarize);

create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'share entries are append-only: book a correction';
end
$$;
create trigger share_entries_append_only before update or delete on share_entries
    for each statement execute function refuse_change();
"""


def upgrade() -> None:
    create_infrastructure(op.get_bind())
    run_script(op.get_bind(), _SQL)
