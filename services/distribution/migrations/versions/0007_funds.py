"""What the ledger applied to an agency's fund, where bills have lines by fund."""

from alembic import op

from taxkit import online
from taxkit.migrate import run_script

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_SQL = """
-- "agency/fund", or "/" for a bill's lines of no fund; empty where the ledger does not say.
alter table allocations add column if not exists fund text not null default '';
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
    online.primary_key(
        "allocations", "allocations_by_fund", "posting_id, receipt_id, charge_type, fund"
    )
