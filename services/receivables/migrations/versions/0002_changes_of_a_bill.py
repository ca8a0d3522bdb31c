"""Facts that change a bill beside money, and what they post."""

from alembic import op

from taxkit.migrate import run_script

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# Wider than before: a release that knows only the first kinds goes on as it did.
_SQL = """
alter table facts
    drop constraint facts_kind_check,
    drop constraint facts_check1,
    drop constraint facts_check2,
    add constraint facts_kind_check check (kind in ('issue', 'payment', 'reversal', 'correction',
        'default', 'transfer', 'fee', 'waiver', 'lock_lifted', 'reallocation')),
    add constraint facts_body_check check (
        (kind in ('issue', 'correction', 'transfer', 'fee', 'waiver')) = (body is not null)),
    add constraint facts_receipt_check check (
        (kind in ('payment', 'reversal')) = (receipt_id is not null));

alter table postings
    drop constraint postings_kind_check,
    add constraint postings_kind_check check (kind in ('issue', 'payment', 'reversal',
        'reallocation', 'correction', 'default', 'transfer', 'fee', 'waiver'));

alter table ledger_entries
    add column charge_code text not null default '',
    drop constraint ledger_entries_ledger_account_check,
    add constraint ledger_entries_ledger_account_check check (ledger_account in ('cash_clearing',
        'taxes_receivable', 'levy_control', 'interest_income', 'penalty_income', 'fee_income',
        'surplus_liability', 'suspense_liability'));
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
