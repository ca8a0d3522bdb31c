"""What the books held of each tax year's bills, day by day, as it was told."""

from alembic import op

from taxkit.migrate import run_script

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_SQL = """
create table gl_postings (
    posted_on date not null,
    tax_year integer not null,
    sequence bigint not null,
    shared_cents bigint not null,
    primary key (tax_year, posted_on),
    unique (tax_year, sequence)
);
create index gl_postings_day on gl_postings (posted_on);
create trigger gl_postings_append_only before update or delete on gl_postings
    for each row execute function refuse_fund_change();
create trigger gl_postings_no_truncate before truncate on gl_postings
    for each statement execute function refuse_fund_change();
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
