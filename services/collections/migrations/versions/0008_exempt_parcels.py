"""What a parcel is, and which exemptions it has, as levy's register told last (COLL-009)."""

from alembic import op

from taxkit.migrate import run_script

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_SQL = """
-- Of parcels told of before this was kept: nothing that could exempt them.
alter table owners add column property_type text not null default '';
alter table owners add column exemption_codes jsonb not null default '[]';
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
