"""Supplements: batches of value events, and the bills that were made of each, once."""

from alembic import op

from taxkit.migrate import run_script

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_SQL = """
-- Which supplement of the year made or changed a bill; null where none did.
alter table bills add column supplement_number integer;
-- Of a bill beside its roll's: the supplement it is for. A parcel has one of the roll a year.
alter table bills add column supplement_id uuid;
drop index bills_of_year;
create unique index bills_of_year on bills (tax_year, parcel_number, part)
    where bill_version = 1 and tax_code <> '' and supplement_id is null;
create unique index supplemental_bills on bills (supplement_id, tax_year, parcel_number)
    where bill_version = 1 and supplement_id is not null;

create table supplements (
    supplement_id uuid primary key,
    tax_year integer not null,
    supplement_number integer not null check (supplement_number >= 1),
    source text not null,
    item_count bigint not null,
    loaded_by text not null,
    trace_id uuid not null,
    recorded_at timestamptz not null,
    unique (tax_year, supplement_number)
);
create table supplement_items (
    supplement_id uuid not null references supplements,
    place integer not null,
    parcel_number text not null,
    kind text not null,
    kind_said text not null,
    event_on date not null,
    -- What the parcel had, and what it has from the event on.
    net_before_dollars bigint not null,
    value_dollars bigint not null,
    net_value_dollars bigint not null,
    value_steps jsonb,
    is_new_parcel boolean not null,
    tax_code text not null,
    property_class text not null,
    township text not null,
    -- Who the bill goes to; null where that does not change.
    owner_name text,
    owner_email text,
    note text not null,
    primary key (supplement_id, place)
);
create index supplement_items_of_parcel on supplement_items (parcel_number);
create table supplement_discards (
    supplement_id uuid primary key references supplements,
    reason text not null,
    discarded_by text not null,
    recorded_at timestamptz not null
);

create table supplement_runs (
    supplement_id uuid primary key references supplements,
    billed_on date not null,
    pack_version text not null,
    started_by text not null,
    trace_id uuid not null,
    traceparent text not null,
    recorded_at timestamptz not null
);
-- Each row committed with its bills: up to its place the run is done, whatever is killed.
create table supplement_batches (
    supplement_id uuid not null references supplement_runs,
    batch integer not null,
    up_to_place integer not null,
    recorded_at timestamptz not null,
    primary key (supplement_id, batch)
);
create table supplement_run_ends (
    supplement_id uuid primary key references supplement_runs,
    recorded_at timestamptz not null
);
-- What an item made, once: its key sees to that.
create table supplement_bills (
    supplement_id uuid not null,
    place integer not null,
    tax_year integer not null,
    bill_id uuid not null,
    bill_version integer not null,
    difference_cents bigint not null,
    primary key (supplement_id, place, tax_year, bill_id),
    foreign key (supplement_id, place) references supplement_items,
    foreign key (bill_id, bill_version) references bills
);
create unique index supplement_bills_once on supplement_bills (bill_id, bill_version);
create table supplement_holds (
    supplement_id uuid not null,
    place integer not null,
    held_change_id uuid not null,
    primary key (supplement_id, place),
    foreign key (supplement_id, place) references supplement_items
);
"""

_APPEND_ONLY = (
    "supplements",
    "supplement_items",
    "supplement_discards",
    "supplement_runs",
    "supplement_batches",
    "supplement_run_ends",
    "supplement_bills",
    "supplement_holds",
)


def upgrade() -> None:
    triggers = "".join(
        f"create trigger append_only before update or delete or truncate on {table}"
        " for each statement execute function refuse_change();"
        for table in _APPEND_ONLY
    )
    run_script(op.get_bind(), _SQL + triggers)
