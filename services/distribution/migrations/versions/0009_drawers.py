"""What a drawer said it took, to hold its receipts against."""

from alembic import op

from taxkit.migrate import run_script

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_SQL = """
-- Unknown for sessions closed before: those are not compared.
alter table closed_sessions add column total_cents bigint;
create index closed_sessions_day on closed_sessions (business_date);
-- A receipt taken back after its session was closed is still in that session's total.
alter table receipts add column reversed_after_close boolean not null default false;
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
