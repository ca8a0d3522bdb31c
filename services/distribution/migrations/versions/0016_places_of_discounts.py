"""Which place a discount fills in its bill's stream; none of what was entered before."""

from alembic import op

from taxkit import online
from taxkit.migrate import run_script

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_script(
        op.get_bind(), "alter table discount_entries add column if not exists sequence bigint"
    )
    online.index(
        "discount_entries",
        "discount_entries_place",
        "(bill_id, sequence, charge_type)",
        unique=True,
    )
