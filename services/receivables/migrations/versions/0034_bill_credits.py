"""What credits took off a bill before the ledger charged it, version by version."""

from alembic import op

from reportkit.migrate import stamp_rows
from taxkit.migrate import run_script

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

_SQL = """
create table bill_credits (
    bill_id uuid not null,
    bill_version integer not null,
    code text not null,
    place integer not null,
    name text not null,
    amount_cents bigint not null check (amount_cents >= 0),
    -- authorities or state
    borne_by text not null,
    -- Whether statements print it.
    as_line boolean not null,
    business_date date not null,
    effective_on date not null,
    primary key (bill_id, bill_version, code)
);
create trigger append_only before update or delete or truncate on bill_credits
    for each statement execute function append_only();
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
    stamp_rows(op.get_bind(), "bill_credits")
