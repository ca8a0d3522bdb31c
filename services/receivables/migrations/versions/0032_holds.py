"""Collection holds, as collections tells of them."""

from alembic import op

from taxkit.migrate import run_script

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

_SQL = """
create table holds (
    hold_id uuid primary key,
    parcel_number text not null,
    kind text not null,
    -- None while only its release was told.
    begins_on date,
    ends_on date,
    released_on date
);
create index holds_parcel on holds (parcel_number);
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
