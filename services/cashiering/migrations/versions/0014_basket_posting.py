"""A basket ends with its receipt, which is posted under the basket's own key."""

from alembic import op

from taxkit.migrate import run_script

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_SQL = """
alter table baskets
    add column post_key uuid not null default gen_random_uuid(),
    add column claim text not null default '',
    add column receipt_id uuid,
    add column receipt_number text not null default '',
    drop constraint baskets_state_check,
    add constraint baskets_state_check
        check (state in ('open', 'paused', 'posting', 'posted', 'closed')),
    add constraint baskets_posted check ((state = 'posted') = (receipt_id is not null));
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
