"""The register: what a parcel is and who has to do with it, as it was said, day by day."""

from alembic import op

from taxkit.migrate import run_script

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_SQL = """
-- Of which day a roll's parcels tell; of a roll before this, the first of January of its year.
alter table rolls add column parcels_as_of date;
-- What was claimed of the parcel, by code; null on rolls before this.
alter table parcels add column exemptions jsonb;
create index parcels_of_number on parcels (parcel_number text_pattern_ops);
create index parcels_of_owner on parcels (lower(owner_name) text_pattern_ops);

create table lenders (
    lender_code text not null,
    version integer not null check (version >= 1),
    name text not null check (name <> ''),
    email text not null,
    mailing_address text not null,
    reason text not null check (reason <> ''),
    registered_by text not null,
    trace_id uuid not null,
    recorded_at timestamptz not null,
    primary key (lender_code, version)
);
create trigger append_only before update or delete or truncate on lenders
    for each statement execute function refuse_change();

create table register_changes (
    parcel_number text not null,
    change_number integer not null check (change_number >= 1),
    effective_on date not null,
    -- Only what this change says; a null takes away.
    facts jsonb not null,
    -- The roles it speaks of. One without rows in register_parties is nobody's from then on.
    roles text[] not null,
    reason text not null,
    changed_by text not null,
    roll_id uuid references rolls,
    trace_id uuid not null,
    recorded_at timestamptz not null,
    primary key (parcel_number, change_number)
);
create index register_changes_of_ain on register_changes
    (lower(facts->>'ain') text_pattern_ops) where facts ? 'ain';
create index register_changes_of_situs on register_changes
    (lower(facts->>'situs_address') text_pattern_ops) where facts ? 'situs_address';
create trigger append_only before update or delete or truncate on register_changes
    for each statement execute function refuse_change();

-- Written with its change in one transaction, by one command.
create table register_parties (
    parcel_number text not null,
    change_number integer not null,
    role text not null,
    place integer not null check (place >= 1),
    name text not null,
    email text not null,
    mailing_address text not null,
    lender_code text not null,
    primary key (parcel_number, change_number, role, place)
);
create index register_parties_of_name on register_parties (lower(name) text_pattern_ops);
create index register_parties_of_lender on register_parties (lender_code) where lender_code <> '';
create trigger append_only before update or delete or truncate on register_parties
    for each statement execute function refuse_change();
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
