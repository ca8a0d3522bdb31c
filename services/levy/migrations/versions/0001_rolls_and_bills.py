"""Rolls, their agencies, rates and parcels, the bills made of them, and what is paid of each."""

from alembic import op

from taxkit.migrate import create_infrastructure, run_script

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_SQL = """
create table rolls (
    roll_id uuid primary key,
    jurisdiction text not null,
    tax_year integer not null,
    source text not null,
    pack_version text not null,
    rule_ids text[] not null,
    loaded_by text not null,
    trace_id uuid not null,
    recorded_at timestamptz not null,
    -- Known when the last bill of the roll is computed, in the same transaction.
    bill_count bigint not null default 0,
    line_count bigint not null default 0,
    total_cents bigint not null default 0
);

create table agencies (
    tax_year integer not null,
    agency_code text not null,
    agency_name text not null,
    primary key (tax_year, agency_code)
);

create table rates (
    tax_year integer not null,
    tax_code text not null,
    -- The place of the agency's line on a bill.
    place integer not null,
    agency_code text not null,
    -- Thousandths of a percent of value.
    rate_thousandths integer not null check (rate_thousandths between 0 and 100000),
    roll_id uuid not null references rolls,
    primary key (tax_year, tax_code, agency_code),
    foreign key (tax_year, agency_code) references agencies
);

create table parcels (
    tax_year integer not null,
    parcel_number text not null,
    tax_code text not null,
    property_class text not null,
    township text not null,
    value_dollars bigint not null check (value_dollars >= net_value_dollars),
    net_value_dollars bigint not null check (net_value_dollars >= 0),
    prior_year_total_cents bigint not null check (prior_year_total_cents >= 0),
    owner_name text not null,
    owner_email text,
    roll_id uuid not null references rolls,
    primary key (tax_year, parcel_number)
);

-- Bills are versions that stand for ever: a correction is the next version.
create table bills (
    bill_id uuid not null,
    bill_version integer not null check (bill_version >= 1),
    bill_number text not null,
    tax_year integer not null,
    parcel_number text not null,
    tax_code text not null,
    property_class text not null,
    owner_name text not null,
    owner_email text,
    net_value_dollars bigint not null,
    composite_thousandths bigint not null,
    total_cents bigint not null check (total_cents >= 0),
    roll_id uuid not null references rolls,
    primary key (bill_id, bill_version)
);
create unique index bills_of_year on bills (tax_year, parcel_number, bill_version);
create index bills_of_parcel on bills (parcel_number, tax_year);

-- Written with its bill in one transaction by one command. A foreign key would be checked row by
-- row, twelve million times in a county's year.
create table bill_lines (
    bill_id uuid not null,
    bill_version integer not null,
    place integer not null,
    agency_code text not null,
    rate_thousandths integer not null,
    amount_cents bigint not null check (amount_cents >= 0),
    -- The part of amount_cents that rounding left over and the law puts here.
    residual_cents bigint not null,
    primary key (bill_id, bill_version, place)
);

create table installments (
    bill_id uuid not null,
    bill_version integer not null,
    installment integer not null,
    due_on date not null,
    amount_cents bigint not null check (amount_cents >= 0),
    primary key (bill_id, bill_version, installment)
);

create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only: issue the next version', tg_table_name
        using errcode = '23001';
end
$$;
create trigger rates_append_only before update or delete or truncate on rates
    for each statement execute function refuse_change();
create trigger bills_append_only before update or delete or truncate on bills
    for each statement execute function refuse_change();
create trigger bill_lines_append_only before update or delete or truncate on bill_lines
    for each statement execute function refuse_change();
create trigger installments_append_only before update or delete or truncate on installments
    for each statement execute function refuse_change();

-- What receivables last said of a bill.
create table bill_payments (
    bill_id uuid primary key,
    payment_state text not null check (payment_state in ('open', 'part_paid', 'paid')),
    open_cents bigint not null check (open_cents >= 0),
    as_of date not null,
    check ((payment_state = 'paid') = (open_cents = 0))
) with (fillfactor = 85);
"""


def upgrade() -> None:
    create_infrastructure(op.get_bind())
    run_script(op.get_bind(), _SQL)
