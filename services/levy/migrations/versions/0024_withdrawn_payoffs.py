"""Payoffs that were withdrawn: their tracts are billed again, and may be paid off again."""

from alembic import op

from taxkit.migrate import run_script

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_SQL = """
create table special_payoff_withdrawals (
    payoff_id uuid primary key references special_payoffs,
    -- The first version of its bill without it; none where no bill asked for it.
    bill_version integer,
    withdrawn_on date not null,
    withdrawn_by text not null,
    reason text not null,
    trace_id uuid not null,
    recorded_at timestamptz not null
);
create trigger append_only before update or delete or truncate on special_payoff_withdrawals
    for each statement execute function refuse_change();

alter table special_payoff_steps drop constraint special_payoff_steps_state_check;
alter table special_payoff_steps add constraint special_payoff_steps_state_check
    check (state in ('due', 'paid', 'unbilled', 'settled', 'withdrawn'));

-- A tract is in one payoff that stands: whoever asks for one has locked the assessment. The rows
-- of before stay where they are, under the key by which they are chained.
create table special_payoff_parts (
    payoff_id uuid not null references special_payoffs,
    assessment_id uuid not null,
    tract text not null,
    principal_cents bigint not null check (principal_cents >= 0),
    interest_cents bigint not null check (interest_cents >= 0),
    primary key (payoff_id, tract),
    foreign key (assessment_id, tract) references special_tracts
);
create index special_payoff_parts_of_assessment on special_payoff_parts (assessment_id, tract);
create trigger append_only before update or delete or truncate on special_payoff_parts
    for each statement execute function refuse_change();
create view special_payoff_shares as
select payoff_id, assessment_id, tract, principal_cents, interest_cents from special_payoff_tracts
union all
select payoff_id, assessment_id, tract, principal_cents, interest_cents from special_payoff_parts;

create view special_tracts_paid_off as
select t.assessment_id, t.tract, t.payoff_id from special_payoff_shares t
where not exists (select from special_payoff_withdrawals w where w.payoff_id = t.payoff_id);

create or replace view special_installments_due as
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
  and not exists (select from special_tracts_paid_off t
                  where (t.assessment_id, t.tract) = (i.assessment_id, i.tract));
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
