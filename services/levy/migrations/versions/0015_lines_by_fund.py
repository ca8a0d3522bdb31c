"""Agencies that are billed by fund: a rate and a line of a bill for each of their funds."""

from alembic import op

from taxkit.migrate import run_script

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_SQL = """
alter table bill_lines add column fund_code text not null default '';
alter table rates add column fund_code text not null default '';
-- A tax code has a rate of each agency, or of each of its funds.
create unique index rates_by_fund on rates (tax_year, tax_code, agency_code, fund_code);
alter table rates drop constraint rates_pkey;
alter table rates add primary key using index rates_by_fund;
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
