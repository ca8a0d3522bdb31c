"""What paying all of a bill lets off is kept with its quote: who pays that pays no part."""

from alembic import op

from taxkit.migrate import run_script

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

_SQL = """
alter table quoted add column discount_cents bigint not null default 0;
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
