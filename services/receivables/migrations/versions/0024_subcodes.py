"""Whose tax a row of the ledger is, where a bill has lines by fund (RECV-001)."""

from alembic import op

from taxkit.migrate import run_script

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_SQL = """
-- "agency/fund", or "/" for a bill's lines of no fund; empty on bills without funds.
alter table ledger_entries add column subcode text not null default '';
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
