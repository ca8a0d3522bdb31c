"""Holds are found by their parcels, and exceptions somebody settled ask for no money any more."""

from alembic import op

from taxkit import online
from taxkit.migrate import run_script

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_SQL = """
create or replace view exception_states as
select x.*, coalesce(e.note, '') as note, coalesce(e.settled_by, '') as settled_by,
    case when e.exception_id is not null then 'settled'
        when m.open_cents = 0 then 'worked' else 'open' end as state
from exceptions x left join exception_ends e using (exception_id)
left join lateral (
    select sum(open_cents) as open_cents from waiting_money
    where receipt_id = x.receipt_id and e.exception_id is null
) m on true;
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
    # In the collation that bills have: one of another could not be used to find a bill's parcel,
    # and all holds were read for each bill.
    online.index("holds", "holds_of_bills", '(parcel_number collate "C")')
