"""Who paid with a receipt, and whether they want no word of surplus (NOTI-003)."""

from alembic import op

from taxkit.migrate import run_script

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

# Receipts from before have no name here: their owner's is told instead.
_SQL = """
alter table receipts add column payer_name text not null default '';
alter table receipts add column payer_email text;
alter table receipts add column surplus_notice_suppressed boolean not null default false;
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
