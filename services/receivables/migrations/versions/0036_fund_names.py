"""What agencies call their funds, as levy tells it."""

from alembic import op

from taxkit.migrate import run_script

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

_SQL = """
-- A fund as the ledger's rows name it: "agency/fund".
create table fund_names (
    subcode text primary key,
    fund_name text not null
);
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
