"""Facts that put a bill in half pay, or take it out."""

from alembic import op

from taxkit.migrate import run_script

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

# Wider than before: a release that knows only the former kinds goes on as it did.
_SQL = """
alter table facts
    drop constraint facts_kind_known,
    drop constraint facts_body_known,
    add constraint facts_kind_known check (kind in ('issue', 'payment', 'reversal', 'correction',
        'default', 'transfer', 'fee', 'waiver', 'lock_lifted', 'reallocation', 'grace', 'draw',
        'code_set', 'code_lifted', 'agency_holding', 'deferral', 'deferral_ended',
        'discount_granted', 'discount_reversed', 'half_pay_set', 'half_pay_removed')),
    add constraint facts_body_known check (body is not null
        or kind not in ('issue', 'correction', 'transfer', 'fee', 'waiver', 'draw', 'code_set',
            'code_lifted', 'agency_holding', 'deferral', 'deferral_ended', 'discount_granted',
            'discount_reversed', 'half_pay_set'));
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
