"""Parcels in tax-increment districts are billed in two parts."""

from alembic import op

from taxkit.migrate import run_script

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_SQL = """
alter table parcels add column frozen_value_dollars bigint check (frozen_value_dollars >= 0);
alter table bills add column part text not null default 'whole'
    check (part in ('whole', 'base', 'increment'));
drop index bills_of_year;
create unique index bills_of_year on bills (tax_year, parcel_number, part, bill_version);
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
