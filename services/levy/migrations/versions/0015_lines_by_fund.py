"""Agencies that are billed by fund: a rate and a line of a bill for each of their funds."""

from alembic import op

from taxkit import online
from taxkit.migrate import run_script

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_SQL = """
alter table bill_lines add column if not exists fund_code text not null default '';
alter table rates add column if not exists fund_code text not null default '';
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
    # A tax code has a rate of each agency, or of each of its funds.
    online.primary_key("rates", "rates_by_fund", "tax_year, tax_code, agency_code, fund_code")
