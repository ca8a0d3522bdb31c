"""SQL that finds bills whose time has come, by the columns kept for it."""

from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import Connection

from receivables_service.domain.terms import DefaultTerm
from taxkit.rows import Columns

_LAW = Columns(
    {"tax_year": "integer", "years_after": "integer", "month": "integer", "day": "integer"}
)
# A bill due after its year's day defaults on the next such day on which all of it is due.
_TO_DEFAULT = f"""
select bill_id, defaulted_on from (
    select b.bill_id, case when d.day_of_year >= b.last_due_on then d.day_of_year
        else (d.day_of_year + interval '1 year')::date end as defaulted_on
    from {_LAW.source}
    join bills b using (tax_year)
    cross join lateral (select make_date(greatest(b.tax_year + v.years_after,
        extract(year from b.last_due_on)::integer), v.month, v.day) as day_of_year) d
    where b.open_cents > 0 and not b.default_declared and b.bill_number is not null
) as due
where defaulted_on <= %(until)s and bill_id > %(after)s
    -- Nothing that is deferred defaults: left out here, it takes no other bill's place.
    and (cardinality(%(deferring)s::text[]) = 0 or not exists (select from bill_codes c
        where c.bill_id = due.bill_id and c.charge_code = '' and c.code = any(%(deferring)s::text[])
            and c.effective_on <= %(today)s and (c.through is null or c.through >= %(today)s)))
order by bill_id limit %(limit)s
"""


def bills_to_default(
    connection: Connection,
    law: Sequence[tuple[int, DefaultTerm]],
    until: date,
    page: tuple[UUID, int],
    deferring: tuple[Collection[str], date],
) -> dict[UUID, date]:
    """Find open bills whose day has come and not been declared, each with that day.

    A page is so many of them, behind a bill. Left out are those that bear a code that defers on
    the day given with the codes.
    """
    if not law:
        return {}
    rows = connection.exec_driver_sql(
        _TO_DEFAULT,
        {
            **_LAW.params((year, one.years_after, one.month, one.day) for year, one in law),
            "until": until,
            "after": page[0],
            "limit": page[1],
            "deferring": sorted(deferring[0]),
            "today": deferring[1],
        },
    )
    return {row.bill_id: row.defaulted_on for row in rows}


def bills_out_of_grace(
    connection: Connection, today: date, after: UUID, limit: int
) -> dict[UUID, date]:
    """Find so many bills behind one whose last free day has passed, each with that day."""
    rows = connection.exec_driver_sql(
        "select bill_id, grace_ends_on from bills where grace_ends_on < %s and bill_id > %s"
        " order by bill_id limit %s",
        (today, after, limit),
    )
    return {row.bill_id: row.grace_ends_on for row in rows}
