"""Miscellaneous sources by effective date: every version is kept as it was set."""

from alembic import op

from taxkit.migrate import run_script

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_SQL = """
create table sources (
    source_code text not null,
    effective_from date not null,
    -- Set again for the same date: the later one counts.
    version integer not null,
    name text not null,
    short_name text not null,
    source_group text not null,
    source_type text not null,
    amount_mode text not null check (amount_mode in ('flat', 'entered', 'several', 'per_unit')),
    amount_cents bigint not null check (amount_cents >= 0),
    amount_names text[] not null,
    parcel_tie text not null check (parcel_tie in ('none', 'optional', 'required')),
    rate_type text not null,
    distribution_method text not null,
    credit_fund text not null,
    credit_account text not null,
    debit_fund text not null,
    debit_account text not null,
    inputs jsonb not null,
    service_url text not null,
    required_by_flag text not null,
    is_active boolean not null,
    set_by text not null,
    recorded_at timestamptz not null,
    primary key (source_code, effective_from, version)
);
create index sources_required_by on sources (required_by_flag) where required_by_flag <> '';
create trigger sources_append_only before update or delete on sources
    for each row execute function refuse_change();
create trigger sources_no_truncate before truncate on sources
    for each statement execute function refuse_change();
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
