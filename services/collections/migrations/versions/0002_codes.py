"""Read copies of bill codes: what each says, and which are on which bill."""

from alembic import op

from taxkit.migrate import run_script

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_SQL = """
create table code_settings (
    code text primary key,
    switches text[] not null,
    delinquent_notices text not null
);
-- Codes on the bill itself, whole; the last one set last.
create table bill_codes (
    bill_id uuid primary key,
    codes text[] not null,
    sequence bigint not null
);
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
