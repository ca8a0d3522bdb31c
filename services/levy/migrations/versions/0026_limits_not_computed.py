"""That certified levies were held against no limit, and why, as the pack says it."""

from alembic import op

from taxkit.migrate import run_script

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

_SQL = """
-- Empty where they were held against the law.
alter table levy_certificates add column limits_not_computed text not null default '';
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
