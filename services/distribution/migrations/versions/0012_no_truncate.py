"""What agencies were credited with is not emptied either: a row's trigger never sees a truncate."""

from alembic import op

from taxkit.migrate import run_script

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_TRIGGERS = {
    "share_entries": "refuse_change",
    "fund_entries": "refuse_fund_change",
    "discount_entries": "refuse_fund_change",
    "credit_claims": "refuse_fund_change",
    "credit_payments": "refuse_fund_change",
    "credit_payment_shares": "refuse_fund_change",
}


def upgrade() -> None:
    for table, refusal in _TRIGGERS.items():
        run_script(
            op.get_bind(),
            f"create trigger {table}_no_truncate before truncate on {table}"
            f" for each statement execute function {refusal}()",
        )
