"""Escrow accounts: opened for a contact, filled by advances, drawn by tenders, never below zero."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection

from receivables_service.asked import Asked
from receivables_service.held import escrow_told
from taxkit.errors import Refusal, conflict, not_found
from taxkit.inbox import Work

KINDS = ("general", "dealer")


@dataclass(frozen=True, slots=True)
class Contact:
    name: str
    email: str
    phone: str
    address: str


@dataclass(frozen=True, slots=True)
class EscrowAccount:
    escrow_account: str
    kind: str
    closed_on: date | None
    version: int
    contact: Contact
    balance_cents: int
    available_cents: int


_READ = """
select a.escrow_account, a.kind, a.closed_on, a.version, c.name, c.email, c.phone, c.address,
    (select coalesce(sum(open_cents), 0) from held_items i
     where i.escrow_account = a.escrow_account)::bigint,
    (select coalesce(sum(open_cents), 0) from held_items i
     where i.escrow_account = a.escrow_account and i.state = 'open')::bigint
from escrow_accounts a join escrow_contacts c using (escrow_account, version)
where a.escrow_account = %s
"""
_MOVEMENTS = """
select i.item_id, m.posting_kind, m.amount_cents, m.business_date,
    coalesce(d.receipt_id, i.receipt_id) as receipt_id,
    sum(m.amount_cents) over (order by m.recorded_at, m.posting_id, i.item_id)::bigint as balance
from held_items i join held_movements m using (item_id) join postings p using (posting_id)
    left join held_returns r on r.return_id = p.cause_fact_id
    left join held_draws d on d.draw_id = coalesce(r.draw_id, p.cause_fact_id)
where i.escrow_account = %s order by m.recorded_at, m.posting_id, i.item_id
"""


def open_account(work: Work, asked: Asked, number: str, kind: str, contact: Contact) -> None:
    """Open an account for somebody; a number is given once."""
    made = work.connection.exec_driver_sql(
        "insert into escrow_accounts (escrow_account, kind, opened_on) values (%s, %s, %s)"
        " on conflict do nothing returning 1",
        (number, kind, work.clock.today()),
    ).one_or_none()
    if made is None:
        raise conflict("ESCROW_ACCOUNT_TAKEN", f"there is an account {number} already")
    _write(work, asked, number, 1, contact)
    escrow_told.tell_accounts(work, [number], asked)


def change_contact(work: Work, asked: Asked, number: str, contact: Contact) -> None:
    """Write a new contact; the ones before stay on record."""
    version = work.connection.exec_driver_sql(
        "update escrow_accounts set version = version + 1, sequence = sequence + 1"
        " where escrow_account = %s returning version",
        (number,),
    ).scalar_one_or_none()
    if version is None:
        raise unknown(number)
    _write(work, asked, number, version, contact)
    escrow_told.tell_accounts(work, [number], asked)


def close_account(work: Work, asked: Asked, number: str) -> None:
    """Close an account that holds nothing any more."""
    found = read(work.connection, number)
    if found.closed_on is not None:
        raise Refusal("ESCROW_ACCOUNT_CLOSED", f"account {number} was closed {found.closed_on}")
    if found.balance_cents:
        raise Refusal(
            "ESCROW_NOT_EMPTY", f"account {number} holds {found.balance_cents} cents: refund them"
        )
    work.connection.exec_driver_sql(
        "update escrow_accounts set closed_on = %s, sequence = sequence + 1"
        " where escrow_account = %s",
        (work.clock.today(), number),
    )
    escrow_told.tell_accounts(work, [number], asked)


def read(connection: Connection, number: str) -> EscrowAccount:
    row = connection.exec_driver_sql(_READ, (number,)).one_or_none()
    if row is None:
        raise unknown(number)
    number, kind, closed_on, version, *rest = row
    *contact, balance, available = rest
    return EscrowAccount(number, kind, closed_on, version, Contact(*contact), balance, available)


def movements(connection: Connection, number: str) -> Sequence[Any]:
    """Deposits, draws and what came back, with the balance after each."""
    return connection.exec_driver_sql(_MOVEMENTS, (number,)).all()


def unknown(number: str) -> Refusal:
    return not_found("ESCROW_ACCOUNT_UNKNOWN", f"no escrow account {number}: open it")


def _write(work: Work, asked: Asked, number: str, version: int, contact: Contact) -> None:
    work.connection.exec_driver_sql(
        "insert into escrow_contacts values (%s, %s, %s, %s, %s, %s, %s, %s)",
        (
            number, version, contact.name, contact.email, contact.phone, contact.address,
            asked.user, work.clock.now(),
        ),
    )  # fmt: skip
