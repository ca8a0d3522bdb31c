"""What is paid of a bill is rewritten where it stands."""

from alembic import op

from taxkit.migrate import run_script

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

_SQL = """
-- Each payment rewrites its row: the room there was is used up before it can be used again.
alter table bill_payments set (fillfactor = 70);
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
