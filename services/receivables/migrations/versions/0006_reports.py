"""Sealed reports, and the transaction that wrote each row they are made of."""

from alembic import op

from reportkit.migrate import create_report_runs, stamp_rows
from taxkit.migrate import run_script

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# Held money is a small part of the ledger, and reports ask for all of it.
_SQL = """
create index ledger_entries_held on ledger_entries (fact_id) include (ledger_account, amount_cents)
    where ledger_account in ('surplus_liability', 'surplus_paid_out', 'suspense_liability',
        'suspense_paid_out');
"""


def upgrade() -> None:
    stamp_rows(op.get_bind(), "facts")
    stamp_rows(op.get_bind(), "postings")
    create_report_runs(op.get_bind())
    run_script(op.get_bind(), _SQL)
