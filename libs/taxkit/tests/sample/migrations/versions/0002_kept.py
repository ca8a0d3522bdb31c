"""The kit's second tables, and one that may only be added to."""

from alembic import op

from taxkit.migrate import create_infrastructure, run_script

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_SQL = """
create table kept (kept_id bigint primary key, note text not null, at timestamptz not null);
create table made (made_id bigint primary key);
create function only_added() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only', tg_table_name;
end
$$;
create trigger append_only before update or delete or truncate on kept
    for each statement execute function only_added();
create trigger append_only before update or delete or truncate on made
    for each statement execute function only_added();
"""


def upgrade() -> None:
    create_infrastructure(op.get_bind(), version=2)
    create_infrastructure(op.get_bind(), version=3)
    run_script(op.get_bind(), _SQL)
