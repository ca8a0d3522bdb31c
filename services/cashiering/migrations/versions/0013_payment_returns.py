"""Files of payments that banks sent back, and what each of their entries was found to be."""

from alembic import op

from taxkit.migrate import run_script

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_SQL = """
create table return_files (
    file_id uuid primary key,
    file_name text not null,
    file_sha256 text not null unique,
    entry_count bigint not null,
    imported_by text not null,
    trace_id uuid not null,
    recorded_at timestamptz not null
);
create table payment_returns (
    return_id uuid primary key,
    file_id uuid not null references return_files,
    line_number bigint not null,
    outcome text not null check (outcome in ('matched', 'unmatched', 'duplicate', 'change')),
    reason text not null,
    message text not null,
    reason_code text not null,
    original_trace text not null,
    amount_cents bigint not null check (amount_cents >= 0),
    returned_on date not null,
    payer_name text not null,
    receipt_id uuid references receipts,
    unique (file_id, line_number),
    check ((outcome = 'matched') <= (receipt_id is not null))
);
-- A payment comes back once.
create unique index payment_returns_receipt on payment_returns (receipt_id)
    where outcome = 'matched';
create trigger return_files_append_only before update or delete on return_files
    for each row execute function refuse_change();
create trigger return_files_no_truncate before truncate on return_files
    for each statement execute function refuse_change();
create trigger payment_returns_append_only before update or delete on payment_returns
    for each row execute function refuse_change();
create trigger payment_returns_no_truncate before truncate on payment_returns
    for each statement execute function refuse_change();

create index tenders_ach on tenders (reference) where tender_type = 'ach';
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
