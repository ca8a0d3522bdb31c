"""Special assessments that are paid off over years, and what of each is on which bill."""

from alembic import op

from taxkit.migrate import run_script

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_SQL = """
create table special_assessments (
    assessment_id uuid primary key,
    assessment_number text not null unique,
    agency_code text not null,
    agency_name text not null,
    project text not null,
    parcel_number text not null,
    is_ditch boolean not null,
    principal_cents bigint not null check (principal_cents > 0),
    years integer not null check (years between 1 and 50),
    rate_percent numeric(6, 4) not null check (rate_percent >= 0),
    method text not null check (method in ('level_principal', 'level_payment')),
    first_year integer not null,
    interest_from date not null,
    days_in_year integer not null check (days_in_year in (360, 365)),
    opened_by text not null,
    trace_id uuid not null,
    recorded_at timestamptz not null
);
create index special_assessments_of_parcel on special_assessments (parcel_number);

-- An assessment that is no ditch is one tract without a name.
create table special_tracts (
    assessment_id uuid not null references special_assessments,
    tract text not null,
    principal_cents bigint not null check (principal_cents > 0),
    primary key (assessment_id, tract)
);

-- What each year asks for. After a deferral a further generation of it counts.
create table special_installments (
    assessment_id uuid not null,
    tract text not null,
    generation integer not null check (generation >= 1),
    number integer not null check (number >= 1),
    tax_year integer not null,
    principal_cents bigint not null check (principal_cents >= 0),
    interest_cents bigint not null check (interest_cents >= 0),
    interest_from date not null,
    interest_to date not null,
    primary key (assessment_id, tract, generation, number),
    foreign key (assessment_id, tract) references special_tracts
);

-- Which installment is on which bill. Its bill is written in the same transaction.
create table special_postings (
    assessment_id uuid not null,
    tract text not null,
    generation integer not null,
    number integer not null,
    bill_id uuid not null,
    primary key (assessment_id, tract, generation, number),
    foreign key (assessment_id, tract, generation, number) references special_installments
);
create index special_postings_of_bill on special_postings (bill_id);

-- What became of an assessment, and when; its newest step says how it stands.
create table special_steps (
    assessment_id uuid not null references special_assessments,
    step integer not null check (step >= 1),
    action text not null,
    status text not null
        check (status in ('not_posted', 'posted', 'deferred', 'paid_in_full', 'closed')),
    left_cents bigint not null check (left_cents >= 0),
    changed_on date not null,
    changed_by text not null,
    reason text not null,
    trace_id uuid not null,
    recorded_at timestamptz not null,
    primary key (assessment_id, step)
);

-- A tract is paid off once.
create table special_payoffs (
    payoff_id uuid primary key,
    assessment_id uuid not null references special_assessments,
    payoff_on date not null,
    principal_cents bigint not null check (principal_cents > 0),
    interest_cents bigint not null check (interest_cents >= 0),
    -- By which reason the parcel's values changed, and whether the bill follows.
    change_reason text not null,
    is_billed boolean not null,
    -- The bill that asks for it, in the version that is the first to do so.
    bill_id uuid,
    bill_version integer,
    requested_by text not null,
    trace_id uuid not null,
    recorded_at timestamptz not null,
    check (is_billed = (bill_version is not null))
);
create index special_payoffs_of_assessment on special_payoffs (assessment_id);
create table special_payoff_tracts (
    payoff_id uuid not null references special_payoffs,
    assessment_id uuid not null,
    tract text not null,
    principal_cents bigint not null check (principal_cents >= 0),
    interest_cents bigint not null check (interest_cents >= 0),
    primary key (assessment_id, tract),
    foreign key (assessment_id, tract) references special_tracts
);

-- `due` until its bill is paid, `paid`, or `unbilled`: for a person to see to.
create table special_payoff_steps (
    payoff_id uuid not null references special_payoffs,
    step integer not null check (step >= 1),
    state text not null check (state in ('due', 'paid', 'unbilled', 'settled')),
    changed_on date not null,
    changed_by text not null,
    reason text not null,
    recorded_at timestamptz not null,
    primary key (payoff_id, step)
);

-- Installments that bills of their tax year, or of a later one, have to ask for.
create view special_installments_due as
select i.assessment_id, i.tract, i.generation, i.number, i.tax_year, a.parcel_number,
       a.agency_code, a.agency_name, i.principal_cents, i.interest_cents
from special_assessments a
cross join lateral (
    select status from special_steps s where s.assessment_id = a.assessment_id
    order by step desc limit 1
) s
join special_installments i using (assessment_id)
where s.status in ('not_posted', 'posted')
  and i.generation = (select max(generation) from special_installments g
                      where g.assessment_id = i.assessment_id)
  and not exists (select from special_postings p where (p.assessment_id, p.tract, p.generation,
                  p.number) = (i.assessment_id, i.tract, i.generation, i.number))
  and not exists (select from special_payoff_tracts t
                  where (t.assessment_id, t.tract) = (i.assessment_id, i.tract));

create trigger append_only before update or delete or truncate on special_assessments
    for each statement execute function refuse_change();
create trigger append_only before update or delete or truncate on special_tracts
    for each statement execute function refuse_change();
create trigger append_only before update or delete or truncate on special_installments
    for each statement execute function refuse_change();
create trigger append_only before update or delete or truncate on special_postings
    for each statement execute function refuse_change();
create trigger append_only before update or delete or truncate on special_steps
    for each statement execute function refuse_change();
create trigger append_only before update or delete or truncate on special_payoffs
    for each statement execute function refuse_change();
create trigger append_only before update or delete or truncate on special_payoff_tracts
    for each statement execute function refuse_change();
create trigger append_only before update or delete or truncate on special_payoff_steps
    for each statement execute function refuse_change();
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
