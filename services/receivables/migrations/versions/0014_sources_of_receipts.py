"""By which way a receipt's money came; empty for those kept before it was asked."""

from alembic import op

from taxkit.migrate import run_script

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_script(op.get_bind(), "alter table receipts add column source text not null default '';")
