"""Bills as receivables last told of them, what is open on them, and what changed their age."""

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
    parcel_number text collate "C" not null,
    tax_year integer not null,
    open_cents bigint not null check (open_cents >= 0),
    -- The day of the newest balance: what is open was open on it.
    balance_on date not null
);

-- Only what is open, so that the aging report reads nothing else. The parcel is the account the
-- report counts, and stands here so that it need not be looked up a million times; bytewise
-- collation makes grouping by it cheap. Room in the pages lets a payment update a row in place.
create table open_installments (
    bill_id uuid not null references bills,
    installment integer not null,
    parcel_number text collate "C" not null,
    tax_year integer not null,
    due_on date not null,
    open_cents bigint not null check (open_cents > 0),
    primary key (bill_id, installment)
) with (fillfactor = 85);
create index open_installments_tax_year on open_installments (tax_year);

-- Append-only: what each balance did to a bill's age.
create table aging_changes (
    event_id uuid primary key,
    bill_id uuid not null references bills,
    sequence bigint not null,
    receipt_id uuid,
    cause text not null,
    bucket_before text not null,
    bucket_after text not null,
    open_before_cents bigint not null,
    open_after_cents bigint not null,
    as_of date not null,
    rule_id text not null,
    pack_version text not null
);
create index aging_changes_bill on aging_changes (bill_id, sequence);

create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only', tg_table_name;
end
$$;
create trigger aging_changes_append_only before update or delete or truncate on aging_changes
    for each statement execute function refuse_change();
"""


def upgrade() -> None:
    create_infrastructure(op.get_bind())
    run_script(op.get_bind(), _SQL)
