"""A notice may be about a bill instead of a receipt."""

from alembic import op

from taxkit.migrate import run_script

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_SQL = """
alter table notices
    alter column receipt_id drop not null,
    add column bill_id uuid,
    add constraint notices_about_check check (num_nonnulls(receipt_id, bill_id) = 1);
create index notices_bill on notices (bill_id, sequence) where bill_id is not null;
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
