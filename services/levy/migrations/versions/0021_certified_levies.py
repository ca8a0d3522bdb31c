"""Levies and rates as they were certified, year by year and version by version."""

from alembic import op

from taxkit.migrate import run_script

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_SQL = """
create table levy_certificates (
    tax_year integer not null,
    version integer not null check (version >= 1),
    statement text not null,
    rate_unit text not null,
    assessment_ratio text not null,
    pack_version text not null,
    rule_ids text[] not null,
    certified_by text not null,
    certified_on date not null,
    trace_id uuid not null,
    recorded_at timestamptz not null,
    primary key (tax_year, version)
);
create table certified_levies (
    tax_year integer not null,
    version integer not null,
    place integer not null,
    agency_code text not null,
    fund_code text not null,
    agency_name text not null,
    kind text not null,
    asked_cents bigint not null check (asked_cents >= 0),
    taxable_dollars bigint not null,
    -- In whole steps of the certificate's rate unit, and what they raise.
    rate_units bigint not null check (rate_units >= 0),
    levy_cents bigint not null check (levy_cents >= 0),
    -- Null where the law sets its kind no limit of growth.
    growth_limit_cents bigint,
    highest_lawful_cents bigint not null,
    bound integer not null,
    aggregate text not null,
    bound_tax_code text not null,
    primary key (tax_year, version, agency_code, fund_code),
    foreign key (tax_year, version) references levy_certificates
);
create table certified_levy_areas (
    tax_year integer not null,
    version integer not null,
    tax_code text not null,
    -- The place of the levy's line on a bill.
    place integer not null,
    agency_code text not null,
    fund_code text not null,
    primary key (tax_year, version, tax_code, agency_code, fund_code),
    foreign key (tax_year, version, agency_code, fund_code) references certified_levies
);
create trigger levy_certificates_append_only before update or delete or truncate
    on levy_certificates for each statement execute function refuse_change();
create trigger certified_levies_append_only before update or delete or truncate
    on certified_levies for each statement execute function refuse_change();
create trigger certified_levy_areas_append_only before update or delete or truncate
    on certified_levy_areas for each statement execute function refuse_change();

-- The version of the year's certified levies that a roll took its rates from.
alter table rolls add column levy_version integer;
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
