"""The transaction that wrote each move, so that a report read again finds bills where they were."""

from alembic import op

from reportkit.migrate import stamp_rows

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    stamp_rows(op.get_bind(), "bill_moves")
