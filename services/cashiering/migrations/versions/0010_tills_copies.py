"""By which rule a line is allocated; copies of quotes and of money held, for the till."""

from alembic import op

from taxkit.migrate import run_script

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_SQL = """
alter table receipt_lines add column rule_id text not null default '';

-- Receivables' own figures for a day, of bills on which something accrues; gone with the next
-- balance told. A copy like dues: what may be waived, and a balance to the cent, is read here.
create table quoted (
    bill_id uuid not null references dues,
    as_of date not null,
    bill_version integer not null,
    installments jsonb not null,
    primary key (bill_id, as_of)
);

-- Money held that may be tendered, as receivables told it, and what tills reserved of it since.
create table held_money (
    kind text not null check (kind in ('surplus', 'escrow')),
    reference text not null,
    category text not null,
    name text not null,
    parcel_number text not null,
    open_cents bigint not null,
    state text not null,
    reserved_cents bigint not null default 0 check (reserved_cents >= 0),
    reserved_at timestamptz,
    primary key (kind, reference)
);
create index held_money_parcel on held_money (parcel_number) where parcel_number <> '';
create index tenders_held on tenders (receipt_id) where tender_type in ('surplus', 'escrow');
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
