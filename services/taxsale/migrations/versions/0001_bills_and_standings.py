"""Bills as receivables last told of them, and what changed their standing."""

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
    -- The day of the newest balance: what is open was open on it.
    balance_on date not null,
    -- The earliest due date with money open makes the bill late, the last leads to the sale; both
    -- are empty when nothing is open.
    first_unpaid_due_on date,
    last_due_on date,
    check ((open_cents > 0) = (first_unpaid_due_on is not null)),
    check ((open_cents > 0) = (last_due_on is not null))
) with (fillfactor = 85);
-- The order of the list of bills eligible for sale.
create index bills_open on bills (tax_year, bill_id) where open_cents > 0;

-- Append-only: what each balance did to a bill's standing.
create table standing_changes (
    event_id uuid primary key,
    bill_id uuid not null references bills,
    sequence bigint not null,
    receipt_id uuid,
    cause text not null,
    standing_before text not null,
    standing_after text not null,
    as_of date not null,
    rule_id text not null,
    pack_version text not null,
    check (standing_before in ('settled', 'current', 'delinquent', 'sale_eligible')),
    check (standing_after in ('settled', 'current', 'delinquent', 'sale_eligible'))
);
create index standing_changes_bill on standing_changes (bill_id, sequence);

create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only', tg_table_name;
end
$$;
create trigger standing_changes_append_only before update or delete or truncate on standing_changes
    for each statement execute function refuse_change();
"""


def upgrade() -> None:
    create_infrastructure(op.get_bind())
    run_script(op.get_bind(), _SQL)
