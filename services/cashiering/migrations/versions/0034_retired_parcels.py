"""Read copy of levy's retired parcel numbers, each with what is in its place today."""

from alembic import op

from taxkit.migrate import run_script

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

_SQL = """
create table retired_parcels (
    parcel_number text primary key,
    successor_number text not null,
    -- The end of its chain: the successor, or what took that one's place.
    current_number text not null,
    retired_on date not null
);
create index retired_parcels_now on retired_parcels (current_number);
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
