"""How far a parcel's value may rise after a supplement's event, where that changed it."""

from alembic import op

from taxkit.migrate import run_script

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

_SQL = """
-- [{"code", "base_dollars", "added_dollars"}]; null where it is what the parcel had before.
alter table supplement_items add column value_caps jsonb;
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
