"""Which versions corrected bills came to: what the newest has no more is claimed no more."""

from alembic import op

from taxkit.migrate import run_script

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_SQL = """
create table corrected_versions (
    bill_id uuid not null,
    bill_version integer not null,
    primary key (bill_id, bill_version)
);
insert into corrected_versions select bill_id, bill_version from bills where bill_version > 1;
create trigger corrected_versions_append_only before update or delete on corrected_versions
    for each row execute function refuse_fund_change();
create trigger corrected_versions_no_truncate before truncate on corrected_versions
    for each statement execute function refuse_fund_change();
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
