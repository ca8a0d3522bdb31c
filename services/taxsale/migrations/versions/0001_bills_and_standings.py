"""Bills as receivables last told of them, their standing, and what changed it."""

from alembic import op

from taxkit.migrate import create_infrastructure, run_script

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_SQL = """
create table bills (
    bill_id uuid primary key,
    bill_number text not null,
    parcel_number text not null,
    tax_year integer not null,
    open_cents bigint not null check (open_cents >= 0),
    -- The day after which the whole bill is late.
    last_due_on date not null,
    first_due_on date not null,
    standing text not null check (standing in ('settled', 'current', 'delinquent', 'sale_eligible')),
    standing_on date not null
);
create index bills_open on bills (tax_year, bill_id) where open_cents > 0;

-- Append-only: what each balance did to a bill's standing.
create table standing_changes (
    event_id uuid primary key,
    bill_id uuid not null references bills,
    receipt_id uuid,
    cause text not null,
    standing_before text not null,
    standing_after text not null,
    as_of date not null,
    rule_id text not null
);
create index standing_changes_bill on standing_changes (bill_id);
"""


def upgrade() -> None:
    create_infrastructure(op.get_bind())
    run_script(op.get_bind(), _SQL)
