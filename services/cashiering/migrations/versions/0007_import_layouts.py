"""Layouts as data, and import runs in three steps under a policy."""

from alembic import op

from taxkit.migrate import run_script

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_SQL = """
-- A layout is never changed: a new version holds from its day on.
create table import_layouts (
    layout_id uuid primary key,
    name text not null,
    effective_on date not null,
    document text not null,
    added_by text not null,
    trace_id uuid not null,
    recorded_at timestamptz not null,
    unique (name, effective_on)
);
create trigger import_layouts_append_only before update or delete on import_layouts
    for each row execute function refuse_change();
create trigger import_layouts_no_truncate before truncate on import_layouts
    for each statement execute function refuse_change();

alter table import_runs
    add column policy text not null default 'park'
        check (policy in ('park', 'all_or_nothing', 'dry_run')),
    add column source text not null default '',
    -- Whether money that names no bill waits in suspense; otherwise its line is rejected.
    add column suspense boolean not null default true,
    add column till_code text not null default '',
    add column business_date date,
    add column effective_on date,
    drop constraint import_runs_state_check,
    add constraint import_runs_state_check check (state in ('prepared', 'validated', 'committing',
        'committed', 'rejected', 'checked', 'abandoned'));
drop index import_runs_file;
create unique index import_runs_file on import_runs (file_sha256)
    where state not in ('rejected', 'checked', 'abandoned');

alter table import_lines
    add column kind text not null default 'bill' check (kind in ('bill', 'misc')),
    add column tender_type text not null default '',
    add column tender_reference text not null default '',
    add column lender_code text not null default '',
    add column source_code text not null default '',
    add column fields jsonb not null default '{}',
    -- What the bill owed when the line was judged.
    add column open_cents bigint;
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
