"""Which part of its parcel's tax a bill is, what was taxed, and what of it are specials."""

from alembic import op

from taxkit.migrate import run_script

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_SQL = """
alter table bill_faces add column part text not null default 'whole';
-- Null where levy has not told it.
alter table bill_faces add column net_value_dollars bigint;
alter table bill_faces add column billed_cents bigint;
alter table bill_faces add column specials_cents bigint not null default 0;
-- Few: what files and coupons have to look for beside the parcel's own bill.
create index bill_faces_increment on bill_faces (bill_id) where part = 'increment';
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
