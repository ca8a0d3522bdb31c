"""Assessments that were divided with their parcels."""

from alembic import op

from taxkit.migrate import run_script

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

_SQL = """
create table special_divisions (
    assessment_id uuid not null references special_assessments,
    new_assessment_id uuid primary key references special_assessments
);
create index special_divisions_of on special_divisions (assessment_id);
create trigger append_only before update or delete or truncate on special_divisions
    for each statement execute function refuse_change();
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
