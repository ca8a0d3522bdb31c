"""Which tax year an agency's name is of; of those from before it was kept, any year's counts."""

from alembic import op

from taxkit.migrate import run_script

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_script(
        op.get_bind(), "alter table agencies add column named_for integer not null default 0"
    )
