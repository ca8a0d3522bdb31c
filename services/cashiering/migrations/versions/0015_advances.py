"""Lines of receipts that are money ahead of a bill."""

from alembic import op

from taxkit.migrate import run_script

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_SQL = """
create table line_advances (
    receipt_id uuid not null,
    line_number integer not null,
    advance_type text not null,
    escrow_account text,
    primary key (receipt_id, line_number),
    foreign key (receipt_id, line_number) references receipt_lines
);
create trigger line_advances_append_only before update or delete on line_advances
    for each row execute function refuse_change();
create trigger line_advances_no_truncate before truncate on line_advances
    for each statement execute function refuse_change();

-- A line is a bill's, or an advance, or waits in suspense for a reason.
alter table receipt_lines add column is_advance boolean not null default false,
    drop constraint receipt_lines_check,
    add constraint receipt_lines_check
        check (num_nonnulls(suspense_reason, bill_id, nullif(is_advance, false)) = 1);
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
