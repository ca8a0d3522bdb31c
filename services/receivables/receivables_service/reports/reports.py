"""Receivables' reports: what came in, what is held, and a parcel's statement."""

from collections.abc import Iterator
from functools import partial
from typing import Any, Final

from sqlalchemy import Connection

from receivables_service.bootstrap import ReceivablesApp
from receivables_service.reports import discount_reports
from receivables_service.reports.code_listing import code_listing
from receivables_service.reports.selected_bills import selected_bills
from receivables_service.reports.statement import statement
from reportkit import (
    Cell,
    Column,
    Kind,
    Parameter,
    Report,
    ReportDesk,
    Row,
    Values,
    stream,
    visible,
)
from taxkit.errors import invalid

# Money of receipts, by what it bears; a minus gives back what was applied before.
_COLLECTIONS = f"""
select p.business_date, p.tax_year::text as tax_year,
    coalesce(e.collection_type, '') as collection_type,
    {{charges}},
    coalesce(-sum(e.amount_cents) filter (where e.ledger_account = 'surplus_liability'), 0)
        as surplus_cents,
    coalesce(-sum(e.amount_cents) filter (where e.ledger_account = 'suspense_liability'), 0)
        as suspense_cents,
    coalesce(-sum(e.amount_cents) filter (where e.ledger_account = 'tolerance'), 0)
        as tolerance_cents,
    -sum(e.amount_cents) as total_cents
from postings p join ledger_entries e using (posting_id)
where p.business_date between %(from_on)s and %(to_on)s and {visible("p")}
    and (e.receipt_id is not null and e.ledger_account <> 'cash_clearing'
        or e.ledger_account = 'tolerance')
group by 1, 2, 3
order by 1, 2 nulls last, 3
"""
_CHARGES: Final = ("tax", "interest", "penalty", "fee")
_HELD = f"""
select replace(e.ledger_account, '_liability', '') as held_as,
    min(p.parcel_number) as parcel_number, min(p.tax_year)::text as tax_year,
    coalesce(min(b.bill_number), '') as bill_number,
    coalesce(min(r.receipt_number), f.receipt_id::text) as receipt,
    min(p.business_date) as held_since, -sum(e.amount_cents) as held_cents
from (select posting_id, fact_id, amount_cents,
          replace(ledger_account, '_paid_out', '_liability') as ledger_account
      from ledger_entries where ledger_account in ('surplus_liability', 'surplus_paid_out',
          'suspense_liability', 'suspense_paid_out')) e
    join postings p using (posting_id) join facts f using (fact_id)
    -- A bill that was issued after the run had no number then.
    left join bills b on b.bill_id = f.bill_id and exists (select from postings i
        where i.bill_id = b.bill_id and i.kind = 'issue' and {visible("i")})
    left join receipts r on r.receipt_id = f.receipt_id
where p.business_date <= %(as_of)s and {visible("p")}
    and (%(parcel_number)s::text is null or p.parcel_number = %(parcel_number)s)
group by e.ledger_account, e.fact_id, f.receipt_id
having sum(e.amount_cents) <> 0
order by 1 desc, 2, 3 nulls last, 6, 5, e.fact_id
"""


def reports(app: ReceivablesApp) -> ReportDesk:
    """The desk of this county's receivables."""
    today = app.clock.today
    bills = selected_bills(app.terms, today)
    known = (
        statement(app.terms, today),
        bills,
        _collections(),
        _surplus(today),
        code_listing(today),
    )
    known_too = discount_reports.reports(app.discounts, today)
    return ReportDesk(app, (*known, *known_too), f"{app.settings.county.title()} County")


def _collections() -> Report:
    amounts = (
        ("tax_cents", "Tax"),
        ("interest_cents", "Interest"),
        ("penalty_cents", "Penalty"),
        ("fee_cents", "Fees"),
        ("surplus_cents", "Surplus"),
        ("suspense_cents", "Suspense"),
        ("tolerance_cents", "Tolerance"),
        ("total_cents", "Received"),
    )
    return Report(
        name="collections-summary",
        title="Collections summary",
        parameters=(
            Parameter("from_on", "From", Kind.DATE),
            Parameter("to_on", "To", Kind.DATE),
        ),
        columns=(
            Column("business_date", "Business date", Kind.DATE, 10),
            Column("tax_year", "Tax year", width=8),
            Column("collection_type", "Type", width=5),
            *(Column(name, said, Kind.MONEY, 13, total=True) for name, said in amounts),
        ),
        rows=_collection_rows,
        group_by="business_date",
        note="Money of receipts by the day it counts on in the drawers: what each kind of charge"
        " took, and what is held; type S is secured, DS defaulted, U unsecured. Tolerance has a"
        " minus for what a drawer lacks. Money taken back has one on the day it was taken back.",
        check=_check_range,
    )


def _surplus(today: Any) -> Report:
    return Report(
        name="surplus",
        title="Surplus and suspense",
        parameters=(
            Parameter("as_of", "As of", Kind.DATE, required=False),
            Parameter("parcel_number", "Parcel", required=False),
        ),
        columns=(
            Column("held_as", "Held as", width=10),
            Column("parcel_number", "Parcel", width=16),
            Column("tax_year", "Tax year", width=8),
            Column("bill_number", "Bill", width=22),
            Column("receipt", "Receipt", width=24),
            Column("held_since", "Since", Kind.DATE, 10),
            Column("held_cents", "Held", Kind.MONEY, 14, total=True),
        ),
        rows=_held_rows,
        group_by="held_as",
        note="Money the county holds for somebody at the end of that day, payment by payment;"
        " money of escrow accounts and advances is among it.",
        check=partial(_check_as_of, today),
    )


def _collection_rows(connection: Connection, asked: Values, watermark: str) -> Iterator[Row]:
    charges = ", ".join(
        "coalesce(-sum(e.amount_cents) filter (where e.ledger_account = 'taxes_receivable'"
        f" and e.charge_type = '{charge}'), 0) as {charge}_cents"
        for charge in _CHARGES
    )
    given = {**asked, "watermark": watermark}
    return stream(connection, _COLLECTIONS.format(charges=charges), given)


def _held_rows(connection: Connection, asked: Values, watermark: str) -> Iterator[Row]:
    return stream(connection, _HELD, {**asked, "watermark": watermark})


def _check_range(_connection: Connection, asked: dict[str, Cell]) -> dict[str, Cell]:
    if str(asked["to_on"]) < str(asked["from_on"]):
        raise invalid("DATES_REVERSED", f"{asked['to_on']} is before {asked['from_on']}", "to_on")
    return asked


def _check_as_of(today: Any, _connection: Connection, asked: dict[str, Cell]) -> dict[str, Cell]:
    return {**asked, "as_of": asked["as_of"] or today()}
