"""An installment of a plan may be paid again once its money was taken back."""

from alembic import op

from taxkit.migrate import run_script

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_SQL = """
alter table plan_payments drop constraint plan_payments_pkey;
alter table plan_payments add primary key (plan_id, number, kind, receipt_id, recorded_at);
create index plan_payments_receipt on plan_payments (receipt_id);
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
