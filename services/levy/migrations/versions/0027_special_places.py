"""Where special assessments are now: they follow parcels that are retired, and bills that move."""

from alembic import op

from taxkit.migrate import run_script

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

_SQL = """
-- What follows from an assessment's opening and its moves, for those who look by parcel.
create table special_places (
    assessment_id uuid primary key references special_assessments,
    parcel_number text not null,
    is_moved boolean not null default false
) with (fillfactor = 85);
create index special_places_of_parcel on special_places (parcel_number);
insert into special_places (assessment_id, parcel_number)
select assessment_id, parcel_number from special_assessments;

-- How each came there; the step of the assessment says when, by whom and why.
create table special_moves (
    assessment_id uuid not null,
    step integer not null,
    from_parcel_number text not null,
    to_parcel_number text not null,
    primary key (assessment_id, step),
    foreign key (assessment_id, step) references special_steps
);
create trigger append_only before update or delete or truncate on special_moves
    for each statement execute function refuse_change();

-- An assessment that is opened is on its parcel; a program of the release before says no more.
create function place_special() returns trigger language plpgsql as $$
begin
    insert into special_places (assessment_id, parcel_number)
    select assessment_id, parcel_number from opened;
    return null;
end $$;
create trigger placed after insert on special_assessments
    referencing new table as opened for each statement execute function place_special();

create or replace view special_installments_due as
select i.assessment_id, i.tract, i.generation, i.number, i.tax_year, l.parcel_number,
       a.agency_code, a.agency_name, i.principal_cents, i.interest_cents,
       case when l.is_moved then l.parcel_number end as moved_to
from special_assessments a
join special_places l using (assessment_id)
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
