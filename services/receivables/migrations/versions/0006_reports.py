"""Sealed reports, and the transaction that wrote each row they are made of."""

from alembic import op

from reportkit.migrate import create_report_runs, stamp_rows

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    stamp_rows(op.get_bind(), "facts")
    stamp_rows(op.get_bind(), "postings")
    create_report_runs(op.get_bind())
