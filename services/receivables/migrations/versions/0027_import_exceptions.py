"""Lines of payment files that did not post to what they name, and how each was seen to."""

from alembic import op

from taxkit.migrate import run_script

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

_SQL = """
create table import_exceptions (
    exception_id uuid primary key,
    run_id uuid not null,
    line_number integer not null,
    -- suspense, rejected or duplicate
    outcome text not null,
    reason text not null,
    message text not null,
    parcel_number text not null,
    amount_cents bigint not null,
    -- Where the money waits; none where it was not taken.
    receipt_id uuid,
    told_at timestamptz not null,
    unique (run_id, line_number)
);
create index import_exceptions_receipt on import_exceptions (receipt_id)
    where receipt_id is not null;
create index import_exceptions_told on import_exceptions (told_at);
create table import_exception_ends (
    exception_id uuid primary key references import_exceptions,
    note text not null,
    settled_by text not null,
    recorded_at timestamptz not null
);
create trigger append_only before update or delete or truncate on import_exceptions
    for each statement execute function append_only();
create trigger append_only before update or delete or truncate on import_exception_ends
    for each statement execute function append_only();
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
