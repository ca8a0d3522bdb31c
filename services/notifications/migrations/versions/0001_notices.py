"""Notices with the words, the template version and the data they were made of."""

from alembic import op

from taxkit.migrate import create_infrastructure, run_script

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_SQL = """
-- The exact text behind a version, kept for as long as a notice names it.
create table template_versions (
    template text not null,
    version text not null,
    subject text not null,
    body text not null,
    primary key (template, version)
);

create table notices (
    notice_id uuid primary key,
    event_id uuid not null,
    receipt_id uuid not null,
    -- The event's place in the receipt's story: a later notice waits for an earlier one.
    sequence bigint not null,
    template text not null,
    template_version text not null,
    rule_id text not null,
    -- Empty when there is no address to send to.
    recipient text not null,
    recipient_name text not null,
    sender text not null,
    subject_line text not null,
    body text not null,
    data jsonb not null,
    state text not null check (state in ('pending', 'sent', 'failed', 'to_print')),
    reason text not null default '',
    attempts integer not null default 0,
    queued_at timestamptz not null,
    due_at timestamptz not null,
    sent_at timestamptz,
    smtp_reply text not null default '',
    traceparent text not null,
    unique (event_id, template, recipient),
    foreign key (template, template_version) references template_versions (template, version)
);
create index notices_receipt on notices (receipt_id, sequence);
create index notices_due on notices (due_at) where state = 'pending';

-- Wakes the senders when the batch that queued a notice has committed.
create function notices_wake() returns trigger language plpgsql as $$
begin
    perform pg_notify('notices', '');
    return null;
end
$$;
create trigger notices_wake after insert on notices
    for each statement execute function notices_wake();
"""


def upgrade() -> None:
    create_infrastructure(op.get_bind())
    run_script(op.get_bind(), _SQL)
