"""Receipts that receivables took back: returned by the bank, or cancelled."""

from alembic import op

from taxkit.migrate import run_script

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_SQL = """
create table receipt_marks (
    receipt_id uuid primary key,
    kind text not null check (kind in ('returned', 'cancelled')),
    reason text not null,
    business_date date not null,
    total_cents bigint not null,
    recorded_at timestamptz not null default clock_timestamp()
);
create index receipt_marks_day on receipt_marks (business_date);
create trigger receipt_marks_append_only before update or delete on receipt_marks
    for each row execute function refuse_change();
create trigger receipt_marks_no_truncate before truncate on receipt_marks
    for each statement execute function refuse_change();
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
