"""Lines of a receipt that are for a miscellaneous source, with what was said of them."""

from alembic import op

from taxkit.migrate import run_script

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_SQL = """
alter table receipt_lines add column source_code text;
alter table receipt_lines drop constraint receipt_lines_check;
alter table receipt_lines add constraint receipt_lines_check
    check (num_nonnulls(bill_id, suspense_reason, source_code, nullif(is_advance, false)) = 1);

create table line_sources (
    receipt_id uuid not null,
    line_number integer not null,
    -- The version of the source it was taken under.
    effective_from date not null,
    said jsonb not null,
    credit_fund text not null,
    credit_account text not null,
    debit_fund text not null,
    debit_account text not null,
    primary key (receipt_id, line_number),
    foreign key (receipt_id, line_number) references receipt_lines
);
create trigger line_sources_append_only before update or delete on line_sources
    for each row execute function refuse_change();
create trigger line_sources_no_truncate before truncate on line_sources
    for each statement execute function refuse_change();
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
