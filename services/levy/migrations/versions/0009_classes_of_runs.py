"""A levy run is of one class of bills: the law may compute each class its own way."""

from alembic import op

from taxkit.migrate import run_script

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_SQL = """
alter table levy_previews add column bill_class text not null default '';
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
