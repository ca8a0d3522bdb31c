"""Plans end when an installment is missed: a state of its own."""

from alembic import op

from taxkit.migrate import run_script

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_SQL = """
alter table plans drop constraint plans_status_check;
alter table plans add constraint plans_status_check check (
    status in ('pending', 'active', 'void', 'fulfilled', 'paid', 'defaulted')) not valid;
alter table plans validate constraint plans_status_check;
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
