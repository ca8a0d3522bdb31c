"""Returns that were matched to a payment that came after them."""

from alembic import op

from taxkit.migrate import run_script

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

_SQL = """
create table payment_return_rematches (
    return_id uuid primary key references payment_returns,
    -- A payment comes back once.
    receipt_id uuid not null unique references receipts,
    asked_by text not null,
    recorded_at timestamptz not null
);
create trigger payment_return_rematches_append_only before update or delete
    on payment_return_rematches for each row execute function refuse_change();
create trigger payment_return_rematches_no_truncate before truncate
    on payment_return_rematches for each statement execute function refuse_change();
create index payment_returns_waiting on payment_returns (original_trace)
    where reason = 'TRACE_UNKNOWN';
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
