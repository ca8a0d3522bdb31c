"""What each further version of a bill was issued for."""

from alembic import op

from taxkit.migrate import run_script

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_SQL = """
create table bill_corrections (
    bill_id uuid not null,
    -- The version the correction made; the one before it is what it corrected.
    bill_version integer not null check (bill_version >= 2),
    corrected_on date not null,
    reason text not null check (reason <> ''),
    corrected_by text not null,
    pack_version text not null,
    rule_ids text[] not null,
    trace_id uuid not null,
    recorded_at timestamptz not null,
    primary key (bill_id, bill_version),
    foreign key (bill_id, bill_version) references bills
);
create trigger bill_corrections_append_only before update or delete or truncate on bill_corrections
    for each statement execute function refuse_change();
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
