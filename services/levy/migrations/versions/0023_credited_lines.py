"""What credits took off each line, so that a bill can show its lines before them."""

from alembic import op

from taxkit.migrate import run_script

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_SQL = """
-- Of bills issued before it was kept, nothing: their credits lowered all lines by the rates.
alter table bill_lines add column credited_cents bigint not null default 0;
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
