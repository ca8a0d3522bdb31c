"""Who is told of changes of policy: subscriptions, added and ended, never changed."""

from alembic import op

from taxkit.migrate import run_script

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_SQL = """
create table subscriptions (
    subscription_id uuid primary key,
    -- The code of a notice type that is for subscribers.
    topic text not null,
    name text not null,
    email text not null,
    added_by text not null,
    recorded_at timestamptz not null
);
create index subscriptions_topic on subscriptions (topic, subscription_id);
create table subscription_ends (
    subscription_id uuid primary key references subscriptions,
    reason text not null,
    ended_by text not null,
    recorded_at timestamptz not null
);
-- What is told to subscribers is about neither a receipt nor a bill. Rows from before were held to
-- more, so none has to be looked at.
alter table notices drop constraint notices_about_check,
    add constraint notices_about_check check (num_nonnulls(receipt_id, bill_id) <= 1) not valid;
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
