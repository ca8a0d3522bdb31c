"""Accounts of trust taxes and their returns, a bill each."""

from alembic import op

from taxkit.migrate import run_script

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_SQL = """
create table trust_tax_accounts (
    account_number text primary key,
    tax_type text not null,
    owner_name text not null,
    owner_email text,
    opened_on date not null,
    opened_by text not null,
    recorded_at timestamptz not null
);
-- A closed account's last period is the one it was closed in.
create table trust_tax_closings (
    account_number text primary key references trust_tax_accounts,
    closed_on date not null,
    closed_by text not null,
    recorded_at timestamptz not null
);
create table period_returns (
    bill_id uuid primary key,
    account_number text not null references trust_tax_accounts,
    tax_year integer not null,
    period integer not null check (period between 1 and 12),
    -- As it was posted: the period's own tax, or the whole year's of a recap.
    tax_cents bigint not null check (tax_cents >= 0),
    is_recap boolean not null,
    unique (account_number, tax_year, period)
);
-- An account has a bill a period, all of one year and number of account; a parcel still has one.
drop index bills_of_year;
create unique index bills_of_year on bills (tax_year, parcel_number, part)
    where bill_version = 1 and tax_code <> '';
create unique index bills_by_number on bills (bill_number, bill_version);

create trigger append_only before update or delete or truncate on trust_tax_accounts
    for each statement execute function refuse_change();
create trigger append_only before update or delete or truncate on trust_tax_closings
    for each statement execute function refuse_change();
create trigger append_only before update or delete or truncate on period_returns
    for each statement execute function refuse_change();
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
