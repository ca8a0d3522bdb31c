"""SQL of discounts: what accounts stand at, the log, proofs, requests and decisions."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection

from receivables_service.domain.discount_checks import Check, Proof
from taxkit import ids
from taxkit.rows import Columns

_ASKED = Columns(
    {
        "place": "integer",
        "bill_id": "uuid",
        "parcel_number": "text",
        "tax_year": "integer",
        "paid_on": "date",
    }
)
_STANDING = f"""
select v.place,
    (select coalesce(jsonb_agg(jsonb_build_array(o.bill_id, o.tax_year)
            order by o.tax_year, o.bill_id), '[]')
        from bills o where o.parcel_number = v.parcel_number and o.tax_year < v.tax_year
            and o.open_cents > 0 and o.last_due_on < v.paid_on) as late_bills,
    (select coalesce(jsonb_agg(distinct f.flag), '[]') from flags f
        where f.is_on and (f.through is null or f.through >= v.paid_on)
            and (f.subject_kind = 'parcel' and f.subject = v.parcel_number
                or f.subject_kind = 'bill' and f.subject = v.bill_id::text)) as flags,
    (select coalesce(jsonb_agg(jsonb_build_array(p.kind, p.reference, p.valid_from,
            p.valid_through) order by p.recorded_at, p.proof_id), '[]')
        from discount_proofs p where p.parcel_number = v.parcel_number) as proofs,
    (select coalesce(jsonb_agg(distinct h.kind), '[]') from holds h
        where h.parcel_number = v.parcel_number and h.begins_on <= v.paid_on
            and (h.ends_on is null or h.ends_on >= v.paid_on)
            and (h.released_on is null or h.released_on > v.paid_on)) as holds
from {_ASKED.source}
"""
_LOG = Columns(
    {
        "log_id": "uuid",
        "action": "text",
        "bill_id": "uuid",
        "payment_id": "uuid",
        "receipt_id": "uuid",
        "parcel_number": "text",
        "program": "text",
        "actor": "text",
        "reason": "text",
        "evidence": "text",
        "checks": "jsonb",
        "base_cents": "bigint",
        "needed_cents": "bigint",
        "discount_cents": "bigint",
        "open_before_cents": "bigint",
        "open_after_cents": "bigint",
        "grant_id": "uuid",
        "request_id": "uuid",
        "business_date": "date",
        "recorded_at": "timestamptz",
    }
)
_REQUESTS = Columns(
    {
        "request_id": "uuid",
        "bill_id": "uuid",
        "payment_id": "uuid",
        "receipt_id": "uuid",
        "parcel_number": "text",
        "program": "text",
        "amount_cents": "bigint",
        "at_most_cents": "bigint",
        "exception": "boolean",
        "replaces": "uuid",
        "asked_by": "text",
        "reason": "text",
        "evidence": "text",
        "recorded_at": "timestamptz",
    }
)


class AskedStanding(NamedTuple):
    """Whose standing is wanted, and on which day."""

    bill_id: UUID
    parcel_number: str
    tax_year: int
    paid_on: date


@dataclass(frozen=True, slots=True)
class AccountStanding:
    """What is known of an account on a day beside the bill itself."""

    # Earlier bills with something late and unpaid, each with its tax year.
    late_bills: Mapping[UUID, int]
    flags: tuple[str, ...]
    proofs: tuple[Proof, ...]
    # Kinds of collection holds on the parcel that day.
    holds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the log: what was found or done, by whom, and what was so before and after."""

    action: str
    actor: str
    business_date: date
    recorded_at: datetime
    bill_id: UUID | None = None
    payment_id: UUID | None = None
    receipt_id: UUID | None = None
    parcel_number: str = ""
    program: str = ""
    reason: str = ""
    evidence: str = ""
    checks: Sequence[Check] = ()
    base_cents: int | None = None
    needed_cents: int | None = None
    discount_cents: int | None = None
    open_before_cents: int | None = None
    open_after_cents: int | None = None
    grant_id: UUID | None = None
    request_id: UUID | None = None
    log_id: UUID = field(default_factory=ids.new_id)


@dataclass(frozen=True, slots=True)
class DiscountRequest:
    """A discount somebody asked for; it waits until another person has decided."""

    request_id: UUID
    bill_id: UUID
    payment_id: UUID
    receipt_id: UUID
    parcel_number: str
    program: str
    amount_cents: int
    at_most_cents: int | None
    exception: bool
    replaces: UUID | None
    asked_by: str
    reason: str
    evidence: str
    recorded_at: datetime


def standings(connection: Connection, asked: Sequence[AskedStanding]) -> list[AccountStanding]:
    """Find what is known of accounts, in the order asked; one statement for all of them."""
    if not asked:
        return []
    rows = connection.exec_driver_sql(
        _STANDING, _ASKED.params((place, *each) for place, each in enumerate(asked))
    )
    found = {row.place: row for row in rows}
    return [_standing(found[place]) for place in range(len(asked))]


def log(connection: Connection, entries: Iterable[Entry]) -> None:
    """Add to the log; it is never changed."""
    _LOG.insert(connection, "discount_log", [_row(entry) for entry in entries])


def keep_requests(connection: Connection, requests: Sequence[DiscountRequest]) -> None:
    rows = [tuple(getattr(one, name) for name in _REQUESTS.types) for one in requests]
    _REQUESTS.insert(connection, "discount_requests", rows, "on conflict do nothing")


def request_of(connection: Connection, request_id: UUID) -> tuple[DiscountRequest, Any] | None:
    """Read a request under lock, with its decision if there is one."""
    row = connection.exec_driver_sql(
        f"select {_REQUESTS.names} from discount_requests where request_id = %s for no key update",
        (request_id,),
    ).one_or_none()
    if row is None:
        return None
    decision = connection.exec_driver_sql(
        "select granted, decided_by, note, grant_id, recorded_at from discount_decisions"
        " where request_id = %s",
        (request_id,),
    ).one_or_none()
    return DiscountRequest(*row), decision


def keep_decision(
    connection: Connection, request_id: UUID, by: str, note: str, grant_id: UUID | None,
    at: datetime,
) -> None:  # fmt: skip
    connection.exec_driver_sql(
        "insert into discount_decisions (request_id, granted, decided_by, note, grant_id,"
        " recorded_at) values (%s, %s, %s, %s, %s, %s)",
        (request_id, grant_id is not None, by, note, grant_id, at),
    )


def is_pending(connection: Connection, payment_id: UUID, program: str | None = None) -> bool:
    """Whether somebody asked for a program on a payment and nobody has decided."""
    found = connection.exec_driver_sql(
        "select 1 from discount_requests r where payment_id = %(payment)s"
        " and (%(program)s::text is null or program = %(program)s) and not exists"
        " (select from discount_decisions d where d.request_id = r.request_id) limit 1",
        {"payment": payment_id, "program": program},
    )
    return found.one_or_none() is not None


def keep_proof(
    connection: Connection, proof_id: UUID, parcel_number: str, proof: Proof, by: str,
    at: datetime,
) -> None:  # fmt: skip
    connection.exec_driver_sql(
        "insert into discount_proofs (proof_id, parcel_number, kind, reference, valid_from,"
        " valid_through, filed_by, recorded_at) values (%s, %s, %s, %s, %s, %s, %s, %s)",
        (proof_id, parcel_number, proof.kind, proof.reference, proof.valid_from,
         proof.valid_through, by, at),
    )  # fmt: skip


def postmarks(connection: Connection, receipt_ids: Sequence[UUID]) -> dict[UUID, date]:
    """Tell when mailed receipts were postmarked; those that came otherwise are left out."""
    rows = connection.exec_driver_sql(
        "select receipt_id, postmarked_on from receipts where receipt_id = any(%s::uuid[])"
        " and postmarked_on is not null",
        (list(receipt_ids),),
    )
    return {row.receipt_id: row.postmarked_on for row in rows}


def _standing(row: Any) -> AccountStanding:
    return AccountStanding(
        {UUID(bill_id): year for bill_id, year in row.late_bills},
        tuple(row.flags),
        tuple(
            Proof(kind, reference, date.fromisoformat(begins), _day(ends))
            for kind, reference, begins, ends in row.proofs
        ),
        tuple(row.holds),
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _row(entry: Entry) -> tuple[object, ...]:
    checks = [[each.name, each.passed, each.seen] for each in entry.checks]
    return tuple(
        json.dumps(checks) if name == "checks" else getattr(entry, name) for name in _LOG.types
    )
