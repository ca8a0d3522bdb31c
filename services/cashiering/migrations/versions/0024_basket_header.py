"""The allocation rule that lines loaded into a basket start with."""

from alembic import op

from taxkit.migrate import run_script

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_SQL = """
alter table baskets add column rule_id text not null default '';
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
