"""A line whose money is to wait knows its receipt before it is written: it is told with it."""

from alembic import op

from taxkit.migrate import run_script

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

_SQL = """
alter table import_lines add column waiting_receipt_id uuid;
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
