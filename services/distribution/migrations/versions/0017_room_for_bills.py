"""What a bill has been shared of is rewritten where it stands."""

from alembic import op

from taxkit.migrate import run_script

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_SQL = """
-- Each payment rewrites its bill: with room beside it, without a new place in the index.
alter table bills set (fillfactor = 70);
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
