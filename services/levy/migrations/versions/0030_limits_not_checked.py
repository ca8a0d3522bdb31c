"""What of the law of limits certified levies were not held against, as the pack says it."""

from alembic import op

from taxkit.migrate import run_script

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

_SQL = """
-- Beside limits that were computed; empty where the pack names none besides.
alter table levy_certificates add column limits_not_checked text not null default '';
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
