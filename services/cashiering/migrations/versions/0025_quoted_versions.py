"""Lines of files quote the version of the bill they were prepared for."""

from alembic import op

from taxkit.migrate import run_script

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_SQL = """
-- What the line was prepared for: kept when it is judged again, so that a bill that has changed
-- since is seen. Empty for lines of runs from before, and while no bill is known.
alter table import_lines
    add column quoted_bill_id uuid,
    add column quoted_version integer;
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
