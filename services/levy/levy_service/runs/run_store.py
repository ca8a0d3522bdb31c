"""Levy's SQL for runs: what is left to bill, the watermark, and how far a run has come."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection

from levy_service.runs.tables import EXTRAS, Selected
from levy_service.runs.writing import Written
from levy_service.specials import batches

# Parcels on file without a bill of a roll, after the last of a batch before: bills of rolls have a
# tax code.
_UNBILLED: Final = """
select p.*, r.bill_class from parcels p join rolls r using (roll_id)
where p.tax_year = %(year)s and r.bill_class = %(class)s and p.parcel_number > %(after)s
  and not exists (select from bills b where b.tax_year = p.tax_year
                  and b.parcel_number = p.parcel_number and b.bill_version = 1
                  and b.tax_code <> '' and b.supplement_id is null)
order by p.parcel_number limit %(size)s
"""
_TO_BILL: Final = f"""
select row_number() over (order by parcel_number), parcel_number, tax_code, property_class,
       owner_name, owner_email, net_value_dollars, prior_year_total_cents, frozen_value_dollars,
       roll_id, bill_class, {EXTRAS}
from ({_UNBILLED}) s
"""
# What bills follow from: whoever changes any of it has another roll. Sums, so that the order of
# rows does not matter.
_DIGEST: Final = """
select (select concat_ws('/', count(*), sum(net_value_dollars), sum(mark)) from (
          select net_value_dollars, ('x' || left(md5(concat_ws('|', parcel_number, tax_code,
                 property_class, net_value_dollars, prior_year_total_cents,
                 coalesce(frozen_value_dollars::text, '-'), coalesce(increment_share::text, '-'),
                 coalesce(charges::text, '-'), credits::text)), 15))::bit(60)::bigint::numeric
                 as mark
          from parcels p join rolls r using (roll_id)
          where p.tax_year = %(year)s and r.bill_class = %(class)s
            and not exists (select from bills b where b.tax_year = p.tax_year
                            and b.parcel_number = p.parcel_number and b.bill_version = 1
                            and b.tax_code <> '' and b.supplement_id is null)) p)
       || '/' ||
       (select concat_ws('/', count(*), sum(mark)) from (
          select ('x' || left(md5(concat_ws('|', tax_code, place, agency_code,
                 rate_thousandths, nullif(fund_code, ''))), 15))::bit(60)::bigint::numeric as mark
          from rates where tax_year = %(year)s) r)
"""
_RUN: Final = """
select r.*, p.bill_class, c.preview_id, c.statement, c.certified_on, c.certified_by,
       p.bill_count as certified_bills, p.total_cents as certified_cents, e.recorded_at as ended_at,
       b.batch_count, b.bill_count, b.line_count, b.total_cents, b.up_to_parcel,
       (select coalesce(max(levy_version), 0) from rolls o
        where o.tax_year = r.tax_year and o.bill_class = p.bill_class) as levy_version
from levy_runs r join roll_certifications c using (certification_id, tax_year)
join levy_previews p using (preview_id, tax_year)
left join levy_run_ends e using (run_id)
cross join lateral (
    select count(*) as batch_count, coalesce(sum(bill_count), 0)::bigint as bill_count,
           coalesce(sum(line_count), 0)::bigint as line_count,
           coalesce(sum(total_cents), 0)::bigint as total_cents,
           coalesce(max(up_to_parcel), '') as up_to_parcel
    from levy_run_batches b where b.run_id = r.run_id
) b
"""


def to_bill(tax_year: int, bill_class: str, after: str, size: int) -> Selected:
    """The next parcels of a class without a bill."""
    params = {"year": tax_year, "class": bill_class, "after": after, "size": size}
    return Selected(_TO_BILL, params)


def unbilled(connection: Connection, tax_year: int, bill_class: str) -> int:
    found: int = connection.exec_driver_sql(
        "select count(*) from parcels p join rolls r using (roll_id)"
        " where p.tax_year = %s and r.bill_class = %s and not exists (select from bills b"
        " where b.tax_year = p.tax_year and b.parcel_number = p.parcel_number"
        " and b.bill_version = 1 and b.tax_code <> '' and b.supplement_id is null)",
        (tax_year, bill_class),
    ).scalar_one()
    return found


UNBILLED_PARCELS: Final = (
    "select p.parcel_number from parcels p join rolls r using (roll_id)"
    " where p.tax_year = %(year)s and r.bill_class = %(class)s and not exists (select from bills b"
    " where b.tax_year = p.tax_year and b.parcel_number = p.parcel_number"
    " and b.bill_version = 1 and b.tax_code <> '' and b.supplement_id is null)"
)


def last_parcel(connection: Connection) -> str:
    """The last parcel of the batch that is computed."""
    found: str = connection.exec_driver_sql(
        "select max(parcel_number) from run_parcels"
    ).scalar_one()
    return found


def figures_of_roll(connection: Connection, tax_year: int, bill_class: str) -> str:
    """What tells this roll and its rates from any other."""
    params = {"year": tax_year, "class": bill_class}
    specials = batches.figures(connection, tax_year, bill_class)
    found: str = connection.exec_driver_sql(_DIGEST, params).scalar_one()
    return found + specials


def run(connection: Connection, run_id: UUID) -> Any:
    return connection.exec_driver_sql(f"{_RUN} where r.run_id = %s", (run_id,)).one_or_none()


def runs(connection: Connection, tax_year: int) -> Sequence[Any]:
    """Newest first; zero asks for every year's."""
    return connection.exec_driver_sql(
        f"{_RUN} where %(year)s in (0, r.tax_year)"
        " order by r.recorded_at desc, r.run_id limit 1000",
        {"year": tax_year},
    ).all()


def unfinished(connection: Connection, tax_year: int) -> Any:
    """The year's run that was begun and has not ended; None when there is none."""
    return connection.exec_driver_sql(
        "select r.* from levy_runs r where tax_year = %s"
        " and not exists (select from levy_run_ends e where e.run_id = r.run_id)",
        (tax_year,),
    ).one_or_none()


def insert_run(connection: Connection, row: dict[str, object]) -> None:
    _insert(connection, "levy_runs", row)


def insert_batch(
    connection: Connection, run_id: UUID, batch: int, up_to: str, written: Written, at: object
) -> None:
    """Move the watermark, in the transaction of the bills it stands for."""
    row = {
        "run_id": run_id,
        "batch": batch,
        "up_to_parcel": up_to,
        "bill_count": written.bill_count,
        "line_count": written.line_count,
        "total_cents": written.total_cents,
        "recorded_at": at,
    }
    _insert(connection, "levy_run_batches", row)


def insert_end(connection: Connection, run_id: UUID, at: object) -> None:
    connection.exec_driver_sql(
        "insert into levy_run_ends values (%s, %s) on conflict do nothing", (run_id, at)
    )


def _insert(connection: Connection, table: str, row: dict[str, object]) -> None:
    connection.exec_driver_sql(
        f"insert into {table} ({', '.join(row)}) values ({', '.join(f'%({n})s' for n in row)})", row
    )
