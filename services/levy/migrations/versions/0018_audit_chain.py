"""A chain over what is append-only, and what finding old events costs."""

from alembic import op

from taxkit.migrate import create_infrastructure

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_infrastructure(op.get_bind(), version=2)
