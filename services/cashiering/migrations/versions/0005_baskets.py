"""Baskets with their lines, and other numbers that lead to an account."""

from alembic import op

from taxkit.migrate import run_script

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_SQL = """
create table baskets (
    basket_id uuid primary key,
    session_id uuid not null references sessions,
    state text not null check (state in ('open', 'paused', 'posting', 'closed')),
    version integer not null check (version > 0),
    effective_on date not null,
    opened_by text not null,
    payer jsonb not null,
    lines_numbered integer not null default 0,
    opened_at timestamptz not null default clock_timestamp(),
    changed_at timestamptz not null default clock_timestamp()
);
create index baskets_session on baskets (session_id);
create index baskets_paused on baskets (basket_id) where state = 'paused';

-- Rewritten with the basket: no money, only what may become a receipt.
create table basket_lines (
    basket_id uuid not null references baskets,
    line_number integer not null,
    kind text not null,
    service_type text not null,
    bill_id uuid,
    paying_cents bigint not null,
    content jsonb not null,
    primary key (basket_id, line_number)
);
create unique index basket_lines_bill on basket_lines (basket_id, bill_id)
    where bill_id is not null;

create table account_keys (
    kind text not null,
    value text not null,
    parcel_number text not null,
    primary key (kind, value, parcel_number)
);
create index account_keys_parcel on account_keys (parcel_number);

-- What of dues a basket is loaded by.
create index dues_bill_number on dues (bill_number);
create index dues_owner on dues (lower(owner_name) text_pattern_ops);
create index dues_parcel_prefix on dues (parcel_number text_pattern_ops);
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
