"""The inbox without an index that finding its old rows does not need any more."""

from alembic import op

from taxkit.migrate import create_infrastructure

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_infrastructure(op.get_bind(), version=3)
