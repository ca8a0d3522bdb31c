"""Parcel numbers that were retired, each with the one that took its place."""

from alembic import op

from taxkit.migrate import run_script

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_SQL = """
-- A number is retired once; the command sees to it that no chain closes.
create table parcel_successors (
    parcel_number text primary key,
    successor_number text not null check (successor_number <> parcel_number),
    retired_on date not null,
    reason text not null check (reason <> ''),
    retired_by text not null,
    trace_id uuid not null,
    recorded_at timestamptz not null
);
create index parcel_successors_of on parcel_successors (successor_number);
create trigger append_only before update or delete or truncate on parcel_successors
    for each statement execute function refuse_change();
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
