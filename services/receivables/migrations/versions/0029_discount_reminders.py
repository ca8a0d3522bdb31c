"""Bills the end of a discount period was looked at for: each once a last day."""

from alembic import op

from taxkit.migrate import run_script

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

_SQL = """
create table discount_reminders (
    bill_id uuid not null references bills,
    last_day date not null,
    -- Whether the owner was reminded; false where the account did not qualify then.
    reminded boolean not null,
    recorded_at timestamptz not null default clock_timestamp(),
    primary key (bill_id, last_day)
);
create trigger append_only before update or delete or truncate on discount_reminders
    for each statement execute function append_only();
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
