"""What tills and cashiers may take, own and default sessions, series of numbers, the trail."""

from alembic import op

from taxkit.migrate import run_script

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# A list that is null limits nothing; forfeiture alone has to be listed, on till and cashier both.
_SQL = """
alter table tills add column name text not null default '';
alter table tills add column payment_types text[];
alter table tills add column misc_sources text[];

create table cashier_takes (
    cashier text primary key,
    payment_types text[],
    misc_sources text[]
);

alter table sessions add column is_default boolean not null default false;
create unique index sessions_one_default on sessions (cashier) where is_default and is_open;
create index sessions_own on sessions (cashier) where is_open;

-- Where the numbering of a session stopped for an effective date it has left.
create table session_series (
    session_id uuid not null references sessions,
    effective_on date not null,
    receipt_count integer not null check (receipt_count >= 0),
    primary key (session_id, effective_on)
);

-- Who changed what tills, cashiers, sessions and sources are set to.
create table setup_changes (
    change_id uuid primary key,
    subject text not null,
    before jsonb,
    after jsonb not null,
    changed_by text not null,
    recorded_at timestamptz not null
);
create index setup_changes_subject on setup_changes (subject);
create trigger setup_changes_append_only before update or delete on setup_changes
    for each row execute function refuse_change();
create trigger setup_changes_no_truncate before truncate on setup_changes
    for each statement execute function refuse_change();
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
