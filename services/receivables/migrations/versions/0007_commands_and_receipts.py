"""Who asked for a change of a bill and why, and what of a receipt its return needs."""

from alembic import op

from taxkit.migrate import run_script

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_SQL = """
-- Beside every fact that a person asked for: append-only.
create table fact_requests (
    fact_id uuid primary key references facts,
    bill_id uuid references bills,
    asked_by text not null,
    reason text not null,
    recorded_at timestamptz not null
);
create index fact_requests_bill on fact_requests (bill_id);
create trigger append_only before update or delete or truncate on fact_requests
    for each statement execute function append_only();

-- Read copies of what cashiering told.
create table receipts (
    receipt_id uuid primary key,
    receipt_number text not null,
    session_id uuid,
    business_date date not null,
    effective_on date not null,
    total_cents bigint not null,
    lines jsonb not null
);
create index receipts_number on receipts (receipt_number);
create table closed_sessions (session_id uuid primary key);

-- Receipts taken back here and not at the till: once each.
create table returned_receipts (
    receipt_id uuid primary key,
    kind text not null check (kind in ('cancellation', 'nsf')),
    reason text not null,
    returned_on date not null,
    business_date date not null,
    fee_cents bigint not null default 0 check (fee_cents >= 0),
    fee_bill_id uuid,
    asked_by text not null,
    recorded_at timestamptz not null
);
create trigger append_only before update or delete or truncate on returned_receipts
    for each statement execute function append_only();
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
