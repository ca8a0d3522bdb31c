"""When a session was closed, in transactions: what a sealed report of closed drawers looks at."""

from alembic import op

from taxkit.migrate import run_script

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

_SQL = """
-- Null of a session closed before this was kept: every report sees it.
alter table sessions add column closed_in xid8;
create function note_close() returns trigger language plpgsql as $$
begin
    new.closed_in := pg_current_xact_id();
    return new;
end
$$;
create trigger sessions_note_close before update on sessions for each row
    when (old.is_open and not new.is_open) execute function note_close();
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
