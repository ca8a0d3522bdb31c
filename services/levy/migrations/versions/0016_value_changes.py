"""Values that change after the roll, who decides on them, and which versions of bills they made."""

from alembic import op

from taxkit.migrate import run_script

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_SQL = """
create table value_change_batches (
    batch_id uuid primary key,
    tax_year integer not null,
    source text not null,
    changed_on date not null,
    change_count bigint not null,
    pack_version text not null,
    -- The term of the pack its reasons stand in.
    rule_id text not null,
    posted_by text not null,
    trace_id uuid not null,
    recorded_at timestamptz not null
);
create table value_changes (
    change_id uuid primary key,
    place bigint generated always as identity unique,
    batch_id uuid not null references value_change_batches,
    tax_year integer not null,
    parcel_number text not null,
    reason_code text not null,
    -- As the reason said then, whatever it says now.
    reason text not null,
    corrects boolean not null,
    needs_acceptance boolean not null,
    note text not null,
    value_before_dollars bigint not null,
    net_before_dollars bigint not null,
    value_dollars bigint not null,
    net_value_dollars bigint not null,
    -- [name, dollars] of every step to the net value, where it was computed.
    value_steps jsonb
);
create index value_changes_of_batch on value_changes (batch_id, place);
create index value_changes_of_parcel on value_changes (parcel_number, tax_year, place);

create table value_change_decisions (
    change_id uuid primary key references value_changes,
    accepted boolean not null,
    comment text not null,
    decided_by text not null,
    decided_on date not null,
    trace_id uuid not null,
    recorded_at timestamptz not null
);
-- Waits for the end of a payment file, as the held change of the import guard says.
create table value_change_holds (
    change_id uuid primary key references value_changes,
    held_change_id uuid not null
);
create table value_change_outcomes (
    change_id uuid primary key references value_changes,
    outcome text not null
        check (outcome in ('corrected', 'unchanged', 'no_bill', 'register_only', 'rejected')),
    recorded_at timestamptz not null
);
create table value_change_bills (
    change_id uuid not null references value_changes,
    bill_id uuid not null,
    bill_version integer not null,
    primary key (change_id, bill_id),
    foreign key (bill_id, bill_version) references bills
);
"""

_APPEND_ONLY = (
    "value_change_batches",
    "value_changes",
    "value_change_decisions",
    "value_change_holds",
    "value_change_outcomes",
    "value_change_bills",
)


def upgrade() -> None:
    triggers = "".join(
        f"create trigger append_only before update or delete or truncate on {table}"
        " for each statement execute function refuse_change();"
        for table in _APPEND_ONLY
    )
    run_script(op.get_bind(), _SQL + triggers)
