"""Lenders whose code fills in the payer; the payments of a bill by its id."""

from alembic import op

from taxkit.migrate import run_script

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_SQL = """
create table lenders (
    lender_code text primary key,
    name text not null,
    email text
);

-- Which payments a bill had, for baskets that are back-dated.
create index receipt_lines_bill on receipt_lines (bill_id) where bill_id is not null;
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
