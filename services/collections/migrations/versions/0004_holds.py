"""Collection holds on parcels: placed and released, and never changed."""

from alembic import op

from taxkit.migrate import run_script

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_SQL = """
create table holds (
    hold_id uuid primary key,
    parcel_number text not null,
    kind text not null,
    reason text not null,
    authority text not null,
    begins_on date not null,
    ends_on date check (ends_on >= begins_on),
    placed_by text not null,
    recorded_at timestamptz not null
);
create index holds_parcel on holds (parcel_number);
create table hold_releases (
    hold_id uuid primary key references holds,
    released_on date not null,
    reason text not null,
    released_by text not null,
    recorded_at timestamptz not null
);
create trigger append_only before update or delete or truncate on holds
    for each statement execute function refuse_change();
create trigger append_only before update or delete or truncate on hold_releases
    for each statement execute function refuse_change();
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
