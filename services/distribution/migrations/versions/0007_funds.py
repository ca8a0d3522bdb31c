"""What the ledger applied to an agency's fund, where bills have lines by fund."""

from alembic import op

from taxkit.migrate import run_script

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_SQL = """
-- "agency/fund", or "/" for a bill's lines of no fund; empty where the ledger does not say.
alter table allocations add column fund text not null default '';
create unique index allocations_by_fund
    on allocations (posting_id, receipt_id, charge_type, fund);
alter table allocations drop constraint allocations_pkey;
alter table allocations add primary key using index allocations_by_fund;
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
