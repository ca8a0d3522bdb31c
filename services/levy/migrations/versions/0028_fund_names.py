"""What agencies call their funds, by year."""

from alembic import op

from taxkit.migrate import run_script

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

_SQL = """
-- As the year's rolls bring them: one name a fund.
create table fund_names (
    tax_year integer not null,
    agency_code text not null,
    fund_code text not null,
    fund_name text not null,
    primary key (tax_year, agency_code, fund_code)
);
create trigger append_only before update or delete or truncate on fund_names
    for each statement execute function refuse_change();
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
