"""Bills may be on another parcel than the one they were issued for."""

from alembic import op

from taxkit.migrate import run_script

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_SQL = """
-- Where levy moved a bill; perhaps told before its issue, which then looks here.
create table bill_moves (
    bill_id uuid not null references bills,
    bill_version integer not null,
    parcel_number text not null,
    owner_name text not null,
    owner_email text,
    moved_on date not null,
    recorded_at timestamptz not null,
    primary key (bill_id, bill_version)
);
create trigger append_only before update or delete or truncate on bill_moves
    for each statement execute function append_only();
-- The newest of them that counts; 0 while there is none.
alter table bills add column moved_version integer not null default 0;
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
