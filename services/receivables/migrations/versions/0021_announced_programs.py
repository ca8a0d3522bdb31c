"""Discount programs as they were told to others."""

from alembic import op

from taxkit.migrate import run_script

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_SQL = """
create table announced_programs (
    tax_year integer not null,
    program text not null,
    sequence bigint not null check (sequence > 0),
    told jsonb not null,
    announced_at timestamptz not null default clock_timestamp(),
    primary key (tax_year, program, sequence)
);
create trigger append_only before update or delete or truncate on announced_programs
    for each statement execute function append_only();
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
