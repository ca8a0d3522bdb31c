"""Delinquent notices: runs that were looked at, what was sent on, and what became of it."""

from alembic import op

from taxkit.migrate import run_script

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_SQL = """
-- Whom a bill was issued to, as receivables tells it; empty until its next balance.
alter table bills
    add column owner_name text not null default '',
    add column owner_email text not null default '';

-- A read copy of levy's register: whose a parcel is now, and where mail reaches them.
create table owners (
    parcel_number text collate "C" primary key,
    name text not null,
    email text not null,
    mailing_address text not null
);

create table notice_runs (
    run_id uuid primary key,
    stage text not null,
    -- The day its bills were looked at.
    business_date date not null,
    tax_year integer not null,
    include_prior_years boolean not null,
    buckets text[] not null,
    least_cents bigint not null,
    rule_id text not null,
    pack_version text not null,
    previewed_by text not null,
    recorded_at timestamptz not null
);
create table notice_run_items (
    run_id uuid not null references notice_runs,
    bill_id uuid not null references bills,
    installment integer not null,
    overdue_cents bigint not null,
    due_on date not null,
    days_past_due integer not null,
    bucket text not null,
    fate text not null check (fate in ('selected', 'left_out')),
    code text not null,
    because text not null,
    primary key (run_id, bill_id)
);
create table notice_run_commits (
    run_id uuid primary key references notice_runs,
    committed_by text not null,
    recorded_at timestamptz not null
);
-- A run that is committed and has no end is being sent on.
create table notice_run_ends (
    run_id uuid primary key references notice_run_commits,
    recorded_at timestamptz not null
);

-- One letter of a stage about an installment, ever.
create table delinquent_notices (
    notice_id uuid primary key,
    run_id uuid not null references notice_runs,
    bill_id uuid not null references bills,
    parcel_number text collate "C" not null,
    stage text not null,
    installment integer not null,
    overdue_cents bigint not null,
    requested_on date not null,
    recorded_at timestamptz not null,
    unique (bill_id, stage, installment)
);
create index delinquent_notices_run on delinquent_notices (run_id, notice_id);
create index delinquent_notices_parcel on delinquent_notices (parcel_number);
-- What a run did with each bill, looked at again when its turn came.
create table notice_run_outcomes (
    run_id uuid not null,
    bill_id uuid not null,
    notice_id uuid,
    code text not null,
    because text not null,
    recorded_at timestamptz not null,
    primary key (run_id, bill_id),
    foreign key (run_id, bill_id) references notice_run_items
);
-- What notifications told of a letter; one may fail by mail and go out on paper.
create table notice_answers (
    event_id uuid primary key,
    notice_id uuid not null,
    kind text not null check (kind in ('sent', 'printed', 'failed')),
    answered_on date not null,
    detail text not null,
    recorded_at timestamptz not null
);
create index notice_answers_notice on notice_answers (notice_id);

do $$
declare each text;
begin
    foreach each in array array['notice_runs', 'notice_run_items', 'notice_run_commits',
        'notice_run_ends', 'delinquent_notices', 'notice_run_outcomes', 'notice_answers'] loop
        execute format('create trigger append_only before update or delete or truncate on %I'
            ' for each statement execute function refuse_change()', each);
    end loop;
end
$$;
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
