"""What discounts took off bills, in the accounts of their programs."""

from alembic import op

from taxkit.migrate import run_script

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_SQL = """
create table discount_entries (
    posting_id uuid not null,
    grant_id uuid not null,
    charge_type text not null,
    bill_id uuid not null,
    receipt_id uuid not null,
    program text not null,
    account text not null,
    business_date date not null,
    -- Positive for what was let off, with a minus for what is owed again.
    amount_cents bigint not null check (amount_cents <> 0),
    primary key (posting_id, grant_id, charge_type)
);
create index discount_entries_day on discount_entries (business_date);
create trigger discount_entries_append_only before update or delete on discount_entries
    for each row execute function refuse_fund_change();
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
