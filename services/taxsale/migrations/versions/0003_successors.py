"""Parcel numbers that levy retired, each with the one that took its place."""

from alembic import op

from taxkit.migrate import run_script

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_SQL = """
create table parcel_successors (
    parcel_number text primary key,
    successor_number text not null check (successor_number <> parcel_number),
    retired_on date not null,
    reason text not null
);
create index parcel_successors_of on parcel_successors (successor_number);
create trigger parcel_successors_append_only before update or delete or truncate
    on parcel_successors for each statement execute function refuse_change();
create index bills_of_parcel on bills (parcel_number) where open_cents > 0;
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
