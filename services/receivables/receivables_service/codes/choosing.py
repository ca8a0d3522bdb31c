"""Which bills and fees a command on codes is about, and the list they are chosen from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Connection

from receivables_service import queries
from receivables_service import store as ledger
from receivables_service.accounts import BillAccount
from receivables_service.books import Books
from receivables_service.codes import agencies, store
from receivables_service.codes.coding import Item
from receivables_service.domain.codes import codes_on
from receivables_service.domain.deferring import Deferring, is_deferred
from receivables_service.domain.state import BillState
from receivables_service.domain.terms import ChargeType, Terms
from receivables_service.queries import IssuedBill
from taxkit.errors import Refusal, not_found
from taxkit.inbox import Work


class Standing(StrEnum):
    """Which of the bills are shown, or meant."""

    ALL = "all"
    CURRENT = "current"
    DELINQUENT = "delinquent"


@dataclass(frozen=True, slots=True)
class Statement:
    """The bills of a parcel, of one year or of all, as far as the filters let them through."""

    parcel_number: str
    tax_year: int = 0
    standing: Standing = Standing.ALL
    district: str = ""
    # One that has a part of the bill: an assessment agency for one.
    agency: str = ""

    def covers(self, standing: Standing) -> bool:
        return self.standing in (Standing.ALL, standing)


class Listed(NamedTuple):
    """A bill, or its fees of one charge code, with what is open and the codes on it."""

    head: IssuedBill
    district: str
    charge_code: str
    open_cents: int
    standing: Standing
    codes: tuple[str, ...]


def open_items(
    work: Work, terms: Terms, statement: Statement | None, items: Sequence[Item]
) -> tuple[Books, list[Item]]:
    """Lock what is meant: every bill of a statement, or the items named."""
    books = Books(work, terms)
    if statement is None:
        _lock(books, work.connection, [item.bill_id for item in items])
        for item in items:
            _refuse_unknown_fee(books, item)
        return books, list(dict.fromkeys(items))
    found = store.bills_of_statement(work.connection, statement.parcel_number, statement.tax_year)
    books.open(found)
    whose = _whose(work.connection, statement, found)
    deferring, today = store.deferring(work.connection), work.clock.today()
    chosen = [
        Item(bill_id, "")
        for bill_id in found
        if whose.are_meant(bill_id)
        and statement.covers(_standing(books.account(bill_id), deferring, today))
    ]
    if not chosen:
        raise not_found(
            "STATEMENT_NOT_FOUND",
            f"parcel {statement.parcel_number} has no such bill of {statement.tax_year}",
        )
    return books, chosen


def list_items(
    connection: Connection, terms: Terms, statement: Statement, today: date
) -> list[Listed]:
    """Every bill of a parcel and every fee on it, the oldest year first."""
    quoted = queries.quote_parcel(connection, queries.Asked(terms, today), statement.parcel_number)
    wanted = [each for each in quoted if statement.tax_year in (0, each.head.tax_year)]
    bill_ids = [each.head.bill_id for each in wanted]
    whose = _whose(connection, statement, bill_ids)
    facts = ledger.facts_of_bills(connection, bill_ids)
    deferring = store.deferring(connection)
    listed: list[Listed] = []
    for head, state in wanted:
        told = [known.fact for known in facts[head.bill_id]]
        standing = standing_of(state, today, deferred=is_deferred(told, deferring, today))
        if not whose.are_meant(head.bill_id) or not statement.covers(standing):
            continue
        on = codes_on(told, today)
        for charge_code, cents in _parts(state):
            codes = tuple(each.code for each in on if each.charge_code == charge_code)
            district = whose.districts.get(head.bill_id, "")
            listed.append(Listed(head, district, charge_code, cents, standing, codes))
    return listed


def _standing(account: BillAccount, deferring: Deferring, today: date) -> Standing:
    deferred = is_deferred(account.facts, deferring, today)
    return standing_of(account.quoted(today), today, deferred=deferred)


def standing_of(state: BillState, today: date, *, deferred: bool = False) -> Standing:
    """Delinquent once something of it is open past its due day, or in default; not if deferred."""
    late = not deferred and any(
        each.open_cents and (each.due_on < today or each.defaulted_open_cents)
        for each in state.installments
    )
    return Standing.DELINQUENT if late else Standing.CURRENT


def fees_of(state: BillState) -> dict[str, int]:
    """What is open on the fees of a bill, by charge code."""
    cents: dict[str, int] = {}
    for row in state.charges:
        if row.charge_type is ChargeType.FEE:
            cents[row.charge_code] = cents.get(row.charge_code, 0) + row.amount_cents
    for paid in state.payments:
        if paid.charge_type is ChargeType.FEE:
            cents[paid.charge_code] -= paid.amount_cents
    return cents


def _parts(state: BillState) -> list[tuple[str, int]]:
    fees = fees_of(state)
    return [("", state.open_cents - sum(fees.values())), *sorted(fees.items())]


@dataclass(frozen=True, slots=True)
class _Whose:
    """The district of each bill and, where one is asked for, the agencies with a part of it."""

    statement: Statement
    districts: Mapping[UUID, str]
    agencies: Mapping[UUID, frozenset[str]]

    def are_meant(self, bill_id: UUID) -> bool:
        asked = self.statement
        return (not asked.district or self.districts.get(bill_id) == asked.district) and (
            not asked.agency or asked.agency in self.agencies.get(bill_id, ())
        )


def _whose(connection: Connection, statement: Statement, bill_ids: Sequence[UUID]) -> _Whose:
    return _Whose(
        statement,
        store.districts_of(connection, bill_ids),
        agencies.of_bills(connection, bill_ids) if statement.agency else {},
    )


def _lock(books: Books, connection: Connection, bill_ids: Sequence[UUID]) -> None:
    """Lock bills that were issued; the first one unknown refuses them all."""
    rows = connection.exec_driver_sql(
        "select bill_id from bills where bill_id = any(%s::uuid[]) and bill_number is not null",
        (list(bill_ids),),
    )
    issued = {row.bill_id for row in rows}
    for bill_id in bill_ids:
        if bill_id not in issued:
            raise not_found("BILL_NOT_FOUND", f"receivables has not heard of bill {bill_id}")
    books.open(bill_ids)


def _refuse_unknown_fee(books: Books, item: Item) -> None:
    if item.charge_code and item.charge_code not in fees_of(books.account(item.bill_id).state):
        raise Refusal("FEE_NOT_FOUND", f"the bill bears no fee {item.charge_code}")
