"""What was allocated is not changed or deleted; only whether it was shared yet is marked."""

from alembic import op

from taxkit.migrate import run_script

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

# Named columns: an update that marks rows shared fires nothing.
_SQL = """
create function keep_allocations() returns trigger language plpgsql as $$
begin
    raise exception 'allocations are append-only: book a correction';
end
$$;
do $$
begin
    execute (
        select format(
            'create trigger allocations_said before update of %s on allocations'
            ' for each statement execute function keep_allocations()',
            string_agg(quote_ident(attname), ', ' order by attnum))
        from pg_attribute
        where attrelid = 'allocations'::regclass and attnum > 0 and not attisdropped
            and attname <> 'shared'
    );
end
$$;
create trigger allocations_no_delete before delete or truncate on allocations
    for each statement execute function keep_allocations();
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
