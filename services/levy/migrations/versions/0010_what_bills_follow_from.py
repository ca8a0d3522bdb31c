"""What bills follow from: units of rates, shares of districts, steps of a value, direct charges."""

from alembic import op

from taxkit.migrate import run_script

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_SQL = """
-- What one step of its rates is. Columns named for thousandths of a percent hold whole steps of
-- this unit; of the rolls there are, that is what they are.
alter table rolls add column rate_unit text not null default 'percent/3';
alter table rolls add column mailed_on date;
alter table rates drop constraint rates_rate_thousandths_check;
alter table rates add constraint rates_rate_check check (rate_thousandths >= 0);

-- Of a parcel in a tax-increment district, the fund's share of its tax.
alter table parcels add column increment_share numeric(10, 9)
    check (increment_share between 0 and 1);
-- [name, dollars] of every step from the roll's value to the net value.
alter table parcels add column value_steps jsonb;
-- [{agency_code, amount_cents}]: the parcel's direct charges.
alter table parcels add column charges jsonb;

-- Since when it is due, where the law names a day before the last one without penalty.
alter table installments add column payable_on date;
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
