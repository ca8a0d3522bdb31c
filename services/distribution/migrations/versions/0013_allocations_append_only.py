"""What receivables applied stays as it was told: of a row only `shared` may change."""

from alembic import op

from taxkit.migrate import run_script

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

# Two triggers: a chain over rows (taxkit.audit) is for those of which nothing may change.
_SQL = """
create trigger allocations_only_shared before update of posting_id, receipt_id, charge_type,
    caused_by, bill_id, sequence, kind, business_date, tax_year, amount_cents, fund
    on allocations for each statement execute function refuse_fund_change();
create trigger allocations_append_only before delete or truncate on allocations
    for each statement execute function refuse_fund_change();
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
