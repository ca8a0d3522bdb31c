"""Read copy of collections' holds, of which a cashier is told."""

from alembic import op

from taxkit.migrate import run_script

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

_SQL = """
create table collection_holds (
    hold_id uuid primary key,
    parcel_number text not null,
    kind text not null,
    reason text not null default '',
    authority text not null default '',
    -- None while only its release was told.
    begins_on date,
    ends_on date,
    released_on date
);
create index collection_holds_parcel on collection_holds (parcel_number);
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
