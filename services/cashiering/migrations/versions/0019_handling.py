"""How receipts came, what paper they make, and lines with a date of payment of their own."""

from alembic import op

from taxkit.migrate import run_script

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_SQL = """
-- Null: the receipt's.
alter table line_terms add column effective_on date;

-- Of receipts that did not plainly come over a counter, or make less paper; most have none.
create table receipt_handling (
    receipt_id uuid primary key references receipts,
    postmarked_on date,
    lender_code text not null,
    print_suppressed boolean not null,
    surplus_notice_suppressed boolean not null
);
create trigger receipt_handling_append_only before update or delete on receipt_handling
    for each row execute function refuse_change();
create trigger receipt_handling_no_truncate before truncate on receipt_handling
    for each statement execute function refuse_change();
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
