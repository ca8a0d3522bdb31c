"""Whose a bill was and where, so that a listing read again names it as the run did."""

from alembic import op

from reportkit.migrate import stamp_rows
from taxkit.migrate import run_script

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

_SQL = """
-- What a correction or a move has written over; of most bills there is nothing.
create table former_names (
    bill_id uuid not null references bills,
    -- In the order of the changes: a bill is locked while one is written.
    number bigint generated always as identity,
    parcel_number text not null,
    owner_name text not null,
    primary key (bill_id, number)
);
create trigger append_only before update or delete or truncate on former_names
    for each statement execute function append_only();
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
    stamp_rows(op.get_bind(), "former_names")
