"""Custom receipts chosen with a payment, and jobs that print many receipts."""

from alembic import op

from taxkit.migrate import run_script

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_SQL = """
alter table receipt_handling add column custom_receipts jsonb not null default '[]';

-- A job, its parts, and what became of each: a part is tried once, and says why it failed.
create table print_jobs (
    job_id uuid primary key,
    from_on date not null,
    to_on date not null check (to_on >= from_on),
    custom_receipt text not null,
    asked_by text not null,
    recorded_at timestamptz not null
);
create table print_parts (
    job_id uuid not null references print_jobs,
    session_id uuid not null references sessions,
    primary key (job_id, session_id)
);
create table print_outcomes (
    job_id uuid not null,
    session_id uuid not null,
    run_id uuid references report_runs,
    rows bigint not null,
    reason text not null check ((reason = '') = (run_id is not null)),
    done_at timestamptz not null,
    primary key (job_id, session_id),
    foreign key (job_id, session_id) references print_parts
);
-- Of one receipt: how often it was printed.
create index report_runs_receipt on report_runs ((parameters ->> 'receipt_number'))
    where parameters ? 'receipt_number';
"""
_APPEND_ONLY = ("print_jobs", "print_parts", "print_outcomes")


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
    for table in _APPEND_ONLY:
        run_script(
            op.get_bind(),
            f"create trigger {table}_append_only before update or delete or truncate on {table}"
            " for each statement execute function refuse_change()",
        )
