"""Levy runs: what a year would come to, who certified it, and the batches that issued it."""

from alembic import op

from taxkit.migrate import run_script

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_SQL = """
-- A roll that was only put on file has no bills until a run issues them.
alter table rolls add column staged boolean not null default false;
-- The run that issued a bill; none of bills issued as their roll was loaded.
alter table bills add column run_id uuid;

create table levy_previews (
    preview_id uuid primary key,
    tax_year integer not null,
    -- The parcels, values, rates and law it was computed from: another digest is another roll.
    roll_digest text not null,
    pack_version text not null,
    rule_ids text[] not null,
    parcel_count bigint not null,
    bill_count bigint not null,
    line_count bigint not null,
    net_value_dollars numeric not null,
    total_cents bigint not null,
    made_by text not null,
    trace_id uuid not null,
    recorded_at timestamptz not null
);
create index levy_previews_of_year on levy_previews (tax_year, recorded_at);

-- Before and after, by tax code and by agency: last year's bills, this year's that are on file
-- already, and those the run would issue.
create table levy_preview_rows (
    preview_id uuid not null references levy_previews,
    dimension text not null check (dimension in ('tax_code', 'agency')),
    code text not null,
    name text not null,
    prior_bills bigint not null,
    prior_value_dollars numeric not null,
    prior_cents bigint not null,
    filed_bills bigint not null,
    filed_value_dollars numeric not null,
    filed_cents bigint not null,
    run_bills bigint not null,
    run_value_dollars numeric not null,
    run_cents bigint not null,
    primary key (preview_id, dimension, code)
);

create table levy_preview_discards (
    preview_id uuid primary key references levy_previews,
    reason text not null,
    discarded_by text not null,
    recorded_at timestamptz not null
);

create table roll_certifications (
    certification_id uuid primary key,
    preview_id uuid not null unique references levy_previews,
    tax_year integer not null,
    statement text not null,
    certified_on date not null,
    certified_by text not null,
    trace_id uuid not null,
    recorded_at timestamptz not null
);

create table levy_runs (
    run_id uuid primary key,
    certification_id uuid not null unique references roll_certifications,
    tax_year integer not null,
    started_by text not null,
    trace_id uuid not null,
    recorded_at timestamptz not null
);
create index levy_runs_of_year on levy_runs (tax_year);

-- Each row committed with its bills: up to its parcel the run is done, whatever is killed.
create table levy_run_batches (
    run_id uuid not null references levy_runs,
    batch integer not null,
    up_to_parcel text not null,
    bill_count bigint not null,
    line_count bigint not null,
    total_cents bigint not null,
    recorded_at timestamptz not null,
    primary key (run_id, batch)
);
create table levy_run_ends (
    run_id uuid primary key references levy_runs,
    recorded_at timestamptz not null
);
"""

_APPEND_ONLY = (
    "levy_previews",
    "levy_preview_rows",
    "levy_preview_discards",
    "roll_certifications",
    "levy_runs",
    "levy_run_batches",
    "levy_run_ends",
)


def upgrade() -> None:
    triggers = "".join(
        f"create trigger append_only before update or delete or truncate on {table}"
        " for each statement execute function refuse_change();"
        for table in _APPEND_ONLY
    )
    run_script(op.get_bind(), _SQL + triggers)
