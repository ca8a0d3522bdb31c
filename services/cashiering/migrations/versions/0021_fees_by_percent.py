"""Sources that cost a percentage of what is named, as paying by card does."""

from alembic import op

from taxkit.migrate import run_script

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_SQL = """
alter table sources drop constraint sources_amount_mode_check;
alter table sources add constraint sources_amount_mode_check
    check (amount_mode in ('flat', 'entered', 'several', 'per_unit', 'percent'));
alter table sources add column percent numeric check (percent > 0 and percent <= 100);
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
