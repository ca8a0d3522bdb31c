"""Credits that a roll claims for its parcels, and what each took off a bill's tax."""

from alembic import op

from taxkit.migrate import run_script

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_SQL = """
-- By code, with what the roll says of each: {"reduction": {"ratio": "0.313725"}}.
alter table parcels add column credits jsonb;
-- [{code, amount_cents}] in the law's order, each with what the roll said of it.
alter table bills add column credits jsonb;
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
