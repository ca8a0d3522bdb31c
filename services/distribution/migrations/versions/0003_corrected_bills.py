"""Of which version of its bill the lines are."""

from alembic import op

from taxkit.migrate import run_script

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_script(
        op.get_bind(), "alter table bills add column bill_version integer not null default 1"
    )
