"""Levy's SQL for certified levies: append-only versions, one certificate each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection

from levy_service.domain.levy_limits import LevyKey
from taxkit.rows import Columns

_LEVIES: Final = Columns(
    {
        "tax_year": "integer",
        "version": "integer",
        "place": "integer",
        "agency_code": "text",
        "fund_code": "text",
        "agency_name": "text",
        "kind": "text",
        "asked_cents": "bigint",
        "taxable_dollars": "bigint",
        "rate_units": "bigint",
        "levy_cents": "bigint",
        "growth_limit_cents": "bigint",
        "highest_lawful_cents": "bigint",
        "bound": "integer",
        "aggregate": "text",
        "bound_tax_code": "text",
    }
)
_AREAS: Final = Columns(
    {
        "tax_year": "integer",
        "version": "integer",
        "tax_code": "text",
        "place": "integer",
        "agency_code": "text",
        "fund_code": "text",
    }
)


@dataclass(frozen=True, slots=True)
class Earlier:
    """What a levy of years before leaves to later ones."""

    highest_lawful_cents: int
    # Of the year before alone; none where nothing was certified for it, or in another unit.
    rate_units: int | None


def lock_year(connection: Connection, tax_year: int) -> None:
    """Let versions of a year follow one another."""
    connection.exec_driver_sql(
        "select pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"certified levies {tax_year}",)
    )


def versions(connection: Connection, tax_year: int) -> Sequence[Any]:
    return connection.exec_driver_sql(
        "select * from levy_certificates where tax_year = %s order by version", (tax_year,)
    ).all()


def insert_certificate(connection: Connection, row: Mapping[str, object]) -> None:
    names = list(row)
    connection.exec_driver_sql(
        f"insert into levy_certificates ({', '.join(names)})"
        f" values ({', '.join(f'%({name})s' for name in names)})",
        row,
    )


def insert_levies(
    connection: Connection,
    levies: Sequence[tuple[object, ...]],
    areas: Sequence[tuple[object, ...]],
) -> None:
    _LEVIES.insert(connection, "certified_levies", levies)
    _AREAS.insert(connection, "certified_levy_areas", areas)


def levies(connection: Connection, tax_year: int, version: int) -> Sequence[Any]:
    """A version's levies in the order they were certified in, each with its tax codes."""
    return connection.exec_driver_sql(
        "select l.*, coalesce((select array_agg(a.tax_code order by a.tax_code)"
        " from certified_levy_areas a where (a.tax_year, a.version, a.agency_code, a.fund_code)"
        " = (l.tax_year, l.version, l.agency_code, l.fund_code)), '{}') as tax_codes"
        " from certified_levies l where tax_year = %s and version = %s order by place",
        (tax_year, version),
    ).all()


def rates(connection: Connection, tax_year: int, version: int) -> Sequence[Any]:
    """A version's rates by tax code, in the order of a bill's lines."""
    return connection.exec_driver_sql(
        "select a.tax_code, agency_code, fund_code, agency_name, rate_units"
        " from certified_levy_areas a join certified_levies l"
        " using (tax_year, version, agency_code, fund_code)"
        " where tax_year = %s and version = %s order by a.tax_code, a.place",
        (tax_year, version),
    ).all()


def earlier(connection: Connection, tax_year: int, rate_unit: str) -> dict[LevyKey, Earlier]:
    """What the newest versions of the years before say of each levy."""
    rows = connection.exec_driver_sql(
        "select agency_code, fund_code, max(highest_lawful_cents) as highest,"
        " max(rate_units) filter (where tax_year = %(year)s - 1 and c.rate_unit = %(unit)s) as rate"
        " from certified_levies l join levy_certificates c using (tax_year, version)"
        " where tax_year < %(year)s and not exists (select from levy_certificates n"
        " where n.tax_year = l.tax_year and n.version > l.version) group by 1, 2",
        {"year": tax_year, "unit": rate_unit},
    )
    return {(row.agency_code, row.fund_code): Earlier(row.highest, row.rate) for row in rows}


def levied(connection: Connection, years: range) -> dict[int, dict[LevyKey, int]]:
    """What the newest version of each of some years levies, by agency and fund."""
    rows = connection.exec_driver_sql(
        "select tax_year, agency_code, fund_code, levy_cents from certified_levies l"
        " where tax_year = any(%s) and version = (select max(version) from levy_certificates c"
        " where c.tax_year = l.tax_year)",
        (list(years),),
    )
    found: dict[int, dict[LevyKey, int]] = {}
    for row in rows:
        found.setdefault(row.tax_year, {})[row.agency_code, row.fund_code] = row.levy_cents
    return found


def certified_cents(connection: Connection, tax_year: int) -> dict[LevyKey, int]:
    """What a year's newest version levies, by agency and fund."""
    rows = connection.exec_driver_sql(
        "select agency_code, fund_code, levy_cents from certified_levies where tax_year = %(year)s"
        " and version = (select max(version) from levy_certificates where tax_year = %(year)s)",
        {"year": tax_year},
    )
    return {(row.agency_code, row.fund_code): row.levy_cents for row in rows}
