"""Which supplement of its year last made or changed a bill: levy's to say, kept here."""

from alembic import op

from taxkit.migrate import run_script

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

_SQL = """
create table bill_supplements (
    bill_id uuid primary key,
    bill_version integer not null,
    supplement_number integer not null check (supplement_number >= 1)
);
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
