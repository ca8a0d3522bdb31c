"""Mass updates that carried codes from one year's bills to the next's."""

from alembic import op

from taxkit.migrate import run_script

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_SQL = """
create table code_runs (
    run_id uuid primary key,
    codes text[] not null,
    tax_year integer not null,
    comment text not null,
    run_by text not null,
    recorded_at timestamptz not null,
    candidates integer not null,
    dropped integer not null,
    -- Bills that bore several of the codes, and on how many of them nobody said which counts.
    several integer not null,
    coded integer not null
);
create trigger append_only before update or delete or truncate on code_runs
    for each statement execute function append_only();
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
