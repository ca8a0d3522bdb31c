"""Questions to the ledger: quotes by the same derivation it posts from, and what it has posted."""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection

from receivables_service import store
from receivables_service.accounts import KnownFact
from receivables_service.domain.derivation import derive
from receivables_service.domain.state import BillState
from receivables_service.domain.terms import InterestBasis, Terms
from taxkit.dated import NoTermInForce
from taxkit.errors import Refusal, not_found


class IssuedBill(NamedTuple):
    """What names a bill that was issued."""

    bill_id: UUID
    bill_number: str
    bill_version: int
    parcel_number: str
    tax_year: int
    owner_name: str


class Quoted(NamedTuple):
    """A bill with its state on a date."""

    head: IssuedBill
    state: BillState


class Asked(NamedTuple):
    """Under which law, for which day, and on which basis where a bill is free to choose."""

    terms: Terms
    as_of: date
    basis: InterestBasis | None = None


class Totals(NamedTuple):
    """What a business date's postings add up to."""

    allocated_cents: int
    surplus_cents: int
    suspense_cents: int


def quote_parcel(connection: Connection, asked: Asked, parcel_number: str) -> list[Quoted]:
    """Quote every bill of a parcel, oldest tax year first."""
    heads = _heads(connection, "parcel_number = %s order by tax_year, bill_number", parcel_number)
    if not heads:
        raise not_found("PARCEL_NOT_FOUND", f"no bill of parcel {parcel_number} is on the books")
    return _quote(connection, asked, heads)


def quote_bills(
    connection: Connection, terms: Terms, bill_ids: Sequence[UUID], as_of: date
) -> list[Quoted]:
    return quote_asked(connection, Asked(terms, as_of), bill_ids)


def quote_asked(connection: Connection, asked: Asked, bill_ids: Sequence[UUID]) -> list[Quoted]:
    """Quote bills in the order they were asked for; one unknown refuses them all."""
    known = {
        head.bill_id: head
        for head in _heads(
            connection, "bill_id = any(%s::uuid[]) and bill_number is not null", list(bill_ids)
        )
    }
    for bill_id in bill_ids:
        if bill_id not in known:
            raise not_found("BILL_NOT_FOUND", f"receivables has not heard of bill {bill_id}")
    return _quote(connection, asked, [known[bill_id] for bill_id in bill_ids])


def entries_of_bill(connection: Connection, bill_id: UUID) -> Sequence[Any]:
    """A bill's ledger, in the order it was written."""
    return connection.exec_driver_sql(
        "select p.kind, p.business_date, p.effective_on, p.recorded_at, e.*,"
        " coalesce(f.fund_name, '') as fund_name from postings p"
        " join ledger_entries e using (posting_id) left join fund_names f using (subcode)"
        " where p.bill_id = %s"
        " order by p.posting_id, e.line_number",
        (bill_id,),
    ).all()


def allocations_of_receipt(connection: Connection, receipt_id: UUID) -> Sequence[Any]:
    """Where a receipt's money went, row by row, whichever posting moved it."""
    rows = connection.exec_driver_sql(
        "select p.bill_id, p.parcel_number, p.tax_year, p.kind, p.business_date, e.*"
        " from ledger_entries e join postings p using (posting_id)"
        " where e.receipt_id = %s and e.ledger_account <> 'cash_clearing'"
        " order by e.posting_id, e.line_number",
        (receipt_id,),
    ).all()
    if not rows:
        raise not_found(
            "RECEIPT_NOT_FOUND", f"no posting of receipt {receipt_id} is on the books (yet)"
        )
    return rows


def totals(connection: Connection, business_date: date) -> Totals:
    """Add up a business date's postings: the ledger's leg of the tie-out."""
    row = connection.exec_driver_sql(
        "select coalesce(sum(allocated_cents), 0), coalesce(sum(surplus_cents), 0),"
        " coalesce(sum(suspense_cents), 0) from postings where business_date = %s",
        (business_date,),
    ).one()
    return Totals(*(int(cents) for cents in row))


def _heads(connection: Connection, condition: str, value: object) -> list[IssuedBill]:
    rows = connection.exec_driver_sql(
        f"select {', '.join(IssuedBill._fields)} from bills where {condition}", (value,)
    )
    return [IssuedBill(*row) for row in rows]


def _quote(connection: Connection, asked: Asked, heads: Sequence[IssuedBill]) -> list[Quoted]:
    facts = store.facts_of_bills(connection, [head.bill_id for head in heads])
    return [Quoted(head, _state(head, facts[head.bill_id], asked)) for head in heads]


def _state(head: IssuedBill, known: Sequence[KnownFact], asked: Asked) -> BillState:
    try:
        return derive([each.fact for each in known], asked.terms, asked.as_of, asked.basis)
    except NoTermInForce as error:
        raise Refusal("NO_LAW_IN_FORCE", f"bill {head.bill_number}: {error}") from error
