"""Levy's SQL for rolls: in by COPY, judged in sets, out as bills by COPY, a batch at a time."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from levy_service.domain.billing import AgencyRate
from levy_service.domain.roll import ParcelRow, TaxCodeRates
from levy_service.register.store import claims_told
from levy_service.staged_json import caps_told, charges_told, credits_told, steps_told
from taxkit import outbox
from taxkit.contracts import OutgoingEvent
from taxkit.rows import Columns

_STAGED = (
    "row_number",
    "parcel_number",
    "tax_code",
    "property_class",
    "township",
    "value_dollars",
    "net_value_dollars",
    "prior_year_total_cents",
    "owner_name",
    "owner_email",
    "frozen_value_dollars",
    "increment_share",
    "value_steps",
    "charges",
    "exemptions",
    "credits",
    "value_caps",
)
BILLS = (
    "bill_id",
    "bill_version",
    "bill_number",
    "tax_year",
    "parcel_number",
    "tax_code",
    "property_class",
    "owner_name",
    "owner_email",
    "net_value_dollars",
    "composite_thousandths",
    "total_cents",
    "roll_id",
    "part",
    "credits",
    "supplement_number",
    "supplement_id",
)
# A parcel's direct charges as rows.
CHARGES = "jsonb_to_recordset({of}) as c (agency_code text, fund_code text, amount_cents bigint)"
# Columns named for thousandths of a percent hold whole steps of the year's rate unit.
LINES = (
    "bill_id",
    "bill_version",
    "place",
    "agency_code",
    "rate_thousandths",
    "amount_cents",
    "residual_cents",
    "fund_code",
    "credited_cents",
)
INSTALLMENTS = ("bill_id", "bill_version", "installment", "due_on", "amount_cents")
_AGENCIES = Columns({"tax_year": "integer", "agency_code": "text", "agency_name": "text"})
_RATES = Columns(
    {
        "tax_year": "integer",
        "tax_code": "text",
        "place": "integer",
        "agency_code": "text",
        "rate_thousandths": "integer",
        "roll_id": "uuid",
        "fund_code": "text",
    }
)


def copy(
    connection: Connection, table: str, columns: Sequence[str], rows: Iterable[Sequence[object]]
) -> None:
    """Write rows the fastest way there is."""
    raw: Any = connection.connection.driver_connection
    statement = f"copy {table} ({', '.join(columns)}) from stdin"
    with raw.cursor() as cursor, cursor.copy(statement) as stream:
        for row in rows:
            stream.write_row(row)


def begin_roll(connection: Connection, locks: Sequence[str]) -> bool:
    """Make room for a roll; False when another one holds one of the named locks."""
    # A county's year takes longer than a call at the counter may.
    connection.exec_driver_sql("set local statement_timeout = '10min'")
    for name in locks:
        held = connection.exec_driver_sql(
            "select pg_try_advisory_xact_lock(hashtextextended(%s, 0))", (name,)
        ).scalar_one()
        if not held:
            return False
    connection.exec_driver_sql(
        "create temp table staged_parcels (row_number bigint, parcel_number text, tax_code text,"
        " property_class text, township text, value_dollars bigint, net_value_dollars bigint,"
        " prior_year_total_cents bigint, owner_name text, owner_email text,"
        " frozen_value_dollars bigint, increment_share numeric, value_steps jsonb, charges jsonb,"
        " exemptions jsonb, credits jsonb, value_caps jsonb)"
        " on commit drop"
    )
    return True


def stage(connection: Connection, parcels: Iterable[ParcelRow]) -> None:
    rows = (
        (
            each.row, each.parcel_number, each.tax_code, each.property_class, each.township,
            each.value_dollars, each.net_value_dollars, each.prior_year_total_cents,
            each.owner_name, each.owner_email, each.frozen_value_dollars,
            each.increment_share or None, steps_told(each), charges_told(each), claims_told(each),
            credits_told(each), caps_told(each),
        )
        for each in parcels
    )  # fmt: skip
    copy(connection, "staged_parcels", _STAGED, rows)


def charged_and_rated(connection: Connection, tax_year: int, limit: int) -> Sequence[Any]:
    """(row_number, agency_code, tax_code, found): charges of agencies that have a rate there."""
    return connection.exec_driver_sql(
        "select row_number, c.agency_code, s.tax_code, count(*) over () as found"
        f" from staged_parcels s cross join lateral {CHARGES.format(of='s.charges')}"
        " where s.charges is not null and exists (select from rates r where r.tax_year = %s"
        " and r.tax_code = s.tax_code and r.agency_code = c.agency_code)"
        " order by row_number limit %s",
        (tax_year, limit),
    ).all()


def settle_staging(connection: Connection) -> None:
    """Let the planner know how much was staged."""
    connection.exec_driver_sql("analyze staged_parcels")


def duplicates(connection: Connection, limit: int) -> Sequence[Any]:
    """(row_number, parcel_number, first, found): parcels on an earlier row of the roll, too."""
    return connection.exec_driver_sql(
        "select *, count(*) over () as found from"
        " (select row_number, parcel_number, min(row_number) over (partition by parcel_number)"
        "  as first from staged_parcels) d"
        " where first < row_number order by row_number limit %s",
        (limit,),
    ).all()


def without_rates(connection: Connection, known: Iterable[str], limit: int) -> Sequence[Any]:
    """(row_number, tax_code, found): parcels whose tax code has no rates."""
    return connection.exec_driver_sql(
        "select row_number, tax_code, count(*) over () as found from staged_parcels s"
        " where not exists (select from unnest(%s::text[]) as k (code) where code = s.tax_code)"
        " order by row_number limit %s",
        (list(known), limit),
    ).all()


def billed_already(connection: Connection, tax_year: int, limit: int) -> Sequence[Any]:
    """(row_number, bill_number, found): parcels that have a bill of the year."""
    return connection.exec_driver_sql(
        "select row_number, bill_number, count(*) over () as found from staged_parcels s"
        " join bills b on b.tax_year = %s and b.parcel_number = s.parcel_number"
        " and b.bill_version = 1 and b.part <> 'increment' and b.supplement_id is null"
        " and b.tax_code <> ''"
        " order by row_number limit %s",
        (tax_year, limit),
    ).all()


def rates_on_file(connection: Connection, tax_year: int) -> dict[str, TaxCodeRates]:
    """Every tax code's rates of a year, in the order of their lines."""
    found: dict[str, list[AgencyRate]] = {}
    rows = connection.exec_driver_sql(
        "select tax_code, agency_code, agency_name, rate_thousandths, fund_code from rates"
        " join agencies using (tax_year, agency_code) where tax_year = %s"
        " order by tax_code, place",
        (tax_year,),
    )
    for row in rows:
        rate = AgencyRate(row.agency_code, row.agency_name, row.rate_thousandths, row.fund_code)
        found.setdefault(row.tax_code, []).append(rate)
    return {tax_code: tuple(rates) for tax_code, rates in found.items()}


def insert_roll(connection: Connection, row: Mapping[str, object]) -> None:
    names = list(row)
    connection.exec_driver_sql(
        f"insert into rolls ({', '.join(names)})"
        f" values ({', '.join(f'%({name})s' for name in names)})",
        row,
    )


def insert_rates(
    connection: Connection,
    roll_id: UUID,
    tax_year: int,
    rates: Mapping[str, TaxCodeRates],
    chargers: Mapping[str, str],
) -> None:
    """Put tax codes on file that no earlier roll brought, and agencies of direct charges."""
    rated = {each.agency_code: each.agency_name for of in rates.values() for each in of}
    names = {**chargers, **rated}
    agencies = [(tax_year, code, name) for code, name in sorted(names.items())]
    _AGENCIES.insert(connection, "agencies", agencies, "on conflict do nothing")
    rows = [
        (
            tax_year, tax_code, place, each.agency_code, each.rate_units, roll_id,
            each.fund_code,
        )
        for tax_code, of in rates.items()
        for place, each in enumerate(of, start=1)
    ]  # fmt: skip
    _RATES.insert(connection, "rates", rows)


def register_parcels(connection: Connection, roll_id: UUID, tax_year: int) -> None:
    kept = ", ".join(_STAGED[1:])
    connection.exec_driver_sql(
        f"insert into parcels (tax_year, roll_id, {kept})"
        f" select %s, %s, {kept} from staged_parcels order by row_number"
        # Staged before and not billed since: what comes later is what counts.
        f" on conflict (tax_year, parcel_number) do update set ({kept}, roll_id)"
        f" = row({', '.join(f'excluded.{name}' for name in (*_STAGED[1:], 'roll_id'))})",
        (tax_year, roll_id),
    )


def last_staged_row(connection: Connection) -> int:
    found: int = connection.exec_driver_sql(
        "select coalesce(max(row_number), 0) from staged_parcels"
    ).scalar_one()
    return found


def write_bills(
    connection: Connection,
    county: str,
    bills: Sequence[Sequence[object]],
    lines: Iterable[Sequence[object]],
    installments: Iterable[Sequence[object]],
    events: Sequence[OutgoingEvent],
) -> None:
    """Store a batch of bills whole, with the events that tell of them."""
    copy(connection, "bills", BILLS, map(_with_credits, bills))
    copy(connection, "bill_lines", LINES, lines)
    copy(connection, "installments", INSTALLMENTS, installments)
    copy(connection, "outbox", list(outbox.COLUMNS.types), outbox.rows(county, events))


def _with_credits(bill: Sequence[object]) -> list[object]:
    """Credits as they are read are written as they are kept."""
    place = BILLS.index("credits")
    return [*bill[:place], json.dumps(bill[place]) if bill[place] else None, *bill[place + 1 :]]


def finish_roll(
    connection: Connection, roll_id: UUID, bill_count: int, line_count: int, total_cents: int
) -> None:
    connection.exec_driver_sql(
        "update rolls set bill_count = %s, line_count = %s, total_cents = %s where roll_id = %s",
        (bill_count, line_count, total_cents, roll_id),
    )
