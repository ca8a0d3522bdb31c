"""What every service has: outbox, inbox, parked messages."""

from alembic import op

from taxkit.migrate import create_infrastructure

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_infrastructure(op.get_bind())


def downgrade() -> None:
    raise NotImplementedError("forward only")
