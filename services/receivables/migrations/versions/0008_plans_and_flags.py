"""Payment plans with their bills, schedules and tasks; flags on parcels, parties, plans, bills."""

from alembic import op

from taxkit.migrate import run_script

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_SQL = """
create sequence plan_numbers;
create table plans (
    plan_id uuid primary key,
    plan_number text not null unique,
    plan_type text not null,
    parcel_number text not null,
    party text not null,
    status text not null check (status in ('pending', 'active', 'void', 'fulfilled', 'paid')),
    opened_on date not null,
    first_due_on date not null,
    installments integer not null check (installments > 0),
    pending_days integer not null check (pending_days >= 0),
    -- Of its schedule; nothing was calculated while it is 0.
    version integer not null,
    -- The last installment paid; -1 while none is.
    paid_through integer not null,
    deficiencies text[] not null,
    sequence bigint not null,
    opened_by text not null,
    recorded_at timestamptz not null
);
create index plans_parcel on plans (parcel_number);
create index plans_open on plans (status, opened_on) where status in ('pending', 'active');

create table plan_bills (
    plan_id uuid not null references plans,
    bill_id uuid not null,
    place integer not null,
    left_out_through date,
    -- The plan-change mark: the last correction while the plan was active.
    changed_on date,
    primary key (plan_id, bill_id)
);
create index plan_bills_bill on plan_bills (bill_id);
create index plan_bills_left_out on plan_bills (left_out_through)
    where left_out_through is not null;

-- Every version a schedule had: append-only.
create table plan_installments (
    plan_id uuid not null references plans,
    version integer not null,
    number integer not null,
    due_on date not null,
    principal_cents bigint not null check (principal_cents >= 0),
    interest_cents bigint not null check (interest_cents >= 0),
    fee_cents bigint not null check (fee_cents >= 0),
    primary key (plan_id, version, number)
);
create table plan_steps (
    plan_id uuid not null references plans,
    number integer not null,
    status text not null,
    version integer not null,
    acted_by text not null,
    note text not null,
    recorded_at timestamptz not null,
    primary key (plan_id, number)
);
create table plan_tasks (
    plan_id uuid not null references plans,
    bill_id uuid not null,
    kind text not null check (kind in ('recalculate')),
    opened_on date not null,
    closed_by text,
    closed_at timestamptz,
    primary key (plan_id, bill_id, kind, opened_on)
);

create table flags (
    subject_kind text not null check (subject_kind in ('parcel', 'party', 'plan', 'bill')),
    subject text not null,
    flag text not null,
    is_on boolean not null,
    through date,
    scope jsonb not null,
    sequence bigint not null,
    primary key (subject_kind, subject, flag)
);
create index flags_lapsing on flags (through) where is_on and through is not null;
create table flag_changes (
    subject_kind text not null,
    subject text not null,
    flag text not null,
    sequence bigint not null,
    is_on boolean not null,
    through date,
    scope jsonb not null,
    changed_by text not null,
    reason text not null,
    recorded_at timestamptz not null,
    primary key (subject_kind, subject, flag, sequence)
);
create trigger append_only before update or delete or truncate on plan_installments
    for each statement execute function append_only();
create trigger append_only before update or delete or truncate on plan_steps
    for each statement execute function append_only();
create trigger append_only before update or delete or truncate on flag_changes
    for each statement execute function append_only();
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
