"""Read copies of levy's register: who has to do with a parcel, and what lenders' codes mean."""

from alembic import op

from taxkit.migrate import run_script

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

_SQL = """
-- What levy last told of a parcel: its parties as (role, name, email, lender's code), in order.
create table parcel_parties (
    parcel_number text primary key,
    version integer not null check (version >= 1),
    ain text not null,
    parties jsonb not null,
    primary_owner jsonb
) with (fillfactor = 85);
create index parcel_parties_of_ain on parcel_parties (ain) where ain <> '';

-- Of a lender that levy's register has, its version there; null of one recorded here.
alter table lenders add column register_version integer check (register_version >= 1);
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
