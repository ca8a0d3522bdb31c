"""Fees by the bill that bears them: a property's are those of the bills that are on it now."""

from taxkit import online

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    online.index("fees", "fees_of_bill", "(bill_id)")
