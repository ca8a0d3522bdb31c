"""Until when what a correction asks for is free of penalty (LEVY-005)."""

from alembic import op

from taxkit.migrate import run_script

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

_SQL = """
-- None where the law grants no such days, and of corrections of before this was kept.
alter table bill_corrections add column grace_ends_on date;
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
