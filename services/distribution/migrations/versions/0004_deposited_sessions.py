"""Sessions whose money is at the bank: it may be paid out once the drawer was counted as well."""

from alembic import op

from taxkit.migrate import run_script

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_SQL = """
create table deposited_sessions (
    session_id uuid primary key,
    deposit_id uuid not null,
    deposited_on date not null
);
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
