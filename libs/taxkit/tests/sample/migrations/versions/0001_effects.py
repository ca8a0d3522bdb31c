"""The kit's own tables, and one row for every time an event had its effect."""

from alembic import op

from taxkit.migrate import create_infrastructure, run_script

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_SQL = """
create table effects (
    id bigint generated always as identity primary key,
    handler text not null,
    subject text not null,
    sequence bigint not null,
    note text not null
);
"""


def upgrade() -> None:
    create_infrastructure(op.get_bind())
    run_script(op.get_bind(), _SQL)
