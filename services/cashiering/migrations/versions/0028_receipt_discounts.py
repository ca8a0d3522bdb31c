"""What was quoted with a discount, and what the ledger told of discounts: for receipts."""

from alembic import op

from reportkit.migrate import stamp_rows
from taxkit.migrate import run_script

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

_SQL = """
create table discount_quotes (
    bill_id uuid not null,
    as_of date not null,
    settles_cents bigint not null check (settles_cents >= 0),
    discount_cents bigint not null check (discount_cents > 0),
    programs text not null,
    -- Computed here, while receivables was away.
    provisional boolean not null,
    primary key (bill_id, as_of, settles_cents, discount_cents)
);
create table receipt_discounts (
    posting_id uuid not null,
    grant_id uuid not null,
    receipt_id uuid not null,
    bill_id uuid not null,
    bill_number text not null,
    program text not null,
    rate text not null,
    -- With a minus where it is owed again.
    amount_cents bigint not null check (amount_cents <> 0),
    business_date date not null,
    primary key (posting_id, grant_id)
);
create index receipt_discounts_receipt on receipt_discounts (receipt_id);
create table discount_refusals (
    payment_id uuid not null,
    program text not null,
    receipt_id uuid not null,
    bill_id uuid not null,
    bill_number text not null,
    rate text not null,
    state text not null check (state in ('pending', 'refused')),
    reason text not null,
    amount_cents bigint not null check (amount_cents >= 0),
    business_date date not null,
    primary key (payment_id, program)
);
create index discount_refusals_receipt on discount_refusals (receipt_id);
"""
_TABLES = ("discount_quotes", "receipt_discounts", "discount_refusals")


def upgrade() -> None:
    connection = op.get_bind()
    run_script(connection, _SQL)
    for table in _TABLES:
        stamp_rows(connection, table)
        run_script(
            connection,
            f"create trigger {table}_append_only before update or delete or truncate on {table}"
            " for each statement execute function refuse_change()",
        )
