"""Shares of penalty and fees, and whatever moved the money receivables tells of."""

from alembic import op

from taxkit.migrate import run_script

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# Wider than before: a release that knows only the first kinds goes on as it did.
_SQL = """
alter table allocations
    drop constraint allocations_charge_type_check,
    drop constraint allocations_kind_check,
    add constraint allocations_charge_type_check
        check (charge_type in ('tax', 'interest', 'penalty', 'fee'));
alter table share_entries
    drop constraint share_entries_charge_type_check,
    drop constraint share_entries_kind_check,
    add constraint share_entries_charge_type_check
        check (charge_type in ('tax', 'interest', 'penalty', 'fee'));
create index share_entries_others on share_entries (bill_id)
    where charge_type in ('penalty', 'fee');
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
