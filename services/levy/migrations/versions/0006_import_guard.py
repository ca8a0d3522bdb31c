"""Files of payments that hold bills, and changes of bills that wait for their end."""

from alembic import op

from taxkit.migrate import run_script

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_SQL = """
-- What cashiering told of its files; its end may be told before its beginning.
create table import_runs (
    run_id uuid primary key,
    file_name text not null,
    business_date date not null,
    names_its_bills boolean not null default false,
    is_open boolean not null,
    started_at timestamptz,
    finished_at timestamptz,
    finished_state text
);
create index import_runs_open on import_runs (run_id) where is_open;
create table import_run_bills (
    run_id uuid not null references import_runs,
    bill_id uuid not null,
    bill_version integer not null,
    primary key (run_id, bill_id)
);
-- A person let go of a run whose end was not told.
create table import_run_releases (
    run_id uuid primary key references import_runs,
    released_by text not null,
    reason text not null check (reason <> ''),
    trace_id uuid not null,
    recorded_at timestamptz not null
);

-- What was asked for while a run was open; it waits as long as it has no outcome.
create table held_changes (
    change_id uuid primary key,
    place bigint generated always as identity unique,
    kind text not null,
    bill_ids uuid[] not null,
    body jsonb not null,
    run_ids uuid[] not null,
    asked_by text not null,
    traceparent text not null,
    recorded_at timestamptz not null
);
-- Its key lets a change be settled once, whoever tries how often.
create table held_change_outcomes (
    change_id uuid primary key references held_changes,
    outcome text not null check (outcome in ('done', 'refused', 'withdrawn')),
    reason text not null,
    message text not null,
    settled_by text not null,
    recorded_at timestamptz not null
);
create table forced_changes (
    change_id uuid primary key references held_changes,
    run_ids uuid[] not null,
    forced_by text not null,
    reason text not null check (reason <> ''),
    trace_id uuid not null,
    recorded_at timestamptz not null
);
create trigger append_only before update or delete or truncate on import_run_releases
    for each statement execute function refuse_change();
create trigger append_only before update or delete or truncate on held_changes
    for each statement execute function refuse_change();
create trigger append_only before update or delete or truncate on held_change_outcomes
    for each statement execute function refuse_change();
create trigger append_only before update or delete or truncate on forced_changes
    for each statement execute function refuse_change();
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
