"""What agencies call their funds, as levy tells it."""

from alembic import op

from taxkit.migrate import run_script

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_SQL = """
create table fund_names (
    agency_code text not null,
    fund_code text not null,
    fund_name text not null,
    primary key (agency_code, fund_code)
);
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
