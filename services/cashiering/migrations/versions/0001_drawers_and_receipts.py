"""Tills, sessions, receipts and their reversals, the read copy of dues, import runs."""

from alembic import op

from taxkit.migrate import create_infrastructure, run_script

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_SQL = """
create table tills (
    till_code text primary key check (till_code ~ '^[A-Z0-9][A-Z0-9-]{0,15}$'),
    is_active boolean not null default true
);

create table sessions (
    session_id uuid primary key,
    till_code text not null references tills,
    session_number integer not null,
    cashier text not null,
    business_date date not null,
    effective_on date not null check (effective_on <= business_date),
    is_open boolean not null default true,
    -- Receipts are numbered from it under the row's lock: no gaps, and no global lock.
    receipt_count integer not null default 0,
    opened_at timestamptz not null default clock_timestamp(),
    closed_at timestamptz,
    over_short_cents bigint,
    counts jsonb,
    unique (till_code, business_date, session_number)
);
create unique index sessions_one_open on sessions (till_code) where is_open;

create table receipts (
    receipt_id uuid primary key,
    receipt_number text not null unique,
    session_id uuid not null references sessions,
    business_date date not null,
    effective_on date not null,
    received_on date not null,
    source text not null,
    payer_name text not null,
    payer_email text,
    total_cents bigint not null check (total_cents > 0),
    change_cents bigint not null check (change_cents >= 0),
    posted_by text not null,
    note text not null,
    trace_id uuid not null,
    recorded_at timestamptz not null
);
create index receipts_session on receipts (session_id);
create index receipts_day on receipts (business_date);

create table receipt_lines (
    receipt_id uuid not null references receipts,
    line_number integer not null,
    bill_id uuid,
    bill_number text,
    bill_version integer,
    parcel_number text not null,
    tax_year integer,
    amount_cents bigint not null check (amount_cents > 0),
    suspense_reason text check ((suspense_reason is null) = (bill_id is not null)),
    primary key (receipt_id, line_number)
);

create table tenders (
    receipt_id uuid not null references receipts,
    tender_number integer not null,
    tender_type text not null,
    amount_cents bigint not null check (amount_cents > 0),
    reference text,
    primary key (receipt_id, tender_number)
);

create table reversals (
    reversal_id uuid primary key,
    receipt_id uuid not null unique references receipts,
    business_date date not null,
    total_cents bigint not null,
    reason text not null,
    reversed_by text not null,
    trace_id uuid not null,
    recorded_at timestamptz not null
);
create index reversals_day on reversals (business_date);

-- Nothing of a receipt is ever changed or deleted: a correction is a reversal.
create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only: post a reversal', tg_table_name using errcode = '23001';
end
$$;
create trigger receipts_append_only before update or delete on receipts
    for each row execute function refuse_change();
create trigger receipts_no_truncate before truncate on receipts
    for each statement execute function refuse_change();
create trigger receipt_lines_append_only before update or delete on receipt_lines
    for each row execute function refuse_change();
create trigger receipt_lines_no_truncate before truncate on receipt_lines
    for each statement execute function refuse_change();
create trigger tenders_append_only before update or delete on tenders
    for each row execute function refuse_change();
create trigger tenders_no_truncate before truncate on tenders
    for each statement execute function refuse_change();
create trigger reversals_append_only before update or delete on reversals
    for each row execute function refuse_change();
create trigger reversals_no_truncate before truncate on reversals
    for each statement execute function refuse_change();

-- What receivables last said a bill owes: quotes when receivables is away, and checks versions.
create table dues (
    bill_id uuid primary key,
    bill_number text not null,
    bill_version integer not null,
    parcel_number text not null,
    tax_year integer not null,
    owner_name text not null,
    owner_email text,
    open_cents bigint not null,
    installments jsonb not null,
    as_of date not null
);
create index dues_parcel on dues (parcel_number, tax_year);

create table import_runs (
    run_id uuid primary key,
    layout text not null,
    file_name text not null,
    file_sha256 text not null,
    session_id uuid references sessions,
    state text not null check (state in ('validated', 'committing', 'committed', 'rejected')),
    reason text not null default '',
    message text not null default '',
    line_count bigint not null default 0,
    control_total_cents bigint not null default 0,
    imported_by text not null,
    trace_id uuid not null,
    recorded_at timestamptz not null default clock_timestamp()
);
-- The same file never commits twice.
create unique index import_runs_file on import_runs (file_sha256) where state <> 'rejected';

create table import_lines (
    run_id uuid not null references import_runs,
    line_number bigint not null,
    -- post, suspense, rejected, duplicate; then posted or suspended once a receipt stands.
    outcome text not null check (outcome in ('post', 'suspense', 'rejected', 'duplicate')),
    reason text not null,
    message text not null,
    line_key text,
    parcel_number text,
    tax_year integer,
    amount_cents bigint,
    paid_on date,
    received_on date,
    check_number text,
    payer_name text,
    bill_id uuid,
    receipt_id uuid,
    primary key (run_id, line_number)
);
create index import_lines_key on import_lines (line_key) where outcome in ('post', 'suspense');
create index import_lines_left on import_lines (run_id, line_number)
    where outcome in ('post', 'suspense') and receipt_id is null;
"""


def upgrade() -> None:
    create_infrastructure(op.get_bind())
    run_script(op.get_bind(), _SQL)
