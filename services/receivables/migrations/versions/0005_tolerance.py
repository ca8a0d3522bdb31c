"""What counters let go or keep has an account, and postings beside those of the payments."""

from alembic import op

from taxkit.migrate import run_script

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_SQL = """
alter table postings
    drop constraint postings_kind_known,
    add constraint postings_kind_known check (kind in ('issue', 'payment', 'reversal',
        'reallocation', 'correction', 'default', 'transfer', 'fee', 'waiver', 'grace', 'draw',
        'tolerance'));
alter table ledger_entries
    drop constraint ledger_entries_ledger_account_check,
    add constraint ledger_entries_ledger_account_check check (ledger_account in ('cash_clearing',
        'taxes_receivable', 'levy_control', 'interest_income', 'penalty_income', 'fee_income',
        'surplus_liability', 'suspense_liability', 'surplus_paid_out', 'suspense_paid_out',
        'shortfall_receivable', 'tolerance'));

-- A fact still has its effect once; what was let go with it is posted beside it, once too.
drop index postings_once;
create unique index postings_once on postings (cause_fact_id)
    where kind not in ('reallocation', 'tolerance');
create unique index postings_tolerance_once on postings (cause_fact_id) where kind = 'tolerance';
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
