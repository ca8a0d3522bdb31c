"""Installments on the bills of a batch: as direct charges before it is computed, noted after."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Connection

from levy_service.roll_store import CHARGES
from levy_service.specials.locking import stand_still
from levy_service.specials.store import NEWEST
from taxkit.errors import Refusal

TABLE: Final = "run_specials"
_SQL: Final = """
create temp table if not exists run_specials (
    ord bigint, assessment_id uuid, tract text, generation integer, number integer,
    agency_code text, agency_name text, amount bigint
) on commit drop
"""
# Whoever pays one off or defers it waits until the batch is done.
_LOCK: Final = """
select from special_assessments where assessment_id in (
    select assessment_id from special_places join run_parcels using (parcel_number))
order by assessment_id for no key update
"""
_DUE: Final = """
insert into run_specials
select p.ord, d.assessment_id, d.tract, d.generation, d.number, d.agency_code, d.agency_name,
       d.principal_cents + d.interest_cents
from run_parcels p join special_installments_due d using (parcel_number)
where d.tax_year <= %s
"""
# An agency has one line on a bill: distribution could not tell two apart.
_TWICE: Final = f"""
select p.parcel_number, s.agency_code from run_specials s join run_parcels p using (ord)
where exists (select from rates r where r.tax_year = %s and r.tax_code = p.tax_code
              and r.agency_code = s.agency_code)
   or exists (select from {CHARGES.format(of="p.charges")} where c.agency_code = s.agency_code)
order by 1, 2 limit 1
"""
_CHARGE: Final = """
update run_parcels p set charged = p.charged + m.cents,
    charges = coalesce(p.charges, '[]') || m.charges
from (
    select ord, sum(cents)::bigint as cents, jsonb_agg(
           jsonb_build_object('agency_code', agency_code, 'amount_cents', cents)
           order by agency_code collate "C") as charges
    from (select ord, agency_code, sum(amount)::bigint as cents from run_specials
          group by ord, agency_code having sum(amount) > 0) g
    group by ord
) m where m.ord = p.ord
"""
_POST: Final = """
insert into special_postings (assessment_id, tract, generation, number, bill_id)
select s.assessment_id, s.tract, s.generation, s.number, b.bill_id
from run_specials s join run_bills b on b.parcel_ord = s.ord and b.part <> 'increment'
"""
# What bills of a year ask for beside what is on file for their parcels.
_FIGURES: Final = """
select concat_ws('/', count(*), sum(('x' || left(md5(concat_ws('|', d.assessment_id, d.tract,
       d.generation, d.number, d.moved_to)), 15))::bit(60)::bigint::numeric)) as figures,
       count(*) as found
from special_installments_due d join parcels p using (parcel_number) join rolls r using (roll_id)
where p.tax_year = %(year)s and d.tax_year <= %(year)s and r.bill_class = ''
  and not exists (select from bills b where b.tax_year = p.tax_year
                  and b.parcel_number = p.parcel_number and b.bill_version = 1
                  and b.tax_code <> '' and b.supplement_id is null)
"""
_BILLED: Final = f"""
{NEWEST} where a.assessment_id in (select assessment_id from run_specials) order by a.assessment_id
"""


def charge(connection: Connection, tax_year: int, bill_class: str) -> None:
    """Add to a batch's parcels what they have to pay of special assessments this year.

    Only bills of real property ask for them: those of rolls without a class.
    """
    connection.exec_driver_sql(_SQL)
    connection.exec_driver_sql(f"truncate {TABLE}")
    if bill_class:
        return
    connection.exec_driver_sql(_LOCK)
    if not connection.exec_driver_sql(_DUE, (tax_year,)).rowcount:
        return
    connection.exec_driver_sql(
        "insert into agencies (tax_year, agency_code, agency_name)"
        " select distinct on (agency_code) %s::integer, agency_code, agency_name"
        " from run_specials order by agency_code, agency_name on conflict do nothing",
        (tax_year,),
    )
    twice = connection.exec_driver_sql(_TWICE, (tax_year,)).one_or_none()
    if twice is not None:
        raise Refusal(
            "SPECIAL_AGENCY_BILLED",
            f"agency {twice.agency_code} has a rate or a charge on parcel {twice.parcel_number},"
            " and a special assessment: give the assessment an agency code of its own",
        )
    connection.exec_driver_sql(_CHARGE)


def post(connection: Connection) -> Sequence[Any]:
    """Note which bill each installment is on; gives the assessments as they were before."""
    if not connection.exec_driver_sql(_POST).rowcount:
        return []
    return connection.exec_driver_sql(_BILLED).all()


def figures(connection: Connection, tax_year: int, bill_class: str) -> str:
    """What tells these installments from any others; empty where there are none."""
    if bill_class:
        return ""
    stand_still(connection)
    row = connection.exec_driver_sql(_FIGURES, {"year": tax_year}).one()
    return f"/{row.figures}" if row.found else ""
