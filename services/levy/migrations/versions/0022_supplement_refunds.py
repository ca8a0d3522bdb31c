"""Refunds that supplements owe, and the bills that gave them back, once."""

from alembic import op

from taxkit.migrate import run_script

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_SQL = """
-- What an event lowered a year's tax by; owed until there is an end of it.
create table supplement_refunds (
    supplement_id uuid not null,
    place integer not null,
    tax_year integer not null,
    parcel_number text not null,
    amount_cents bigint not null check (amount_cents > 0),
    -- The code by which a bill has it among its credits.
    credit text not null,
    rule_id text not null,
    enrolled_on date not null,
    refund_by date not null,
    interest_from date,
    recorded_at timestamptz not null,
    primary key (supplement_id, place, tax_year),
    foreign key (supplement_id, place) references supplement_items
);
create index supplement_refunds_in_order on supplement_refunds
    (enrolled_on, supplement_id, place, tax_year);
create index supplement_refunds_of_parcel on supplement_refunds (parcel_number);
create table supplement_refund_ends (
    supplement_id uuid not null,
    place integer not null,
    tax_year integer not null,
    -- Of what was owed, as much as the year's bills had of tax.
    refunded_cents bigint not null check (refunded_cents >= 0),
    refunded_on date not null,
    recorded_at timestamptz not null,
    primary key (supplement_id, place, tax_year),
    foreign key (supplement_id, place, tax_year) references supplement_refunds
);
create table supplement_refund_bills (
    supplement_id uuid not null,
    place integer not null,
    tax_year integer not null,
    bill_id uuid not null,
    bill_version integer not null,
    amount_cents bigint not null check (amount_cents > 0),
    primary key (supplement_id, place, tax_year, bill_id),
    foreign key (supplement_id, place, tax_year) references supplement_refund_ends,
    foreign key (bill_id, bill_version) references bills
);
"""

_APPEND_ONLY = ("supplement_refunds", "supplement_refund_ends", "supplement_refund_bills")


def upgrade() -> None:
    triggers = "".join(
        f"create trigger append_only before update or delete or truncate on {table}"
        " for each statement execute function refuse_change();"
        for table in _APPEND_ONLY
    )
    run_script(op.get_bind(), _SQL + triggers)
