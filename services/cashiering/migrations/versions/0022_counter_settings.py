"""What an office sets for its counters, each setting from a day on."""

from alembic import op

from taxkit.migrate import run_script

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_SQL = """
create table counter_settings (
    setting_id uuid primary key,
    name text not null,
    value text not null,
    effective_from date not null,
    set_by text not null,
    trace_id uuid not null,
    recorded_at timestamptz not null
);
create trigger counter_settings_append_only before update or delete on counter_settings
    for each row execute function refuse_change();
create trigger counter_settings_no_truncate before truncate on counter_settings
    for each statement execute function refuse_change();
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
