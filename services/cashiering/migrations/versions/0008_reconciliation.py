"""Second counts, checks entered, deposits: all append-only."""

from alembic import op

from taxkit.migrate import run_script

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_TABLES = """
create table session_recounts (
    session_id uuid primary key references sessions,
    counts jsonb not null,
    over_short_cents bigint not null,
    difference_cents bigint not null,
    note text not null,
    recounted_by text not null,
    recorded_at timestamptz not null
);

create table check_entries (
    entry_id uuid primary key,
    session_id uuid not null references sessions,
    check_number text not null,
    amount_cents bigint not null check (amount_cents > 0),
    entered_by text not null,
    recorded_at timestamptz not null
);
create index check_entries_session on check_entries (session_id);

create table check_withdrawals (
    entry_id uuid primary key references check_entries,
    reason text not null,
    withdrawn_by text not null,
    recorded_at timestamptz not null
);

create table deposits (
    deposit_id uuid primary key,
    deposited_on date not null,
    place integer not null,
    bank_reference text not null,
    total_cents bigint not null check (total_cents >= 0),
    made_by text not null,
    trace_id uuid not null,
    recorded_at timestamptz not null,
    -- Deposits of a day are numbered without gaps.
    unique (deposited_on, place)
);

-- A session's money goes to the bank once.
create table deposit_sessions (
    session_id uuid primary key references sessions,
    deposit_id uuid not null references deposits,
    total_cents bigint not null
);
create index deposit_sessions_deposit on deposit_sessions (deposit_id);

create table deposit_tenders (
    deposit_id uuid not null references deposits,
    tender_type text not null,
    amount_cents bigint not null check (amount_cents >= 0),
    primary key (deposit_id, tender_type)
);

create index sessions_day on sessions (business_date);
"""
_KEPT = (
    "session_recounts",
    "check_entries",
    "check_withdrawals",
    "deposits",
    "deposit_sessions",
    "deposit_tenders",
)


def upgrade() -> None:
    triggers = "".join(
        f"create trigger {table}_append_only before update or delete on {table}"
        " for each row execute function refuse_change();\n"
        f"create trigger {table}_no_truncate before truncate on {table}"
        " for each statement execute function refuse_change();\n"
        for table in _KEPT
    )
    run_script(op.get_bind(), _TABLES + triggers)
