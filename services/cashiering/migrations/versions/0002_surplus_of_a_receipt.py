"""What of a receipt was tendered above its lines and kept."""

from alembic import op

from taxkit.migrate import run_script

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# A release that does not know the column never keeps a surplus.
_SQL = """
alter table receipts add column surplus_cents bigint not null default 0
    check (surplus_cents >= 0 and surplus_cents < total_cents);
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
