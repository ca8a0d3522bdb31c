"""Sealed reports, and the transaction that wrote each row they are made of."""

from alembic import op

from reportkit.migrate import create_report_runs, stamp_rows

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

# Lines and tenders are written with their receipts: a receipt's stamp is theirs.
_STAMPED = ("receipts", "reversals", "receipt_marks", "session_recounts", "deposits")


def upgrade() -> None:
    for table in _STAMPED:
        stamp_rows(op.get_bind(), table)
    create_report_runs(op.get_bind())
