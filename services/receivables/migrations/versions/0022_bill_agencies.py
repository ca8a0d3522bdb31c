"""Which agencies have a part of a bill: codes are put on bills by it."""

from alembic import op

from taxkit.migrate import run_script

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_SQL = """
-- As levy told it with the bill's newest version; a bill told of before that has no row.
create table bill_agencies (
    bill_id uuid primary key,
    bill_version integer not null,
    agencies text[] not null
);
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
