"""Writes a computed batch where bills stand for ever, with the events that tell of them."""

import json
from dataclasses import dataclass
from typing import Final, Self
from uuid import UUID

from sqlalchemy import Connection

from levy_service import bill_credits, events
from levy_service.domain.increment import Part
from levy_service.runs import parts
from levy_service.runs.credits import claimed, told
from levy_service.runs.year import YearTerms

_VERSION: Final = 1
_COMPONENT: Final = (
    "told || amount || case when gross is distinct from amount and gross is not null"
    " then ',\"credited_cents\":' || (gross - amount) else '' end || told_after"
)


@dataclass(frozen=True, slots=True)
class Written:
    """What a batch came to."""

    bill_count: int
    line_count: int
    total_cents: int

    def __add__(self, other: Self) -> "Written":
        return Written(
            self.bill_count + other.bill_count,
            self.line_count + other.line_count,
            self.total_cents + other.total_cents,
        )


def write(connection: Connection, year: YearTerms, run_id: UUID | None) -> Written:
    """Store the batch's bills whole."""
    _write_bills(connection, year, run_id)
    connection.exec_driver_sql(
        "insert into bill_lines (bill_id, bill_version, place, agency_code, rate_thousandths,"
        f" amount_cents, residual_cents, fund_code, credited_cents) select bill_id, {_VERSION},"
        " place, agency_code, rate, amount, odd, fund_code, coalesce(gross - amount, 0)"
        " from run_lines"
    )
    _write_installments(connection, year)
    _tell(connection, year)
    return written(connection)


def written(connection: Connection) -> Written:
    """Count the computed batch."""
    bills, total = connection.exec_driver_sql(
        "select count(*), coalesce(sum(tax + charged), 0)::bigint from run_bills"
    ).one()
    lines = connection.exec_driver_sql("select count(*) from run_lines").scalar_one()
    return Written(bills, lines, total)


def bill_ids(connection: Connection, limit: int) -> list[UUID]:
    """The first bills' ids, in the order of their parcels."""
    found = connection.exec_driver_sql(
        "select bill_id from run_bills order by ord limit %s", (limit,)
    )
    return list(found.scalars())


def _write_bills(connection: Connection, year: YearTerms, run_id: UUID | None) -> None:
    connection.exec_driver_sql(
        "insert into bills (bill_id, bill_version, bill_number, tax_year, parcel_number, tax_code,"
        " property_class, owner_name, owner_email, net_value_dollars, composite_thousandths,"
        " total_cents, roll_id, part, run_id, credits)"
        f" select b.bill_id, {_VERSION}, {_NUMBER}, %(year)s, parcel_number, b.tax_code,"
        " property_class, owner_name, owner_email, taxed, composite, tax + b.charged, roll_id,"
        f" part, %(run)s, {claimed('%(credits)s::text[]')}"
        " from run_bills b join run_parcels p on p.ord = b.parcel_ord order by b.ord",
        {**_names(year), "year": year.tax_year, "run": run_id, **_credits(year)},
    )


def _write_installments(connection: Connection, year: YearTerms) -> None:
    due = parts.due(year.billing.plan)
    connection.exec_driver_sql(
        "insert into installments (bill_id, bill_version, installment, due_on, amount_cents,"
        f" payable_on) select bill_id, {_VERSION}, d.installment, d.due_on,"
        " b.parts[d.installment], d.payable_on"
        " from run_bills b join unnest(%(in_one)s::boolean[], %(number)s::integer[],"
        " %(due_on)s::date[], %(payable_on)s::date[])"
        " d (in_one, installment, due_on, payable_on) using (in_one)",
        {
            "in_one": [in_one for in_one, _, _ in due],
            "number": [number for _, number, _ in due],
            "due_on": [day.due_on for _, _, day in due],
            "payable_on": [day.payable_on for _, _, day in due],
        },
    )


def _tell(connection: Connection, year: YearTerms) -> None:
    """Put BillCreated into the outbox, in the order of the bills."""
    kind = events.BILL_CREATED
    connection.exec_driver_sql(
        "insert into outbox (event_id, exchange, routing_key, mandatory, subject, traceparent,"
        " trace_id, body) select event_id, %(exchange)s, %(routing_key)s, %(mandatory)s,"
        f" 'bill/' || bill_id, traceparent, bill_id, {year.teller.body()} from (select b.*,"
        " p.parcel_number, property_class, owner_name, owner_email, bill_class,"
        f" tax + b.charged as total, {told('%(credits)s::text[]')} as credits_told,"
        f" {_NUMBER} as bill_number, l.components,"
        # One bill is one trace, named as the bill is: a year's million do not share the call's.
        " '00-' || hex || '-' || substr(hex, 17) || '-00' as traceparent,"
        f" {parts.told(year.billing.plan, year.teller)} as installments"
        " from run_bills b join run_parcels p on p.ord = b.parcel_ord"
        " cross join lateral (select replace(b.bill_id::text, '-', '') as hex) h"
        f" join (select ord, string_agg({_COMPONENT}, ',' order by place)"
        "       as components from run_lines group by ord) l on l.ord = b.ord"
        " order by b.ord) t",
        {
            **_names(year),
            "exchange": f"{kind.owner}.events",
            "routing_key": kind.routing_key,
            "mandatory": kind.mandatory,
            **_credits(year),
        },
    )


_NUMBER: Final = (
    f"%(number_of)s || parcel_number || case part when '{Part.INCREMENT}' then %(suffix)s"
    " else '' end"
)


def _credits(year: YearTerms) -> dict[str, object]:
    """The law's credits in the order of their amounts, and what it says of each."""
    said = bill_credits.said_by_law(year.billing.credits)
    return {"credits": list(said), "said": json.dumps(said)}


def _names(year: YearTerms) -> dict[str, object]:
    """What bill numbers are made of beside the parcel's."""
    return {"number_of": f"{year.tax_year}-", "suffix": f"-{year.increment.bill_suffix}"}
