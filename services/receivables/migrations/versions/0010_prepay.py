"""Pre-payment: parcels that share what is paid ahead."""

from alembic import op

from taxkit.migrate import run_script

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_SQL = """
create table prepays (
    prepay_number text primary key,
    name text not null,
    opened_by text not null,
    recorded_at timestamptz not null
);
create table prepay_parcels (
    parcel_number text primary key,
    prepay_number text not null references prepays
);
create index prepay_parcels_number on prepay_parcels (prepay_number);
create index held_items_prepaid on held_items (advance_type, item_id)
    where state = 'open' and advance_type <> '';
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
