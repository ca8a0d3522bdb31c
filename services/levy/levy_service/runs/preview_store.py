"""Levy's SQL for previews and certifications: sums by tax code and agency, before and after."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection

_TABLES: Final = """
create temp table preview_sums (
    measure text, dimension text, code text, bills bigint, value numeric, cents bigint
) on commit drop
"""
# Of what is computed: by tax code a parcel's parts are bills of their own, as they will be.
_COMPUTED: Final = """
insert into preview_sums
select 'run', 'tax_code', tax_code, count(*), sum(taxed), sum(tax) from run_bills group by tax_code
union all
select 'run', 'agency', l.agency_code, count(*), sum(b.taxed), sum(l.amount)
from (select ord, agency_code, sum(amount) as amount from run_lines group by ord, agency_code) l
join run_bills b using (ord) group by l.agency_code
"""
# Of bills on file, in their newest versions.
_ON_FILE: Final = """
with newest as materialized (
    select bill_id, bill_version, tax_code, net_value_dollars, total_cents from bills b
    where tax_year = %(year)s and not exists (
        select from bills n where n.bill_id = b.bill_id and n.bill_version > b.bill_version)
)
insert into preview_sums
select %(measure)s, 'tax_code', tax_code, count(*), sum(net_value_dollars), sum(total_cents)
from newest group by tax_code
union all
select %(measure)s, 'agency', agency_code, count(*), sum(net_value_dollars), sum(amount_cents)
from (select l.bill_id, l.agency_code, n.net_value_dollars, sum(l.amount_cents) as amount_cents
      from newest n join bill_lines l using (bill_id, bill_version) group by 1, 2, 3) a
group by agency_code
"""
_MEASURES: Final = ("prior", "filed", "run")
_ROWS: Final = (
    """
insert into levy_preview_rows
select %(preview)s, dimension, code,
       coalesce((select agency_name from agencies a where s.dimension = 'agency'
                 and a.agency_code = s.code and a.tax_year in (%(year)s, %(year)s - 1)
                 order by a.tax_year desc limit 1), ''),
"""
    + ", ".join(
        f"coalesce(sum({figure}) filter (where measure = '{measure}'), 0)"
        for measure in _MEASURES
        for figure in ("bills", "value", "cents")
    )
    + " from preview_sums s group by dimension, code"
)
_PREVIEW: Final = """
select p.*, d.reason as discard_reason, d.discarded_by, c.certification_id
from levy_previews p left join levy_preview_discards d using (preview_id)
left join roll_certifications c using (preview_id)
"""
_CERTIFICATION: Final = """
select c.*, p.bill_class, p.bill_count, p.total_cents, p.roll_digest
from roll_certifications c join levy_previews p using (preview_id, tax_year)
"""


def begin(connection: Connection) -> None:
    connection.exec_driver_sql(_TABLES)


def add_computed(connection: Connection) -> None:
    """Count the computed batch in."""
    connection.exec_driver_sql(_COMPUTED)


def add_on_file(connection: Connection, measure: str, tax_year: int) -> None:
    connection.exec_driver_sql(_ON_FILE, {"measure": measure, "year": tax_year})


def run_value(connection: Connection) -> int:
    """The value of all bills computed, whole dollars."""
    found: int = connection.exec_driver_sql(
        "select coalesce(sum(value), 0) from preview_sums"
        " where measure = 'run' and dimension = 'tax_code'"
    ).scalar_one()
    return found


def insert(connection: Connection, row: dict[str, object]) -> None:
    _insert(connection, "levy_previews", row)
    connection.exec_driver_sql(_ROWS, {"preview": row["preview_id"], "year": row["tax_year"]})


def insert_discard(connection: Connection, row: dict[str, object]) -> None:
    _insert(connection, "levy_preview_discards", row)


def insert_certification(connection: Connection, row: dict[str, object]) -> None:
    _insert(connection, "roll_certifications", row)


def preview(connection: Connection, preview_id: UUID, *, lock: bool = False) -> Any:
    if lock:
        # Two who settle one preview at once: the second sees what the first did.
        connection.exec_driver_sql(
            "select from levy_previews where preview_id = %s for update", (preview_id,)
        )
    return connection.exec_driver_sql(
        f"{_PREVIEW} where p.preview_id = %s", (preview_id,)
    ).one_or_none()


def previews(connection: Connection, tax_year: int) -> Sequence[Any]:
    """Newest first; zero asks for every year's."""
    return connection.exec_driver_sql(
        f"{_PREVIEW} where %(year)s in (0, p.tax_year)"
        " order by p.recorded_at desc, p.preview_id limit 1000",
        {"year": tax_year},
    ).all()


def rows(connection: Connection, preview_id: UUID) -> Sequence[Any]:
    return connection.exec_driver_sql(
        "select * from levy_preview_rows where preview_id = %s order by dimension desc, code",
        (preview_id,),
    ).all()


def certification(connection: Connection, certification_id: UUID) -> Any:
    return connection.exec_driver_sql(
        f"{_CERTIFICATION} where c.certification_id = %s", (certification_id,)
    ).one()


def newest_certification(connection: Connection, tax_year: int, bill_class: str) -> Any:
    """The last one of a year and class that no run was begun for; None when there is none."""
    return connection.exec_driver_sql(
        f"{_CERTIFICATION} where c.tax_year = %s and p.bill_class = %s and not exists"
        " (select from levy_runs r where r.certification_id = c.certification_id)"
        " order by c.recorded_at desc, c.certification_id desc limit 1",
        (tax_year, bill_class),
    ).one_or_none()


def _insert(connection: Connection, table: str, row: dict[str, object]) -> None:
    connection.exec_driver_sql(
        f"insert into {table} ({', '.join(row)}) values ({', '.join(f'%({n})s' for n in row)})", row
    )
