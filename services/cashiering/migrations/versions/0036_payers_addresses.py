"""Where letters reach a receipt's payer."""

from alembic import op

from taxkit.migrate import run_script

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

_SQL = """
-- Empty where nobody told one.
alter table receipts add column payer_mailing_address text not null default '';
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
