"""Escrow accounts with their contacts."""

from alembic import op

from taxkit.migrate import run_script

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_SQL = """
create table escrow_accounts (
    escrow_account text primary key,
    kind text not null check (kind in ('general', 'dealer')),
    opened_on date not null,
    closed_on date,
    -- Of the newest contact.
    version integer not null default 1,
    -- Counts openings, contacts and closings: with its deposits' own, the account's sequence.
    sequence bigint not null default 1
);
create table escrow_contacts (
    escrow_account text not null references escrow_accounts,
    version integer not null,
    name text not null,
    email text not null,
    phone text not null,
    address text not null,
    written_by text not null,
    recorded_at timestamptz not null,
    primary key (escrow_account, version)
);
create trigger append_only before update or delete or truncate on escrow_contacts
    for each statement execute function append_only();
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
