"""Rolls of one class of bills, and the returns that trust-tax bills are for."""

from alembic import op

from taxkit.migrate import run_script

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_SQL = """
-- The class its bills are of: which terms they are paid by. Empty for the real-property roll.
alter table rolls add column bill_class text not null default '';

-- A return that a bill was made for. The sequence is the bill's, of what was last told of it.
create table returns (
    bill_id uuid primary key,
    return_number text not null unique,
    status text not null check (status in ('filed', 'paid')),
    sequence bigint not null default 0
);
-- What receivables last told of a trust-tax bill; perhaps before its return is on file.
create table trust_tax_told (
    bill_id uuid primary key,
    sequence bigint not null,
    status text not null check (status in ('filed', 'paid')),
    receipt_id uuid not null,
    changed_on date not null,
    recorded_at timestamptz not null
);
create table return_steps (
    bill_id uuid not null references returns,
    sequence bigint not null,
    status text not null,
    changed_by text not null,
    receipt_id uuid,
    changed_on date not null,
    recorded_at timestamptz not null,
    primary key (bill_id, sequence)
);
create trigger append_only before update or delete or truncate on return_steps
    for each statement execute function refuse_change();
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
