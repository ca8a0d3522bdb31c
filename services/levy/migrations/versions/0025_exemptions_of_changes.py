"""Which exemptions a parcel has by a change of its value, or by a supplement's event."""

from alembic import op

from taxkit.migrate import run_script

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_SQL = """
-- All it has from then on; null where nothing was said of them.
alter table value_changes add column exemptions jsonb;
alter table supplement_items add column exemptions jsonb;
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
