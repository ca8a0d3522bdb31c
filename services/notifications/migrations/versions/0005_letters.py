"""Letters on paper: where they go, and the batches they are printed in."""

from alembic import op

from taxkit.migrate import run_script

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_SQL = """
alter table notices
    -- Lines as they are written on the letter; empty where nobody told any.
    add column postal_address text not null default '',
    drop constraint notices_state_check,
    add constraint notices_state_check
        check (state in ('pending', 'sent', 'failed', 'to_print', 'printed'));
create index notices_to_print on notices (queued_at, notice_id) where state = 'to_print';

create table print_batches (
    batch_id uuid primary key,
    template text not null,
    asked_by text not null,
    recorded_at timestamptz not null
);
create table print_batch_letters (
    batch_id uuid not null references print_batches,
    notice_id uuid not null references notices,
    place integer not null,
    primary key (batch_id, notice_id)
);
create index print_batch_letters_notice on print_batch_letters (notice_id);
-- A batch ends once: its letters went out, or another batch prints them.
create table print_batch_ends (
    batch_id uuid primary key references print_batches,
    outcome text not null check (outcome in ('printed', 'discarded')),
    ended_by text not null,
    ended_on date not null,
    recorded_at timestamptz not null
);
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
