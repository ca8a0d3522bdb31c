"""How far a parcel's value may rise, as its roll or a change of its value told it last."""

from alembic import op

from taxkit.migrate import run_script

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

_SQL = """
-- [{"code", "base_dollars", "added_dollars"}]; null where nobody told a cap.
alter table parcels add column value_caps jsonb;
-- All the parcel has from then on; null where nothing was said of them.
alter table value_changes add column value_caps jsonb;
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
