"""A fee on no property has a bill of its own in the ledger."""

from alembic import op

from taxkit.migrate import run_script

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

_SQL = """
-- Wider than before: what was charged until now keeps its row without a bill.
do $$
declare name text;
begin
    for name in select conname from pg_constraint where conrelid = 'fees'::regclass
        and contype = 'c' and pg_get_constraintdef(oid) like '%bill_id IS NOT NULL%'
    loop
        execute format('alter table fees drop constraint %I', name);
    end loop;
end
$$;
alter table fees add constraint fees_of_property_on_bill
    check (bill_id is not null or holder_kind <> 'property');
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
