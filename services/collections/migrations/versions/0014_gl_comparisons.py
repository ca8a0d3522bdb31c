"""What was paid on each bill, and what the general ledger holds of it by tax year."""

from alembic import op

from taxkit.migrate import run_script

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

# Of a bill whose balance was told before it was kept, nothing is known.
_SQL = """
alter table bills add column paid_cents bigint;
create table gl_comparisons (
    tax_year integer not null,
    posted_on date not null,
    -- As the balances of the year's bills say, and as the general ledger does.
    paid_cents bigint not null,
    shared_cents bigint not null,
    primary key (tax_year, posted_on)
);
create trigger append_only before update or delete or truncate on gl_comparisons
    for each statement execute function refuse_change();
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
